#ifndef CLOSEWATCH_METRICS_ALERT_MONITOR_H_
#define CLOSEWATCH_METRICS_ALERT_MONITOR_H_

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "metrics/alert_evaluator.h"
#include "metrics/connection_metrics.h"
#include "metrics/services.h"

namespace metrics {

// Evaluates the built-in alerts from time to time, on a thread of its own, while other threads
// count. Its time runs evenly from the moment of its making: it does not jump with the clock.
class AlertMonitor {
 public:
  // Called after each evaluation, from its thread but for the first: what changed, and all that
  // fire now.
  using Told = std::function<void(const std::vector<RaisedAlert>& changes,
                                  const std::vector<RaisedAlert>& firing, websocket::Time now)>;

  // `services` and `threads` outlive this.
  AlertMonitor(const config::AlertOptions& options, const Services& services,
               std::vector<const ConnectionMetrics*> threads, Told told);
  // Waits for an evaluation that is going on.
  ~AlertMonitor();
  AlertMonitor(const AlertMonitor&) = delete;
  AlertMonitor& operator=(const AlertMonitor&) = delete;

  // Thread-safe, as are the evaluator's own.
  void configure(const config::AlertOptions& options);
  const AlertEvaluator& evaluator() const { return evaluator_; }

 private:
  websocket::Time now() const;
  void run();
  void evaluate();

  const Services& services_;
  const std::vector<const ConnectionMetrics*> threads_;
  const Told told_;
  const websocket::Time start_;
  const std::chrono::steady_clock::time_point steady_start_;
  AlertEvaluator evaluator_;
  std::mutex mutex_;
  std::condition_variable changed_;
  websocket::Duration interval_;  // guarded by mutex_, as is the next
  bool ending_ = false;
  std::thread thread_;
};

}  // namespace metrics

#endif  // CLOSEWATCH_METRICS_ALERT_MONITOR_H_
