#ifndef CLOSEWATCH_METRICS_ALERTS_H_
#define CLOSEWATCH_METRICS_ALERTS_H_

#include <memory>
#include <mutex>
#include <vector>

#include "config/alert_options.h"
#include "metrics/alert_monitor.h"
#include "metrics/alertmanager.h"
#include "metrics/family_samples.h"
#include "metrics/program_log.h"

namespace metrics {

// The built-in alerts of a program: evaluated on a thread of their own, logged at each change, and
// posted to the configured Alertmanagers. Thread-safe.
class Alerts {
 public:
  // `services`, `threads` and `log` outlive this. Throws std::runtime_error with one sentence when
  // a file that the options name cannot be used.
  Alerts(const config::AlertOptions& options, const Services& services,
         std::vector<const ConnectionMetrics*> threads, AlertLabels labels, const ProgramLog& log);

  // From now on with these options; what the alerts have seen stays. Throws as the constructor
  // does, and then the old ones stay.
  void configure(const config::AlertOptions& options);

  std::size_t receivers() const;
  // Appends the families closewatch_alert_*.
  void collect(Families& families) const;

 private:
  std::unique_ptr<AlertmanagerClient> client(const config::AlertmanagerOptions& options) const;
  void tell(const std::vector<RaisedAlert>& changes, const std::vector<RaisedAlert>& firing,
            websocket::Time now);

  const AlertLabels labels_;
  const ProgramLog& log_;
  mutable std::mutex mutex_;
  config::AlertmanagerOptions client_options_;  // guarded by mutex_, as is the next
  std::unique_ptr<AlertmanagerClient> client_;
  AlertMonitor monitor_;  // the last: its thread uses the others
};

}  // namespace metrics

#endif  // CLOSEWATCH_METRICS_ALERTS_H_
