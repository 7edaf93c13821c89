#ifndef CLOSEWATCH_METRICS_CONNECTION_METRICS_H_
#define CLOSEWATCH_METRICS_CONNECTION_METRICS_H_

#include <deque>

#include "metrics/service_counters.h"
#include "metrics/services.h"
#include "websocket/observer.h"

namespace metrics {

// Counts what happens to the connections of one thread. Every count is a plain add to a number
// found by index; the exporter sums the threads at scrape, from its own thread.
class ConnectionMetrics final : public websocket::ConnectionObserver {
 public:
  // `services` outlives this.
  explicit ConnectionMetrics(Services& services);

  // REQUIRES in all of these: the service is one of `services`.
  websocket::TrafficCounters* traffic(websocket::ServiceId service) override;
  void handshake_ended(const websocket::HandshakeSummary& handshake) override;
  void connection_opened(websocket::ServiceId service) override;
  void pong_received(websocket::ServiceId service, websocket::Side ping_sender,
                     websocket::Duration round_trip) override;
  void connection_ended(const websocket::ConnectionSummary& summary) override;
  void connection_revived(websocket::ServiceId service) override;

  // For any thread.
  const ServiceCounters& counters(websocket::ServiceId service) const { return counters_[service]; }
  std::uint64_t code_label_overflows() const { return code_label_overflows_.value(); }

 private:
  void count_codes(const websocket::ConnectionSummary& summary, ServiceCounters& counters);
  void count(std::vector<websocket::Counter>& by_label, CodeLabel label);

  Services& services_;
  std::deque<ServiceCounters> counters_;  // by ServiceId
  websocket::Counter code_label_overflows_;
};

}  // namespace metrics

#endif  // CLOSEWATCH_METRICS_CONNECTION_METRICS_H_
