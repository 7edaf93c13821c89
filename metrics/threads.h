#ifndef CLOSEWATCH_METRICS_THREADS_H_
#define CLOSEWATCH_METRICS_THREADS_H_

#include <cstdint>
#include <span>
#include <type_traits>

#include "metrics/connection_metrics.h"
#include "metrics/services.h"

namespace metrics {

// One view of the counters of all threads. Any thread.
struct Threads {
  const Services& services;
  std::span<const ConnectionMetrics* const> all;

  // The sum over the threads of the Counter or the Histogram that `part` returns.
  template <typename Part>
  auto sum(websocket::ServiceId service, Part part) const {
    using Counted = std::remove_cvref_t<std::invoke_result_t<Part, const ServiceCounters&>>;
    if constexpr (std::is_same_v<Counted, websocket::Counter>) {
      std::uint64_t total = 0;
      for_each_thread(service, [&](const ServiceCounters& c) { total += part(c).value(); });
      return total;
    } else {
      HistogramTotals totals;
      for_each_thread(service, [&](const ServiceCounters& c) { part(c).add_to(totals); });
      return totals;
    }
  }

  // What each thread counted for the service; those that counted nothing are left out.
  template <typename Take>
  void for_each_thread(websocket::ServiceId service, Take take) const {
    for (const auto* thread : all) {
      if (const ServiceCounters* counted = thread->counters(service)) take(*counted);
    }
  }

  template <typename Collect>
  void for_each_service(Collect collect) const {
    for (std::size_t i = 0; i < services.size(); ++i) {
      collect(static_cast<websocket::ServiceId>(i));
    }
  }

  // Connections that are open now.
  std::uint64_t open_connections(websocket::ServiceId service) const {
    const auto ended = sum(
        service, [](const ServiceCounters& c) -> auto& { return c.ended; });
    const auto opened = sum(
        service, [](const ServiceCounters& c) -> auto& { return c.opened; });
    // A connection can open and end between the two reads, and be seen only to end.
    return opened > ended ? opened - ended : 0;
  }
};

}  // namespace metrics

#endif  // CLOSEWATCH_METRICS_THREADS_H_
