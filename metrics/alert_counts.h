#ifndef CLOSEWATCH_METRICS_ALERT_COUNTS_H_
#define CLOSEWATCH_METRICS_ALERT_COUNTS_H_

#include <array>
#include <cstdint>

#include "metrics/threads.h"

namespace metrics {

// What the built-in alerts look at: the counts of one service until a moment, or of a window.
struct AlertCounts {
  std::uint64_t opened = 0;             // connections
  std::uint64_t failed_handshakes = 0;  // opening handshakes that did not open
  std::uint64_t ended = 0;
  std::uint64_t abnormal = 0;       // of those: an endpoint observed 1006, no shutdown of the proxy
  std::uint64_t server_errors = 0;  // Close frames 1011 of the server
  std::uint64_t come_back = 0;      // Close frames 1001 and 1012 of the server or the proxy
  std::uint64_t unanswered = 0;     // closing handshakes
  std::uint64_t mass_closures = 0;
  std::uint64_t open = 0;  // connections: at the moment, or the most in the window

  // What was counted since; `open` stays.
  AlertCounts since(const AlertCounts& earlier) const;
  std::uint64_t handshakes() const { return opened + failed_handshakes; }
};

// What tells why; 32 bits suffice for a window, and wrap around between two moments.
struct WhyCounts {
  std::array<std::array<std::uint32_t, kCauseCount>, kInitiatorCount> ends{};
  // Silence before abnormal ends, by bucket of kLifetimeBuckets, +Inf last.
  std::array<std::uint32_t, kLifetimeBuckets.size() + 1> idle{};
  std::array<std::uint32_t, websocket::kHandshakeResultCount> handshakes{};

  WhyCounts since(const WhyCounts& earlier) const;
};

// Until now, of all threads. Any thread. REQUIRES: service < threads.services.size().
AlertCounts alert_counts(const Threads& threads, websocket::ServiceId service);
WhyCounts why_counts(const Threads& threads, websocket::ServiceId service);

}  // namespace metrics

#endif  // CLOSEWATCH_METRICS_ALERT_COUNTS_H_
