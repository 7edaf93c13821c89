#ifndef CLOSEWATCH_METRICS_MASS_CLOSURES_H_
#define CLOSEWATCH_METRICS_MASS_CLOSURES_H_

#include <chrono>
#include <cstddef>
#include <vector>

#include "websocket/bytes.h"
#include "websocket/counter.h"

namespace metrics {

// What makes many abnormal ends one incident; configuration.
struct MassClosureThreshold {
  std::size_t ends = 20;
  websocket::Duration within = std::chrono::seconds{10};
};

// Counts the incidents of one service: from the first moment with `ends` abnormal ends within the
// time, until there are fewer, is one incident. Time is the time of the events. Not thread-safe but
// for incidents().
class MassClosures {
 public:
  explicit MassClosures(const MassClosureThreshold& threshold);

  void abnormal_end(websocket::Time at);
  std::uint64_t incidents() const { return incidents_.value(); }

 private:
  websocket::Duration within_;
  std::vector<websocket::Time> latest_;  // a ring of the last `ends`
  std::size_t next_ = 0;
  std::size_t known_ = 0;
  bool ongoing_ = false;
  websocket::Counter incidents_;
};

}  // namespace metrics

#endif  // CLOSEWATCH_METRICS_MASS_CLOSURES_H_
