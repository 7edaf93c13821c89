#include "proxy/rewritten_head.h"

#include <algorithm>
#include <vector>

#include "proxy/address_range.h"
#include "proxy/field_names.h"
#include "proxy/head_writer.h"

namespace proxy {
namespace {

using websocket::equals_ignoring_case;

// Does this field go on as it is?
bool passes(std::string_view name, const std::vector<std::string_view>& nominated) {
  if (is_connection_field(name)) return false;
  return is_protected_field(name) ||
         std::ranges::none_of(nominated, [name](std::string_view other) {
           return equals_ignoring_case(other, name);
         });
}

std::string joined(const std::vector<std::string_view>& values) {
  std::string text;
  for (const std::string_view value : values) {
    if (!text.empty()) text += ", ";
    text += value;
  }
  return text;
}

// RFC 7239 section 4: what is no token is quoted, and IPv6 stands in brackets.
std::string forwarded_element(const ClientLeg& client, std::string_view host) {
  const websocket::Endpoint peer = unmapped(client.peer);
  const std::string address = address_text(peer);
  std::string text = "for=" + (peer.is_ipv6 ? "\"[" + address + "]\"" : address);
  if (!host.empty()) {
    text += ";host=";
    text += is_token(host) ? std::string{host} : '"' + std::string{host} + '"';
  }
  return text + (client.tls ? ";proto=https" : ";proto=http");
}

// What hops before said, when they are trusted, and then what we say.
void add_forwarding(HeadWriter& writer, const RequestHead& head, const ClientLeg& client) {
  const auto before = [&](std::string_view name) {
    return client.peer_is_trusted ? head.fields.values(name) : std::vector<std::string_view>{};
  };
  const std::string address = address_text(unmapped(client.peer));
  auto hops = before("X-Forwarded-For");
  hops.push_back(address);
  writer.add("X-Forwarded-For", joined(hops));
  if (before("X-Forwarded-Proto").empty()) {
    writer.add("X-Forwarded-Proto", client.tls ? "https" : "http");
  }
  if (before("X-Forwarded-Host").empty() && !head.host.empty()) {
    writer.add("X-Forwarded-Host", head.host);
  }
  const std::string element = forwarded_element(client, head.host);
  auto elements = before("Forwarded");
  elements.push_back(element);
  writer.add("Forwarded", joined(elements));
}

bool passes_upstream(std::string_view name, const RequestHead& head, const ClientLeg& client) {
  if (!passes(name, head.connection) || imitates_other_field(name)) return false;
  if (equals_ignoring_case(name, "Host")) return false;
  if (equals_ignoring_case(name, "Expect")) return head.version == HttpVersion::http_1_1;
  if (!is_forwarding_field(name)) return true;
  return client.peer_is_trusted && !equals_ignoring_case(name, "X-Forwarded-For") &&
         !equals_ignoring_case(name, "Forwarded");
}

void add_framing(HeadWriter& writer, const RequestHead& head) {
  if (head.body.kind == BodyFraming::Kind::chunked) {
    writer.add("Transfer-Encoding", "chunked");
  } else if (head.fields.has("Content-Length")) {
    writer.add("Content-Length", std::to_string(head.body.length));
  }
}

// "TE: trailers" is all of TE that concerns more than one connection.
void add_connection(HeadWriter& writer, const RequestHead& head,
                    const UpstreamHeadChoices& choices) {
  if (choices.upgrade) {
    writer.add("Upgrade", "websocket");
    writer.add("Connection", "Upgrade");
    return;
  }
  std::string options = choices.keep_alive ? "keep-alive" : "close";
  if (head.fields.lists_token("TE", "trailers")) {
    writer.add("TE", "trailers");
    options += ", TE";
  }
  writer.add("Connection", options);
  add_framing(writer, head);
}

std::string status_line(const ResponseHead& head) {
  return "HTTP/1.1 " + std::to_string(head.status) + " " + std::string{head.reason};
}

void add_passing_fields(HeadWriter& writer, const ResponseHead& head) {
  for (const HttpField& field : head.fields) {
    if (passes(field.name, head.connection)) writer.add(field.name, field.value);
  }
}

// A response to HEAD and a 304 keep the length that another response would have.
void add_framing(HeadWriter& writer, const ResponseHead& head, const ClientHeadChoices& choices) {
  if (head.status < 200 || head.status == 204) return;
  if (head.body.kind == BodyFraming::Kind::chunked) {
    if (choices.version == HttpVersion::http_1_1) writer.add("Transfer-Encoding", "chunked");
  } else if (const auto length = head.fields.only("Content-Length")) {
    writer.add("Content-Length", *length);
  }
}

}  // namespace

std::string head_for_upstream(const RequestHead& head, const ClientLeg& client,
                              const HeaderRules& rules, const UpstreamHeadChoices& choices) {
  std::string line{head.method};
  line.append(" ").append(head.path).append(head.query).append(" HTTP/1.1");
  HeadWriter writer{std::move(line), rules};
  writer.add_host(head.host.empty() ? choices.default_host : head.host);
  for (const HttpField& field : head.fields) {
    if (passes_upstream(field.name, head, client)) writer.add(field.name, field.value);
  }
  add_connection(writer, head, choices);
  add_forwarding(writer, head, client);
  return writer.finish();
}

std::string head_for_client(const ResponseHead& head, const HeaderRules& rules,
                            const ClientHeadChoices& choices) {
  HeadWriter writer{status_line(head), rules};
  add_passing_fields(writer, head);
  add_framing(writer, head, choices);
  if (head.is_interim()) return writer.finish();
  std::string options = choices.keep_alive ? "keep-alive" : "close";
  // RFC 9110 section 15.5.22: 426 names the protocol to switch to.
  if (head.status == 426 && !head.upgrade.empty()) {
    writer.add("Upgrade", joined(head.upgrade));
    options += ", Upgrade";
  }
  writer.add("Connection", options);
  return writer.finish();
}

std::string switching_head_for_client(const ResponseHead& head, const HeaderRules& rules) {
  HeadWriter writer{status_line(head), rules};
  writer.add("Upgrade", "websocket");
  writer.add("Connection", "Upgrade");
  add_passing_fields(writer, head);
  return writer.finish();
}

}  // namespace proxy
