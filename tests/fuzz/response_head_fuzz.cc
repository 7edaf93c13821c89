// A response head behind a byte that chooses how it is cut and what it answers. Whole and cut must
// be told the same, and what the client is sent for it must be a valid head that says the same.

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include "proxy/rewritten_head.h"
#include "proxy/upgrade.h"
#include "tests/fuzz/http_heads.h"

namespace {

using fuzz::require;
using proxy::BodyFraming;
using proxy::RequestAsked;
using proxy::RequestHead;
using proxy::ResponseHead;
using proxy::UpgradeAnswer;
using Of = proxy::HeadReader::Of;

constexpr proxy::HeadLimits kLimits{.bytes = 65536, .fields = 200};
constexpr std::string_view kRequest =
    "GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Protocol: a, b\r\nSec-WebSocket-Extensions: permessage-deflate\r\n\r\n";

ResponseHead parse_again(std::string_view written, RequestAsked asked) {
  auto read = parse_response_head(fuzz::reread(written, Of::response), asked, kLimits);
  require(std::holds_alternative<ResponseHead>(read));
  return std::get<ResponseHead>(std::move(read));
}

void check_plain(const ResponseHead& head, RequestAsked asked) {
  const std::string written = head_for_client(head, {}, {.keep_alive = head.keep_alive});
  const ResponseHead again = parse_again(written, asked);
  require(again.status == head.status && again.body == head.body);
  require(again.is_interim() || again.keep_alive == head.keep_alive);
  const std::string old = head_for_client(head, {}, {.version = proxy::HttpVersion::http_1_0});
  require(parse_again(old, asked).body.kind != BodyFraming::Kind::chunked);
}

void check_upgrade(const ResponseHead& head) {
  auto parsed = parse_request_head(proxy::HeadText{kRequest});
  const RequestHead& request = std::get<RequestHead>(parsed);
  const std::string_view key = judge_upgrade(request).key;
  const UpgradeAnswer answer = judge_upgrade_response(head, request, key);
  if (answer.kind != UpgradeAnswer::Kind::opened) return;
  const ResponseHead again = parse_again(switching_head_for_client(head, {}), {"GET", true});
  require(judge_upgrade_response(again, request, key).kind == UpgradeAnswer::Kind::opened);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::size_t longest = std::size_t{1} + data[0] % 32U;
  const RequestAsked asked{.method = (data[0] & 32U) != 0 ? "HEAD" : "GET",
                           .upgrade = (data[0] & 64U) != 0};
  auto text = fuzz::head_of({data + 1, size - 1}, longest, Of::response);
  if (!text) return 0;
  const auto parsed = parse_response_head(*std::move(text), asked, kLimits);
  if (!std::holds_alternative<ResponseHead>(parsed)) return 0;
  const ResponseHead& head = std::get<ResponseHead>(parsed);
  require(head.status != 101 || asked.upgrade);
  if (head.status != 101) check_plain(head, asked);
  if (asked.upgrade) check_upgrade(head);
  return 0;
}
