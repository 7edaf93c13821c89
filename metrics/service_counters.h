#ifndef CLOSEWATCH_METRICS_SERVICE_COUNTERS_H_
#define CLOSEWATCH_METRICS_SERVICE_COUNTERS_H_

#include <array>
#include <string_view>
#include <vector>

#include "metrics/catalogue.h"
#include "metrics/histogram.h"
#include "websocket/counter.h"
#include "websocket/handshake_result.h"
#include "websocket/outcome.h"
#include "websocket/violation.h"

namespace metrics {

// How a connection's end is labelled in histograms: `abnormal` where an endpoint observed 1006;
// `clean` otherwise, also where neither code is known.
enum class EndOutcome : std::uint8_t { clean, abnormal };
inline constexpr std::array<std::string_view, 2> kEndOutcomeNames{"clean", "abnormal"};

inline constexpr std::size_t kInitiatorCount = websocket::kInitiatorNames.size();
inline constexpr std::size_t kCauseCount = websocket::kCauseNames.size();

// Who sent a Close frame: an endpoint, as index(Side), or the proxy itself.
inline constexpr std::array<std::string_view, 3> kCloseSenderNames{"client", "server", "proxy"};
inline constexpr std::size_t kCloseOfProxy = 2;

// What one thread counted for one service: one thread writes, any thread reads. Arrays are indexed
// by the enumerators that are their labels; `side` is the sender unless said otherwise.
struct ServiceCounters {
  template <typename Value>
  using BySide = std::array<Value, 2>;
  using Counter = websocket::Counter;
  using Lifetime = Histogram<kLifetimeBuckets>;
  using Latency = Histogram<kLatencyBuckets>;

  explicit ServiceCounters(std::size_t code_labels)
      : observed_closes{std::vector<Counter>(code_labels), std::vector<Counter>(code_labels)},
        close_frames{std::vector<Counter>(code_labels), std::vector<Counter>(code_labels),
                     std::vector<Counter>(code_labels)} {}

  BySide<std::vector<Counter>> observed_closes;  // by the side that observed, CodeLabel
  // By the sender as in kCloseSenderNames, CodeLabel.
  std::array<std::vector<Counter>, kCloseSenderNames.size()> close_frames;
  std::array<std::array<Counter, kCauseCount>, kInitiatorCount> connections_closed;
  std::array<Counter, kInitiatorCount> incomplete_closing_handshakes;
  std::array<Latency, kInitiatorCount> closing_handshake_duration;
  BySide<std::array<Counter, websocket::kViolationCount>> violations;
  std::array<Counter, websocket::kHandshakeResultCount> opening_handshakes;
  Latency opening_handshake_duration;
  Counter opened;  // less `ended` is the number of open connections
  Counter ended;
  std::array<Lifetime, kEndOutcomeNames.size()> connection_duration;
  std::array<Lifetime, kEndOutcomeNames.size()> idle_before_close;
  websocket::TrafficCounters traffic;
  BySide<Counter> unanswered_pings;
  BySide<Latency> ping_rtt;
  BySide<Counter> tcp_resets;
  BySide<Counter> tcp_fins;
};

}  // namespace metrics

#endif  // CLOSEWATCH_METRICS_SERVICE_COUNTERS_H_
