#include "metrics/exporter.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "metrics/code_info.h"
#include "metrics/connection_families.h"
#include "metrics/process_metrics.h"

namespace metrics {

Exporter::Exporter(Program program, const Services& services, const CodeProfiles& code_profiles)
    : program_(std::move(program)), services_(services), code_profiles_(code_profiles) {}

void Exporter::config_loaded(bool successful, websocket::Time at) {
  if (successful) {
    last_successful_load_ = std::chrono::duration<double>(at.time_since_epoch()).count();
  }
  last_load_ = successful ? Load::successful : Load::failed;
}

std::vector<prometheus::MetricFamily> Exporter::Collect() const {
  Families families;
  families.reserve(kCatalogue.size());
  collect_connections(services_, threads_, families);
  collect_code_info(services_.code_labels(), code_profiles_, families);
  if (capture_ != nullptr) collect_capture(capture_->snapshot(), services_, families);
  if (proxy_ != nullptr) collect_proxy(proxy_->snapshot(), services_, families);
  if (alerts_ != nullptr) alerts_->collect(families);
  if (!event_logs_.empty()) collect_dropped_events(families);
  collect_program(families);
  collect_config(families);
  collect_process(families);
  return families;
}

std::size_t Exporter::bound(Observed observed) const {
  observed.event_sinks = std::max<std::size_t>(1, event_logs_.size());
  observed.alerts = alerts_ != nullptr;
  observed.alert_receivers = alerts_ != nullptr ? alerts_->receivers() : 0;
  std::size_t series = 0;
  for (const Family& row : kCatalogue) {
    series += metrics::series_bound(row, {services_, code_profiles_, observed});
  }
  return series;
}

void Exporter::collect_dropped_events(Families& families) const {
  FamilySamples dropped(family("closewatch_events_dropped_total"));
  for (const EventLog* log : event_logs_) {
    dropped.add({name(log->sink())}, static_cast<double>(log->dropped()));
  }
  dropped.move_to(families);
}

void Exporter::collect_program(Families& families) const {
  FamilySamples build(family("closewatch_build_info"));
  build.add({program_.version, program_.revision}, 1);
  build.move_to(families);
  FamilySamples services(family("closewatch_service_info"));
  for (std::size_t i = 0; i < services_.size(); ++i) {
    services.add({services_.name(static_cast<websocket::ServiceId>(i)), program_.mode}, 1);
  }
  services.move_to(families);
}

void Exporter::collect_config(Families& families) const {
  const Load load = last_load_;
  if (load == Load::none) return;
  FamilySamples successful(family("closewatch_config_last_reload_successful"));
  successful.add({}, load == Load::successful ? 1 : 0);
  successful.move_to(families);
  const double at = last_successful_load_;
  if (at == 0) return;
  FamilySamples timestamp(family("closewatch_config_last_reload_success_timestamp_seconds"));
  timestamp.add({}, at);
  timestamp.move_to(families);
}

}  // namespace metrics
