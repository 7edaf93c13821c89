#ifndef CLOSEWATCH_PROXY_MAIN_OBSERVER_H_
#define CLOSEWATCH_PROXY_MAIN_OBSERVER_H_

#include "metrics/code_profiles.h"
#include "metrics/connection_metrics.h"
#include "metrics/event_log.h"
#include "metrics/services.h"
#include "websocket/observer.h"

namespace proxy {

// What one worker observes: counted, and its close events written where that is asked for. The
// worker's thread.
class WorkerObserver final : public websocket::ConnectionObserver {
 public:
  // All outlive this; `events` may be null.
  WorkerObserver(metrics::Services& services, const metrics::CodeProfiles& code_profiles,
                 metrics::EventLog* events, bool show_reasons)
      : counts_(services),
        services_(services),
        code_profiles_(code_profiles),
        events_(events),
        show_reasons_(show_reasons) {}

  const metrics::ConnectionMetrics& counts() const { return counts_; }

  websocket::TrafficCounters* traffic(websocket::ServiceId service) override {
    return counts_.traffic(service);
  }
  void handshake_ended(const websocket::HandshakeSummary& handshake) override {
    counts_.handshake_ended(handshake);
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
  void connection_ended(const websocket::ConnectionSummary& summary) override;

 private:
  metrics::ConnectionMetrics counts_;
  const metrics::Services& services_;
  const metrics::CodeProfiles& code_profiles_;
  metrics::EventLog* events_;
  bool show_reasons_;
};

}  // namespace proxy

#endif  // CLOSEWATCH_PROXY_MAIN_OBSERVER_H_
