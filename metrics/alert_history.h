#ifndef CLOSEWATCH_METRICS_ALERT_HISTORY_H_
#define CLOSEWATCH_METRICS_ALERT_HISTORY_H_

#include <chrono>
#include <deque>

#include "metrics/alert_counts.h"
#include "websocket/bytes.h"

namespace metrics {

// What one service counted in the last hours, so that any window up to six hours can be looked at.
// A sample is kept every kStep, so that a window may begin up to kStep early; about 140 KB once six
// hours are full. Not thread-safe.
class AlertHistory {
 public:
  static constexpr websocket::Duration kLongest = std::chrono::hours{6};
  static constexpr websocket::Duration kLongestWhy = std::chrono::minutes{15};
  static constexpr websocket::Duration kStep = std::chrono::seconds{15};

  // Nothing was counted before `start`.
  explicit AlertHistory(websocket::Time start);

  // The counts until `now`, which never goes back.
  void add(websocket::Time now, const AlertCounts& counts, const WhyCounts& why);

  // Of the window that ends now, or `before` earlier. What is older than the history counts as
  // nothing. REQUIRES: window + before <= kLongest.
  AlertCounts increase(websocket::Duration window,
                       websocket::Duration before = websocket::Duration{0}) const;
  // REQUIRES: window <= kLongestWhy.
  WhyCounts why(websocket::Duration window) const;
  // Since `start`.
  websocket::Duration age() const { return latest_.at - start_; }

 private:
  struct Sample {
    websocket::Time at{};
    AlertCounts counts{};  // `open` is the most since the sample before
  };
  struct WhySample {
    websocket::Time at{};
    WhyCounts counts{};
  };

  const Sample& sample_at(websocket::Time at) const;
  void keep();

  websocket::Time start_;
  Sample latest_;
  WhySample latest_why_;
  std::deque<Sample> samples_;  // by time, the first at or before all that can be asked for
  std::deque<WhySample> whys_;
};

}  // namespace metrics

#endif  // CLOSEWATCH_METRICS_ALERT_HISTORY_H_
