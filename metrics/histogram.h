#ifndef CLOSEWATCH_METRICS_HISTOGRAM_H_
#define CLOSEWATCH_METRICS_HISTOGRAM_H_

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <vector>

#include "websocket/bytes.h"
#include "websocket/counter.h"

namespace metrics {

// What the histograms of several threads counted together; `counts` is by bucket, not cumulative,
// +Inf last.
struct HistogramTotals {
  std::vector<std::uint64_t> counts;
  double sum = 0;
};

// A histogram of durations in seconds that one thread writes and any thread reads. kBounds are the
// ascending upper bounds; +Inf is added.
template <const auto& kBounds>
class Histogram {
 public:
  // A negative duration counts as 0: packets' time can step back.
  void observe(websocket::Duration duration) {
    const double seconds = std::max(std::chrono::duration<double>(duration).count(), 0.0);
    const auto bucket = std::ranges::lower_bound(kBounds, seconds) - kBounds.begin();
    counts_[static_cast<std::size_t>(bucket)].add();
    sum_.store(sum_.load(std::memory_order_relaxed) + seconds, std::memory_order_relaxed);
  }

  void add_to(HistogramTotals& totals) const {
    totals.counts.resize(counts_.size());
    for (std::size_t i = 0; i < counts_.size(); ++i) totals.counts[i] += counts_[i].value();
    totals.sum += sum_.load(std::memory_order_relaxed);
  }

 private:
  std::array<websocket::Counter, kBounds.size() + 1> counts_;
  std::atomic<double> sum_{0};
};

}  // namespace metrics

#endif  // CLOSEWATCH_METRICS_HISTOGRAM_H_
