#include "metrics/alert_history.h"

#include <algorithm>
#include <iterator>

namespace metrics {
namespace {

using websocket::Duration;
using websocket::Time;

// The last of `samples` at or before `at`, else the first.
template <class Samples>
auto last_until(const Samples& samples, Time at) {
  using Sample = typename Samples::value_type;
  const auto after = std::ranges::upper_bound(samples, at, {}, &Sample::at);
  return after == samples.begin() ? after : std::prev(after);
}

template <class Samples>
void forget_before(Samples& samples, Time at) {
  while (samples.size() > 1 && samples[1].at <= at) samples.pop_front();
}

}  // namespace

AlertHistory::AlertHistory(Time start)
    : start_(start), latest_{.at = start}, latest_why_{.at = start} {
  samples_.push_back(latest_);
  whys_.push_back(latest_why_);
}

void AlertHistory::add(Time now, const AlertCounts& counts, const WhyCounts& why) {
  if (latest_.at - samples_.back().at >= kStep) keep();
  const std::uint64_t most_open = std::max(latest_.counts.open, counts.open);
  latest_ = {.at = now, .counts = counts};
  latest_.counts.open = most_open;
  latest_why_ = {.at = now, .counts = why};
}

void AlertHistory::keep() {
  samples_.push_back(latest_);
  whys_.push_back(latest_why_);
  latest_.counts.open = 0;
  forget_before(samples_, latest_.at - kLongest);
  forget_before(whys_, latest_.at - kLongestWhy);
}

const AlertHistory::Sample& AlertHistory::sample_at(Time at) const {
  return at >= latest_.at ? latest_ : *last_until(samples_, at);
}

AlertCounts AlertHistory::increase(Duration window, Duration before) const {
  const Sample& to = sample_at(latest_.at - before);
  const Sample& from = sample_at(latest_.at - before - window);
  AlertCounts counts = to.counts.since(from.counts);
  // From where the window begins: those that were open then may have ended in it.
  auto sample = std::ranges::lower_bound(samples_, from.at, {}, &Sample::at);
  for (; sample != samples_.end() && sample->at <= to.at; ++sample) {
    counts.open = std::max(counts.open, sample->counts.open);
  }
  return counts;
}

WhyCounts AlertHistory::why(Duration window) const {
  return latest_why_.counts.since(last_until(whys_, latest_.at - window)->counts);
}

}  // namespace metrics
