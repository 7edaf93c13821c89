#include "proxy/request_head.h"

#include <optional>
#include <utility>

#include "proxy/request_target.h"

namespace proxy {
namespace {

constexpr std::string_view kLineEnd = "\r\n";

using Flaw = std::optional<Malformed>;

constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }

Flaw read_version(std::string_view text, HttpVersion& version) {
  const bool is_version = text.size() == 8 && text.starts_with("HTTP/") && is_digit(text[5]) &&
                          text[6] == '.' && is_digit(text[7]);
  if (!is_version) return Malformed::invalid_version;
  if (text != "HTTP/1.1" && text != "HTTP/1.0") return Malformed::unsupported_version;
  version = text == "HTTP/1.1" ? HttpVersion::http_1_1 : HttpVersion::http_1_0;
  return std::nullopt;
}

Flaw read_target(RequestHead& head) {
  const auto target = parse_request_target(head.target);
  if (!target) return Malformed::invalid_target;
  const bool asks_options = head.method == "OPTIONS";
  if (target->path == "*" && !asks_options) return Malformed::invalid_target;
  head.host = target->authority;
  head.path = target->path;
  head.query = target->query;
  // RFC 9112 section 3.2.4: an absolute-form without a path asks for the server as a whole.
  if (head.path.empty()) head.path = asks_options && head.query.empty() ? "*" : "/";
  auto routed = routing_path(head.path);
  if (!routed) return Malformed::invalid_target;
  head.routing_path = *std::move(routed);
  return std::nullopt;
}

Flaw read_request_line(std::string_view line, RequestHead& head) {
  const std::size_t first = std::min(line.find(' '), line.size());
  head.method = line.substr(0, first);
  if (!is_token(head.method) || head.method == "CONNECT") return Malformed::invalid_method;
  const std::size_t last = line.rfind(' ');
  if (last == std::string_view::npos || last == first) return Malformed::invalid_version;
  head.target = line.substr(first + 1, last - first - 1);
  if (const Flaw flaw = read_version(line.substr(last + 1), head.version)) return flaw;
  return read_target(head);
}

// The target's authority overrides Host, which must be there and valid all the same.
Flaw read_host(RequestHead& head) {
  const auto hosts = head.fields.values("Host");
  if (hosts.size() > 1) return Malformed::several_hosts;
  if (hosts.empty()) {
    if (head.version == HttpVersion::http_1_1) return Malformed::missing_host;
    return std::nullopt;
  }
  if (!is_authority(hosts.front())) return Malformed::invalid_host;
  if (head.host.empty()) head.host = hosts.front();
  return std::nullopt;
}

Flaw read_fields(std::string_view lines, const HeadLimits& limits, RequestHead& head) {
  auto fields = Fields::parse(lines, limits.fields);
  if (const auto* reason = std::get_if<Malformed>(&fields)) return *reason;
  head.fields = std::get<Fields>(std::move(fields));
  if (const Flaw flaw = read_host(head)) return flaw;
  const auto framing = body_framing(head.fields, head.version, BodyFraming::Kind::none);
  if (const auto* reason = std::get_if<Malformed>(&framing)) return *reason;
  head.body = std::get<BodyFraming>(framing);
  const bool is_1_1 = head.version == HttpVersion::http_1_1;
  head.keep_alive = is_1_1 && !head.fields.lists_token("Connection", "close");
  head.expect_continue = is_1_1 && head.fields.lists_token("Expect", "100-continue");
  head.connection = head.fields.elements("Connection");
  head.upgrade = head.fields.elements("Upgrade");
  return std::nullopt;
}

}  // namespace

std::variant<RequestHead, Malformed> parse_request_head(HeadText text, const HeadLimits& limits) {
  RequestHead head;
  head.text = std::move(text);
  std::string_view rest = head.text.view();
  const std::string_view line = rest.substr(0, rest.find(kLineEnd));
  rest.remove_prefix(std::min(line.size() + kLineEnd.size(), rest.size()));
  if (rest.ends_with(kLineEnd)) rest.remove_suffix(kLineEnd.size());
  if (const Flaw flaw = read_request_line(line, head)) return *flaw;
  if (const Flaw flaw = read_fields(rest, limits, head)) return *flaw;
  return head;
}

}  // namespace proxy
