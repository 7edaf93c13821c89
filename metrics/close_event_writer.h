#ifndef CLOSEWATCH_METRICS_CLOSE_EVENT_WRITER_H_
#define CLOSEWATCH_METRICS_CLOSE_EVENT_WRITER_H_

#include <optional>
#include <string_view>

#include "config/operation.h"
#include "metrics/code_profiles.h"
#include "metrics/event_log.h"
#include "metrics/services.h"
#include "websocket/summary.h"

namespace metrics {

// The log of close events as the options want it; nothing where it is off.
std::optional<EventLog::Options> event_log_options(const config::EventOptions& options);

// Writes the close events of one thread's connections, those that are asked for. Of one thread.
class CloseEventWriter {
 public:
  struct Options {
    std::string_view observed_by;  // "capture" or "proxy"
    config::EventKind only = config::EventKind::all;
    double sample = 1;
    bool show_reasons = false;
  };

  // All outlive this; `log` may be null, and then nothing is written.
  CloseEventWriter(EventLog* log, const Services& services, const CodeProfiles& code_profiles,
                   const Options& options)
      : log_(log),
        services_(services),
        code_profiles_(code_profiles),
        options_(options),
        owed_(1 - options.sample) {}

  void write(const websocket::ConnectionSummary& summary);

 private:
  bool is_wanted(const websocket::ConnectionSummary& summary) const;
  bool is_sampled();

  EventLog* log_;
  const Services& services_;
  const CodeProfiles& code_profiles_;
  Options options_;
  double owed_;  // events; the first is written
};

}  // namespace metrics

#endif  // CLOSEWATCH_METRICS_CLOSE_EVENT_WRITER_H_
