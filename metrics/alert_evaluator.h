#ifndef CLOSEWATCH_METRICS_ALERT_EVALUATOR_H_
#define CLOSEWATCH_METRICS_ALERT_EVALUATOR_H_

#include <array>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "config/alert_options.h"
#include "metrics/alert_history.h"
#include "metrics/family_samples.h"

namespace metrics {

// As Prometheus has them: the condition is not met; it is, but not for long enough; it fires.
enum class AlertState : std::uint8_t { inactive, pending, firing };
inline constexpr std::array<std::string_view, 3> kAlertStateNames{"inactive", "pending", "firing"};
constexpr std::string_view name(AlertState state) {
  return kAlertStateNames[static_cast<std::size_t>(state)];
}

// An alert of a service at a moment: what it is, since when, and what people are told of it.
struct RaisedAlert {
  config::Alert alert{};
  std::string service{};
  AlertState from = AlertState::inactive;
  AlertState to = AlertState::inactive;  // where it is now
  websocket::Time at{};                  // of the change
  std::string numbers{};
  std::string why{};  // empty: nothing was counted that tells
};

// What one service counted until now.
struct CountedService {
  std::string name;
  AlertCounts counts;
  WhyCounts why;
};

// Evaluates the built-in alerts of all services, whenever it is told what time it is. Thread-safe.
class AlertEvaluator {
 public:
  // Nothing was counted before `start`.
  AlertEvaluator(const config::AlertOptions& options, websocket::Time start);

  // From the next evaluation on. An alert that is no longer enabled becomes inactive then.
  void configure(const config::AlertOptions& options);

  // `services` by ServiceId; they only become more. `now` never goes back. Returns the changes.
  std::vector<RaisedAlert> evaluate(websocket::Time now, std::span<const CountedService> services);

  // Those that fire, as they were when they began to.
  std::vector<RaisedAlert> firing() const;
  // Appends closewatch_alert_firing and closewatch_alert_transitions_total.
  void collect(Families& families) const;

 private:
  struct State {
    AlertState now = AlertState::inactive;
    websocket::Time since{};   // the condition is met, while pending
    websocket::Time met_at{};  // the last time it was
    std::array<std::uint64_t, kAlertStateNames.size()> transitions{};  // by the state entered
    RaisedAlert raised{};                                              // while it fires
  };
  struct Service {
    std::string name;
    AlertHistory history;
    std::array<State, config::kAlertCount> states{};
  };

  AlertState next(const State& state, const config::AlertThreshold& threshold, bool met,
                  websocket::Time now) const;
  std::optional<RaisedAlert> advance(Service& service, config::Alert alert, websocket::Time now);

  mutable std::mutex mutex_;
  config::AlertOptions options_;  // this and the rest guarded by it
  websocket::Time start_;
  std::deque<Service> services_;  // by ServiceId
};

}  // namespace metrics

#endif  // CLOSEWATCH_METRICS_ALERT_EVALUATOR_H_
