#ifndef CLOSEWATCH_METRICS_EXPORTER_H_
#define CLOSEWATCH_METRICS_EXPORTER_H_

#include <prometheus/collectable.h>

#include <atomic>
#include <string>
#include <vector>

#include "metrics/alerts.h"
#include "metrics/capture_metrics.h"
#include "metrics/code_profiles.h"
#include "metrics/connection_metrics.h"
#include "metrics/event_log.h"
#include "metrics/proxy_metrics.h"
#include "metrics/series_bound.h"
#include "metrics/services.h"

namespace metrics {

// Everything that is exported, collected at each scrape from the sources that were added. Owns none
// of them. Add them before the first scrape; after that Collect() may be called from any thread
// while the sources count.
class Exporter final : public prometheus::Collectable {
 public:
  struct Program {
    std::string version;
    std::string revision;
    std::string mode;  // "capture" or "proxy"
  };

  Exporter(Program program, const Services& services, const CodeProfiles& code_profiles);

  void add(const ConnectionMetrics& thread) { threads_.push_back(&thread); }
  void add(const CaptureSource& capture) { capture_ = &capture; }
  void add(const ProxySource& proxy) { proxy_ = &proxy; }
  void add(const Alerts& alerts) { alerts_ = &alerts; }
  // At most one of each sink.
  void add(const EventLog& event_log) { event_logs_.push_back(&event_log); }
  // The configuration was read, or could not be. Thread-safe; without a call nothing is exported.
  void config_loaded(bool successful, websocket::Time at);

  std::vector<prometheus::MetricFamily> Collect() const override;

  // An upper bound on the number of series that can be exported with the services there are now.
  // `capture` has every interface and every label value, as a snapshot at the start has; `proxy`
  // likewise, for at least one service, and every upstream.
  std::size_t series_bound(const CaptureSnapshot& capture) const {
    return bound({.capture = &capture});
  }
  std::size_t series_bound(const ProxySnapshot& proxy) const { return bound({.proxy = &proxy}); }

 private:
  void collect_program(Families& families) const;
  void collect_config(Families& families) const;
  void collect_dropped_events(Families& families) const;
  std::size_t bound(Observed observed) const;

  Program program_;
  const Services& services_;
  const CodeProfiles& code_profiles_;
  std::vector<const ConnectionMetrics*> threads_;
  const CaptureSource* capture_ = nullptr;
  const ProxySource* proxy_ = nullptr;
  const Alerts* alerts_ = nullptr;
  std::vector<const EventLog*> event_logs_;
  enum class Load : int { none, failed, successful };
  std::atomic<Load> last_load_{Load::none};
  std::atomic<double> last_successful_load_{0};  // seconds since the Unix epoch; 0: none
};

}  // namespace metrics

#endif  // CLOSEWATCH_METRICS_EXPORTER_H_
