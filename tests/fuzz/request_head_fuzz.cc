// A request head behind a byte that chooses how it is cut and who sends it. Whole and cut must be
// told the same, and what is sent upstream for it must be a valid head that asks for the same.

#include <cstdint>
#include <string>
#include <variant>

#include "proxy/own_answer.h"
#include "proxy/rewritten_head.h"
#include "proxy/upgrade.h"
#include "tests/fuzz/http_heads.h"

namespace {

using fuzz::require;
using proxy::Malformed;
using proxy::RequestHead;
using proxy::UpgradeVerdict;
using Of = proxy::HeadReader::Of;

constexpr proxy::HeadLimits kLimits{.bytes = 65536, .fields = 200};

void check_rewritten(const RequestHead& head, bool trusted) {
  const UpgradeVerdict verdict = judge_upgrade(head);
  if (verdict.kind == UpgradeVerdict::Kind::refused) return;
  const bool upgrade = verdict.kind == UpgradeVerdict::Kind::websocket;
  const std::string written = head_for_upstream(
      head, {.peer_is_trusted = trusted, .tls = !trusted}, {},
      {.upgrade = upgrade, .keep_alive = head.keep_alive, .default_host = "upstream"});
  auto read = parse_request_head(fuzz::reread(written, Of::request), kLimits);
  require(std::holds_alternative<RequestHead>(read));
  const RequestHead& again = std::get<RequestHead>(read);
  require(again.method == head.method && again.routing_path == head.routing_path);
  require(again.path == head.path && again.query == head.query);
  require(again.host == (head.host.empty() ? "upstream" : head.host));
  require(again.body == head.body);
  require(upgrade || again.keep_alive == head.keep_alive);
  require(again.expect_continue == head.expect_continue);
  const UpgradeVerdict verdict_again = judge_upgrade(again);
  require(verdict_again.kind == verdict.kind && verdict_again.key == verdict.key);
  require(again.fields.count("X-Forwarded-For") == 1 && again.fields.count("Forwarded") == 1);
  require(trusted || again.fields.only("X-Forwarded-For") == "0.0.0.0");
  if (upgrade) fuzz::reread(proxy::own_switching_head(head, verdict.key), Of::response);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::size_t longest = std::size_t{1} + data[0] % 32U;
  auto text = fuzz::head_of({data + 1, size - 1}, longest, Of::request);
  if (!text) return 0;
  const auto head = parse_request_head(*std::move(text), kLimits);
  if (std::holds_alternative<RequestHead>(head)) {
    check_rewritten(std::get<RequestHead>(head), data[0] >= 128);
  }
  return 0;
}
