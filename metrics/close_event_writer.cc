#include "metrics/close_event_writer.h"

#include "metrics/close_event.h"

namespace metrics {

std::optional<EventLog::Options> event_log_options(const config::EventOptions& options) {
  if (options.off()) return std::nullopt;
  EventLog::Options log;
  if (options.to == "-") {
    log.sink = EventSink::standard_output;
  } else if (options.to == "stderr") {
    log.sink = EventSink::standard_error;
  } else {
    log.sink = EventSink::file;
    log.path = options.to;
  }
  return log;
}

void CloseEventWriter::write(const websocket::ConnectionSummary& summary) {
  if (log_ == nullptr || !is_wanted(summary) || !is_sampled()) return;
  log_->write(close_event_json(summary,
                               {.service = services_.name(summary.service),
                                .observed_by = options_.observed_by,
                                .code_profiles = code_profiles_},
                               options_.show_reasons));
}

bool CloseEventWriter::is_wanted(const websocket::ConnectionSummary& summary) const {
  using websocket::CodeClass;
  if (summary.open || summary.counted_before) return false;
  if (options_.only == config::EventKind::all) return true;
  if (summary.outcome.cause == websocket::Cause::shutdown) return false;
  const CodeClass code_class = summary.outcome.code_class;
  return code_class == CodeClass::abnormal || code_class == CodeClass::error ||
         code_class == CodeClass::policy;
}

// Evenly, not at random: of ten at 50 % it is every other.
bool CloseEventWriter::is_sampled() {
  owed_ += options_.sample;
  if (owed_ < 1) return false;
  owed_ -= 1;
  return true;
}

}  // namespace metrics
