#include "proxy/main_observer.h"

#include "metrics/close_event.h"

namespace proxy {

void WorkerObserver::connection_ended(const websocket::ConnectionSummary& summary) {
  counts_.connection_ended(summary);
  if (events_ == nullptr) return;
  events_->write(metrics::close_event_json(summary,
                                           {.service = services_.name(summary.service),
                                            .observed_by = "proxy",
                                            .code_profiles = code_profiles_},
                                           show_reasons_));
}

}  // namespace proxy
