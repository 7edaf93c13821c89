#ifndef CLOSEWATCH_WEBSOCKET_OUTCOME_H_
#define CLOSEWATCH_WEBSOCKET_OUTCOME_H_

#include <array>
#include <chrono>
#include <cstdint>
#include <string_view>

#include "websocket/bytes.h"
#include "websocket/close_code.h"
#include "websocket/facts.h"

namespace websocket {

// Who ended the connection. `both`: each sent its Close before the other's could have arrived.
enum class Initiator : std::uint8_t { client, server, both, proxy, unknown };
inline constexpr std::array<std::string_view, 5> kInitiatorNames{"client", "server", "both",
                                                                 "proxy", "unknown"};
constexpr std::string_view name(Initiator initiator) {
  return kInitiatorNames[static_cast<std::size_t>(initiator)];
}

// How it ended; the first that applies, in this order. What this proxy did of its own comes before
// all: what the endpoints did then, they did in answer.
enum class Cause : std::uint8_t {
  protocol_error,     // an endpoint failed the connection, or a Close was rejected
  closing_handshake,  // Close both ways
  shutdown,           // this proxy drained or was stopped
  unanswered_close,   // a Close one way only, then the end
  tls_error,          // TLS alert or failed handshake
  ping_timeout,       // no Close; the side that ended it, or this proxy, waited too long for a Pong
  truncated,          // no Close; ended inside a frame
  idle_timeout,       // no Close; ended after at least the idle limit without a byte
  reset,              // no Close; RST
  fin,                // no Close; FIN
  vanished,           // no Close, no FIN, no RST: silence
  upstream_lost,      // proxy: the upstream failed after the upgrade was promised
  evicted,            // we stopped following it to stay within our limits
  gap                 // bytes that would tell were not captured
};
inline constexpr std::array<std::string_view, 14> kCauseNames{"protocol_error", "closing_handshake",
                                                              "shutdown",       "unanswered_close",
                                                              "tls_error",      "ping_timeout",
                                                              "truncated",      "idle_timeout",
                                                              "reset",          "fin",
                                                              "vanished",       "upstream_lost",
                                                              "evicted",        "gap"};
constexpr std::string_view name(Cause cause) {
  return kCauseNames[static_cast<std::size_t>(cause)];
}

// Thresholds of the inferred causes; configuration.
struct OutcomeLimits {
  // Just below the shortest idle timeout in common use, 30 s, since both clocks jitter.
  Duration idle = std::chrono::seconds{29};
  Duration ping = std::chrono::seconds{5};
};

// What each endpoint reports (RFC 6455 section 7.1.5), and why.
struct Outcome {
  ObservedCode client_observed;
  ObservedCode server_observed;
  Initiator initiator = Initiator::unknown;
  Cause cause = Cause::gap;
  // The worse of the two observed codes' classes; a known one is worse than unknown.
  CodeClass code_class = CodeClass::unknown;

  friend bool operator==(const Outcome&, const Outcome&) = default;
};

// The pure function of the facts: no clock, no state.
Outcome decide(const ConnectionFacts& facts, const OutcomeLimits& limits);

}  // namespace websocket

#endif  // CLOSEWATCH_WEBSOCKET_OUTCOME_H_
