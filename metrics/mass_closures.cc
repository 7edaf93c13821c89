#include "metrics/mass_closures.h"

#include <algorithm>

namespace metrics {

MassClosures::MassClosures(const MassClosureThreshold& threshold)
    : within_(threshold.within), latest_(std::max<std::size_t>(threshold.ends, 1)) {}

void MassClosures::abnormal_end(websocket::Time at) {
  latest_[next_] = at;
  next_ = (next_ + 1) % latest_.size();
  known_ = std::min(known_ + 1, latest_.size());
  // Ends are reported a little out of order: the oldest of the ring is by report, not by time.
  const bool many = known_ == latest_.size() && at - latest_[next_] <= within_;
  if (many && !ongoing_) incidents_.add();
  ongoing_ = many;
}

}  // namespace metrics
