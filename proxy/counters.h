#ifndef CLOSEWATCH_PROXY_COUNTERS_H_
#define CLOSEWATCH_PROXY_COUNTERS_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "config/service_name.h"
#include "websocket/counter.h"
#include "websocket/direction.h"

namespace proxy {

// Which of the limits on time was reached.
enum class Timeout : std::uint8_t {
  head,  // PROXY header, TLS and request head together
  tls,   // the same, while the TLS handshake had not ended
  connect,
  opening_handshake,
  idle,
  half_close,
  ping,
  http
};
inline constexpr std::array<std::string_view, 8> kTimeoutNames{
    "head", "tls", "connect", "opening_handshake", "idle", "half_close", "ping", "http"};

// Why a connection or a request was refused.
enum class Rejection : std::uint8_t {
  connection_limit,
  service_limit,
  client_limit,
  rate_limit,
  denied,    // by its route
  no_route,  // none matches
  origin,
  malformed,
  unsupported_upgrade,
  proxy_header,  // none, or a bad one, where one has to be
  draining
};
inline constexpr std::array<std::string_view, 11> kRejectionNames{
    "connection_limit", "service_limit", "client_limit", "rate_limit",          "denied",
    "no_route",         "origin",        "malformed",    "unsupported_upgrade", "proxy_header",
    "draining"};

// Why there was no connection to an upstream.
enum class ConnectFailure : std::uint8_t {
  refused,
  timeout,
  unreachable,
  reset,
  tls,
  resolve,
  no_upstream,
  other
};
inline constexpr std::array<std::string_view, 8> kConnectFailureNames{
    "refused", "timeout", "unreachable", "reset", "tls", "resolve", "no_upstream", "other"};

using config::kMaxServices;
inline constexpr std::size_t kMaxMalformedReasons = 48;

// What one worker counted: its thread writes, any thread reads.
struct WorkerCounters {
  using Counter = websocket::Counter;

  struct Service {
    std::array<Counter, kTimeoutNames.size()> timeouts;
    std::array<Counter, kRejectionNames.size()> rejections;
    std::array<Counter, kConnectFailureNames.size()> connect_failures;
    std::array<Counter, 2> tls_failures;    // handshakes, by index(Side)
    std::array<Counter, 5> http_responses;  // to plain requests: 1xx to 5xx
    Counter buffered_bytes;                 // gauge
    Counter lost_streams;                   // that the observer could not follow
  };
  std::array<Service, kMaxServices> services;           // by ServiceId
  std::array<Counter, kMaxMalformedReasons> malformed;  // by Malformed
  Counter accept_pauses;
  Counter handshakes;  // gauges: connections whose request is not complete
  Counter exchanges;   // in a plain exchange, or waiting for the next
  Counter tunnels;
};

}  // namespace proxy

#endif  // CLOSEWATCH_PROXY_COUNTERS_H_
