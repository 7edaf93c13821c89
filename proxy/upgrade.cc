#include "proxy/upgrade.h"

#include <algorithm>
#include <optional>
#include <vector>

#include "websocket/sha1.h"

namespace proxy {
namespace {

using websocket::equals_ignoring_case;
using websocket::HandshakeResult;

bool is_only_websocket(const std::vector<std::string_view>& protocols) {
  return protocols.size() == 1 && equals_ignoring_case(protocols.front(), "websocket");
}

bool is_base64(char c) {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '+' ||
         c == '/';
}

// 16 bytes in base64: 22 characters and two of padding (RFC 6455 section 4.1).
bool is_key(std::string_view text) {
  return text.size() == 24 && text.ends_with("==") &&
         std::ranges::all_of(text.substr(0, 22), is_base64);
}

std::optional<Malformed> flaw_of(const RequestHead& head) {
  if (!is_only_websocket(head.upgrade)) return Malformed::unsupported_upgrade;
  if (head.version != HttpVersion::http_1_1) return Malformed::upgrade_not_http_1_1;
  if (head.method != "GET") return Malformed::upgrade_not_get;
  if (!head.fields.lists_token("Connection", "Upgrade")) {
    return Malformed::upgrade_without_connection;
  }
  if (head.body.kind != BodyFraming::Kind::none) return Malformed::body_with_upgrade;
  if (head.fields.only("Sec-WebSocket-Version") != "13") return Malformed::websocket_version;
  if (!is_key(head.fields.only("Sec-WebSocket-Key").value_or(""))) return Malformed::websocket_key;
  return std::nullopt;
}

// At most one, of those that were offered (RFC 6455 section 4.1). Compared with case.
bool is_offered_subprotocol(const ResponseHead& answer, const RequestHead& asked) {
  const auto answered = answer.fields.values("Sec-WebSocket-Protocol");
  if (answered.empty()) return true;
  const auto offered = asked.fields.elements("Sec-WebSocket-Protocol");
  return answered.size() == 1 && std::ranges::find(offered, answered.front()) != offered.end();
}

// The names of extensions, without their parameters.
std::vector<std::string_view> extensions_of(const Fields& fields) {
  auto extensions = fields.elements("Sec-WebSocket-Extensions");
  for (std::string_view& extension : extensions) {
    extension = trim_whitespace(extension.substr(0, extension.find(';')));
  }
  return extensions;
}

bool are_offered_extensions(const ResponseHead& answer, const RequestHead& asked) {
  const auto offered = extensions_of(asked.fields);
  return std::ranges::all_of(extensions_of(answer.fields), [&offered](std::string_view answered) {
    return std::ranges::find(offered, answered) != offered.end();
  });
}

std::optional<Malformed> flaw_of(const ResponseHead& answer, const RequestHead& asked,
                                 std::string_view key) {
  if (answer.version != HttpVersion::http_1_1) return Malformed::upgrade_not_http_1_1;
  if (!is_only_websocket(answer.upgrade)) return Malformed::unsupported_upgrade;
  if (!answer.fields.lists_token("Connection", "Upgrade")) {
    return Malformed::upgrade_without_connection;
  }
  if (answer.fields.only("Sec-WebSocket-Accept") != websocket::accept_for(key)) {
    return Malformed::websocket_accept;
  }
  if (!is_offered_subprotocol(answer, asked)) return Malformed::websocket_subprotocol;
  if (!are_offered_extensions(answer, asked)) return Malformed::websocket_extension;
  return std::nullopt;
}

}  // namespace

UpgradeVerdict judge_upgrade(const RequestHead& head) {
  using Kind = UpgradeVerdict::Kind;
  if (!head.fields.has("Upgrade")) return {.kind = Kind::not_upgrade, .reason = {}, .key = {}};
  if (const auto flaw = flaw_of(head)) return {.kind = Kind::refused, .reason = *flaw, .key = {}};
  return {.kind = Kind::websocket,
          .reason = {},
          .key = head.fields.only("Sec-WebSocket-Key").value_or("")};
}

UpgradeAnswer judge_upgrade_response(const ResponseHead& answer, const RequestHead& asked,
                                     std::string_view key) {
  using Kind = UpgradeAnswer::Kind;
  if (answer.status != 101) {
    return {
        .kind = Kind::answered, .result = websocket::rejected_with(answer.status), .reason = {}};
  }
  const auto flaw = flaw_of(answer, asked, key);
  if (!flaw) return {.kind = Kind::opened, .result = HandshakeResult::opened, .reason = {}};
  const bool bad_accept = *flaw == Malformed::websocket_accept;
  return {.kind = Kind::refused,
          .result = bad_accept ? HandshakeResult::bad_accept : HandshakeResult::malformed,
          .reason = *flaw};
}

}  // namespace proxy
