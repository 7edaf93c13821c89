#include <algorithm>
#include <span>

#include "config/shared_keys.h"
#include "proxy/config_keys.h"
#include "websocket/utf8.h"

namespace proxy {
namespace {

using config::field;
using config::Key;
using config::Value;

// RFC 6455 section 5.5: the body of a Close is at most 125 bytes, two of them the code.
constexpr std::size_t kMaxReason = 123;

std::optional<websocket::CloseCode> code(const Value& value) {
  const std::optional<std::uint64_t> number = value.number(0, 65535);
  if (!number) return std::nullopt;
  if (websocket::is_valid_status_code(static_cast<unsigned>(*number))) {
    return static_cast<websocket::CloseCode>(*number);
  }
  value.expected("a code that a Close may carry, 1000-1003, 1007-1014 or 3000-4999");
  return std::nullopt;
}

std::optional<std::string> reason(const Value& value) {
  return value.text("text of at most 123 bytes in UTF-8", [](std::string_view text) {
    const auto* bytes = reinterpret_cast<const std::uint8_t*>(text.data());
    return text.size() <= kMaxReason && websocket::is_utf8({bytes, text.size()});
  });
}

constexpr auto kKeys = std::to_array<Key<CloseToSend>>({
    {"code", field<&CloseToSend::code, code>},
    {"reason", field<&CloseToSend::reason, reason>},
});

// What clients are known to make of codes that are not theirs to expect.
struct Misunderstood {
  websocket::CloseCode code;
  std::string_view warning;
};
constexpr auto kMisunderstood = std::to_array<Misunderstood>({
    {1001,
     "Phoenix LiveView clients take 1001 for a page that was left and do not come back; "
     "1012 and 1013 are safe"},
    {1011, "graphql-ws clients take 1011 as fatal and never reconnect; 1012 and 1013 are safe"},
    {1014, "gorilla clients reject 1014 and answer 1002; 1012 and 1013 are safe"},
});

}  // namespace

std::optional<CloseToSend> close_to_send(const Value& value) {
  CloseToSend close;
  read_mapping(value, kKeys, close);
  value.require("code");
  return close;
}

std::optional<CloseToSend> close_to_client(const Value& value) {
  std::optional<CloseToSend> close = close_to_send(value);
  const auto* known = std::ranges::find(kMisunderstood, close->code, &Misunderstood::code);
  const std::optional<Value> at = value.find("code");
  if (at && known != kMisunderstood.end()) at->warn(known->warning);
  return close;
}

}  // namespace proxy
