#ifndef CLOSEWATCH_METRICS_ALERTMANAGER_H_
#define CLOSEWATCH_METRICS_ALERTMANAGER_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "config/alert_options.h"
#include "config/listen_address.h"
#include "metrics/alert_evaluator.h"
#include "metrics/family_samples.h"

namespace metrics {

// Who says it, for the labels: with the same labels, alerts of two programs would be one.
using AlertLabels = std::vector<std::pair<std::string, std::string>>;
// `job` is the program, `instance` this host and the port of its metrics, as a scraper would say.
AlertLabels own_labels(std::string_view job, const config::ListenAddress& metrics);

// The body of a POST to Alertmanager's /api/v2/alerts. Alerts in another state than firing are
// resolved ones. `until` is when a firing one ends if nothing more is heard of it.
std::string alertmanager_json(const std::vector<RaisedAlert>& alerts, const AlertLabels& labels,
                              websocket::Time until);

// Posts the alerts that fire, and that they no longer do, to every configured Alertmanager, each
// from a thread and a bounded queue of its own: one that hangs delays neither the others nor
// whoever tells of the alerts. Thread-safe.
class AlertmanagerClient {
 public:
  // `complaint` is called, from any thread, with one sentence when alerts are given up.
  using Complain = std::function<void(const std::string& sentence)>;

  // Throws std::runtime_error with one sentence when a file that `options` names cannot be used.
  AlertmanagerClient(const config::AlertmanagerOptions& options, AlertLabels labels,
                     const Complain& complain);
  // Gives up what is queued.
  ~AlertmanagerClient();
  AlertmanagerClient(const AlertmanagerClient&) = delete;
  AlertmanagerClient& operator=(const AlertmanagerClient&) = delete;

  // What AlertMonitor tells.
  void tell(const std::vector<RaisedAlert>& changes, const std::vector<RaisedAlert>& firing,
            websocket::Time now);

  std::size_t receivers() const { return receivers_.size(); }
  // Appends closewatch_alert_notifications_total and ..._failed_total.
  void collect(Families& families) const;

 private:
  class Receiver;

  websocket::Duration resend_;
  websocket::Time last_sent_{};  // all that fire; of the thread that tells
  std::vector<std::unique_ptr<Receiver>> receivers_;
};

}  // namespace metrics

#endif  // CLOSEWATCH_METRICS_ALERTMANAGER_H_
