#ifndef CLOSEWATCH_PROXY_MAIN_OBSERVER_H_
#define CLOSEWATCH_PROXY_MAIN_OBSERVER_H_

#include "metrics/close_event_writer.h"
#include "metrics/connection_metrics.h"
#include "metrics/services.h"
#include "websocket/observer.h"

namespace proxy {

// What one worker observes: counted, and its close events written where that is asked for. The
// worker's thread.
class WorkerObserver final : public websocket::ConnectionObserver {
 public:
  // `services` outlives this.
  WorkerObserver(metrics::Services& services, const metrics::CloseEventWriter& events)
      : counts_(services), events_(events) {}

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
  void connection_ended(const websocket::ConnectionSummary& summary) override {
    counts_.connection_ended(summary);
    events_.write(summary);
  }

 private:
  metrics::ConnectionMetrics counts_;
  metrics::CloseEventWriter events_;
};

}  // namespace proxy

#endif  // CLOSEWATCH_PROXY_MAIN_OBSERVER_H_
