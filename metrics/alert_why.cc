// The part of the alerts' rules that says what lies behind a spike.

#include <algorithm>
#include <chrono>
#include <numeric>
#include <vector>

#include "metrics/alert_rules.h"

namespace metrics {
namespace {

using config::Alert;
using std::chrono::minutes;
using websocket::Cause;
using websocket::HandshakeResult;
using websocket::Initiator;

constexpr std::size_t kLeading = 3;  // that are named

struct Group {
  std::string name;
  std::uint32_t count = 0;
};

websocket::Duration window(Alert alert) {
  switch (alert) {
    case Alert::abnormal_close_burn_fast:
    case Alert::abnormal_close_burn_slow:
    case Alert::closing_handshakes_unanswered:
      return AlertHistory::kLongestWhy;
    case Alert::opening_handshake_failures:
      return minutes{10};
    default:
      return minutes{5};
  }
}

// "idle_timeout by server 38, fin by client 2": the largest first, those beyond kLeading together.
std::string leading_text(std::vector<Group> groups) {
  std::erase_if(groups, [](const Group& group) { return group.count == 0; });
  std::ranges::stable_sort(groups, std::ranges::greater{}, &Group::count);
  std::string text;
  for (std::size_t i = 0; i < std::min(groups.size(), kLeading); ++i) {
    if (i > 0) text += ", ";
    text += groups[i].name + ' ' + std::to_string(groups[i].count);
  }
  if (groups.size() <= kLeading) return text;
  const auto others =
      std::accumulate(groups.begin() + kLeading, groups.end(), std::uint32_t{0},
                      [](std::uint32_t sum, const Group& group) { return sum + group.count; });
  return text + ", others " + std::to_string(others);
}

bool is_normal(Cause cause) {
  return cause == Cause::closing_handshake || cause == Cause::shutdown;
}

std::string ends_text(const WhyCounts& counts, bool (*counts_cause)(Cause)) {
  std::vector<Group> groups;
  for (std::size_t who = 0; who < kInitiatorCount; ++who) {
    for (std::size_t why = 0; why < kCauseCount; ++why) {
      const auto cause = static_cast<Cause>(why);
      if (!counts_cause(cause)) continue;
      groups.push_back(
          {std::string(name(cause)) + " by " + std::string(name(static_cast<Initiator>(who))),
           counts.ends[who][why]});
    }
  }
  return leading_text(std::move(groups));
}

std::string seconds_text(double seconds) {
  const auto tenths = static_cast<std::int64_t>(seconds * 10);
  std::string text = std::to_string(tenths / 10);
  if (tenths % 10 != 0) text += '.' + std::to_string(tenths % 10);
  return text;
}

// "silent for 35 to 65 s before in 36 of 40": only where one bucket has most of them.
std::string idle_text(const WhyCounts& counts) {
  const auto all = std::accumulate(counts.idle.begin(), counts.idle.end(), std::uint32_t{0});
  const auto* const most = std::ranges::max_element(counts.idle);
  if (all == 0 || *most * 2 <= all) return {};
  const auto bucket = static_cast<std::size_t>(most - counts.idle.begin());
  std::string range;
  if (bucket == 0) {
    range = "less than " + seconds_text(kLifetimeBuckets[0]);
  } else if (bucket == kLifetimeBuckets.size()) {
    range = "more than " + seconds_text(kLifetimeBuckets.back());
  } else {
    range = seconds_text(kLifetimeBuckets[bucket - 1]) + " to " +
            seconds_text(kLifetimeBuckets[bucket]);
  }
  return "silent for " + range + " s before in " + std::to_string(*most) + " of " +
         std::to_string(all);
}

std::string handshakes_text(const WhyCounts& counts) {
  std::vector<Group> groups;
  for (std::size_t i = 0; i < websocket::kHandshakeResultCount; ++i) {
    const auto result = static_cast<HandshakeResult>(i);
    if (result == HandshakeResult::opened) continue;
    groups.push_back({std::string(name(result)), counts.handshakes[i]});
  }
  return leading_text(std::move(groups));
}

}  // namespace

std::string why_text(Alert alert, const AlertHistory& history) {
  const WhyCounts counts = history.why(window(alert));
  if (alert == Alert::opening_handshake_failures) return handshakes_text(counts);
  if (alert == Alert::closing_handshakes_unanswered) {
    return ends_text(counts, [](Cause cause) { return cause == Cause::unanswered_close; });
  }
  if (alert == Alert::server_errors || alert == Alert::reconnect_storm) {
    return ends_text(counts, [](Cause cause) { return cause != Cause::shutdown; });
  }
  std::string text = ends_text(counts, [](Cause cause) { return !is_normal(cause); });
  const std::string idle = idle_text(counts);
  if (!text.empty() && !idle.empty()) text += "; ";
  return text + idle;
}

}  // namespace metrics
