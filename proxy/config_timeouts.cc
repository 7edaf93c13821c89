#include "config/fields.h"
#include "proxy/config_keys.h"

namespace proxy {
namespace {

using config::field;
using config::Key;
using config::Value;
using websocket::Duration;

constexpr std::int64_t kSecond = 1000;  // in milliseconds
constexpr std::int64_t kHour = 3600 * kSecond;
constexpr std::int64_t kDay = 24 * kHour;

// A duration, or 0 for never.
template <std::int64_t LeastMilliseconds, std::int64_t MostMilliseconds>
std::optional<Duration> or_never(const Value& value) {
  return value.duration_or_never(std::chrono::milliseconds{LeastMilliseconds},
                                 std::chrono::milliseconds{MostMilliseconds});
}

constexpr auto kKeys = std::to_array<Key<Timeouts>>({
    {"request_head", field<&Timeouts::request_head, or_never<1, kHour>>},
    {"keep_alive", field<&Timeouts::keep_alive, or_never<1, kDay>>},
    {"upstream_connect", field<&Timeouts::upstream_connect, or_never<1, kHour>>},
    {"opening_handshake", field<&Timeouts::opening_handshake, or_never<1, kHour>>},
    {"http_response", field<&Timeouts::http_response, or_never<1, kDay>>},
    {"idle", field<&Timeouts::idle, or_never<1, 365 * kDay>>},
    {"half_close", field<&Timeouts::half_close, or_never<1, kDay>>},
    {"ping_interval", field<&Timeouts::ping_interval, or_never<1, kDay>>},
    {"ping_timeout", field<&Timeouts::ping_timeout, or_never<1, kDay>>},
    // Linux counts whole seconds, at most 32767.
    {"tcp_keepalive", field<&Timeouts::tcp_keepalive, or_never<kSecond, 9 * kHour>>},
    {"tcp_user_timeout", field<&Timeouts::tcp_user_timeout, or_never<1, kDay>>},
});

}  // namespace

void read_timeouts(const Value& value, Timeouts& timeouts) { read_mapping(value, kKeys, timeouts); }

void read_service_timeouts(const Value& value, Timeouts& timeouts) {
  read_timeouts(value, timeouts);
  for (const std::string_view key : {"request_head", "keep_alive"}) {
    if (const std::optional<Value> of_all = value.find(key)) {
      of_all->complain("holds before the service is known, it belongs in timeouts at the top");
    }
  }
}

}  // namespace proxy
