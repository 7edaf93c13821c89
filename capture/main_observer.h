#ifndef CLOSEWATCH_CAPTURE_MAIN_OBSERVER_H_
#define CLOSEWATCH_CAPTURE_MAIN_OBSERVER_H_

#include <iostream>
#include <optional>

#include "capture/options.h"
#include "capture/report.h"
#include "metrics/close_event.h"
#include "metrics/close_event_writer.h"
#include "metrics/connection_metrics.h"
#include "websocket/observer.h"

namespace capture {

// Everything the program does with what it observes: counts it, and for a savefile reports it.
class MainObserver final : public websocket::ConnectionObserver {
 public:
  MainObserver(metrics::Services& services, const metrics::CodeProfiles& profiles,
               std::optional<Output> output, const metrics::CloseEventWriter& events,
               const Options& options, std::size_t max_rows)
      : counts_(services),
        services_(services),
        profiles_(profiles),
        output_(output),
        events_(events),
        show_reasons_(options.show_reasons),
        report_(max_rows) {}

  metrics::ConnectionMetrics& counts() { return counts_; }
  const Report& report() const { return report_; }
  std::uint64_t ended() const { return ended_; }

  websocket::TrafficCounters* traffic(websocket::ServiceId service) override {
    return counts_.traffic(service);
  }
  void handshake_ended(const websocket::HandshakeSummary& handshake) override {
    counts_.handshake_ended(handshake);
    if (output_) report_.add(handshake);
  }
  void connection_opened(websocket::ServiceId service) override {
    counts_.connection_opened(service);
  }
  void connection_revived(websocket::ServiceId service) override {
    counts_.connection_revived(service);
  }
  void pong_received(websocket::ServiceId service, websocket::Side ping_sender,
                     websocket::Duration round_trip) override {
    counts_.pong_received(service, ping_sender, round_trip);
  }
  void connection_ended(const websocket::ConnectionSummary& summary) override {
    if (!summary.open) counts_.connection_ended(summary);
    if (!summary.open && !summary.counted_before) ++ended_;
    events_.write(summary);
    if (!output_) return;
    const std::string_view service = services_.name(summary.service);
    if (*output_ == Output::json) {
      std::cout << metrics::close_event_json(summary, {service, "capture", profiles_},
                                             show_reasons_)
                << '\n';
      return;
    }
    const metrics::CodeContext context{service, summary.subprotocol, summary.host, summary.path};
    const auto name_of = [&](websocket::ObservedCode code) {
      return code ? profiles_.name(*code, context) : std::string_view{};
    };
    report_.add(summary, {.service = service,
                          .client_observed = name_of(summary.outcome.client_observed),
                          .server_observed = name_of(summary.outcome.server_observed)});
  }

 private:
  metrics::ConnectionMetrics counts_;
  metrics::Services& services_;
  const metrics::CodeProfiles& profiles_;
  std::optional<Output> output_;
  metrics::CloseEventWriter events_;
  bool show_reasons_;
  Report report_;
  std::uint64_t ended_ = 0;
};

}  // namespace capture

#endif  // CLOSEWATCH_CAPTURE_MAIN_OBSERVER_H_
