#ifndef CLOSEWATCH_METRICS_CONNECTION_METRICS_H_
#define CLOSEWATCH_METRICS_CONNECTION_METRICS_H_

#include <array>
#include <atomic>
#include <memory>
#include <vector>

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

  // For any thread; null while nothing was counted for the service.
  const ServiceCounters* counters(websocket::ServiceId service) const {
    return counters_[service].load(std::memory_order_acquire);
  }
  std::uint64_t code_label_overflows() const { return code_label_overflows_.value(); }

 private:
  ServiceCounters& counters_of(websocket::ServiceId service);
  ServiceCounters& make_counters(websocket::ServiceId service);
  void count_codes(const websocket::ConnectionSummary& summary, ServiceCounters& counters);
  void count(std::vector<websocket::Counter>& by_label, CodeLabel label);

  Services& services_;
  // By ServiceId, made at the first count: only the counting thread writes, and a service that it
  // never sees costs a pointer.
  std::array<std::atomic<ServiceCounters*>, Services::kMaxServices> counters_{};
  std::vector<std::unique_ptr<ServiceCounters>> owned_;
  websocket::Counter code_label_overflows_;
};

}  // namespace metrics

#endif  // CLOSEWATCH_METRICS_CONNECTION_METRICS_H_
