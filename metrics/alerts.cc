#include "metrics/alerts.h"

#include <utility>

#include "metrics/alert_rules.h"

namespace metrics {
namespace {

void log_change(const RaisedAlert& change, const ProgramLog& log) {
  const ProgramLog::Fields fields{{"alert", std::string(name(change.alert))},
                                  {"service", change.service},
                                  {"severity", std::string(severity(change.alert))},
                                  {"numbers", change.numbers},
                                  {"why", change.why}};
  const std::string message = "alert is " + std::string(name(change.to));
  if (change.to == AlertState::firing) {
    log.warning(message, fields);
  } else {
    log.info(message, fields);
  }
}

}  // namespace

Alerts::Alerts(const config::AlertOptions& options, const Services& services,
               std::vector<const ConnectionMetrics*> threads, AlertLabels labels,
               const ProgramLog& log)
    : labels_(std::move(labels)),
      log_(log),
      client_options_(options.alertmanager),
      client_(client(options.alertmanager)),
      monitor_(options, services, std::move(threads),
               [this](const auto& changes, const auto& firing, websocket::Time now) {
                 tell(changes, firing, now);
               }) {}

std::unique_ptr<AlertmanagerClient> Alerts::client(
    const config::AlertmanagerOptions& options) const {
  return std::make_unique<AlertmanagerClient>(
      options, labels_, [&log = log_](const std::string& sentence) { log.error(sentence); });
}

void Alerts::configure(const config::AlertOptions& options) {
  std::unique_ptr<AlertmanagerClient> replaced;  // ends its threads, which takes a while
  {
    const std::scoped_lock lock(mutex_);
    // A password may have changed within its file.
    if (options.alertmanager != client_options_ || !options.alertmanager.password_file.empty()) {
      auto wanted = client(options.alertmanager);
      replaced = std::exchange(client_, std::move(wanted));
      client_options_ = options.alertmanager;
    }
  }
  monitor_.configure(options);
}

void Alerts::tell(const std::vector<RaisedAlert>& changes, const std::vector<RaisedAlert>& firing,
                  websocket::Time now) {
  for (const RaisedAlert& change : changes) log_change(change, log_);
  const std::scoped_lock lock(mutex_);
  client_->tell(changes, firing, now);
}

std::size_t Alerts::receivers() const {
  const std::scoped_lock lock(mutex_);
  return client_->receivers();
}

void Alerts::collect(Families& families) const {
  monitor_.evaluator().collect(families);
  const std::scoped_lock lock(mutex_);
  client_->collect(families);
}

}  // namespace metrics
