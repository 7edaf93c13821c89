#include "metrics/alert_rules.h"

#include <algorithm>
#include <chrono>
#include <cmath>

namespace metrics {
namespace {

using config::Alert;
using config::AlertThreshold;
using std::chrono::hours;
using std::chrono::minutes;
using websocket::Duration;

// Does `count` of `of` exceed the threshold?
AlertVerdict share_of(std::uint64_t count, std::uint64_t of, const AlertThreshold& threshold) {
  const double limit = threshold.share * static_cast<double>(of);
  return {.met = count >= threshold.minimum && static_cast<double>(count) > limit,
          .count = count,
          .of = of};
}

// The long window says that it matters, the short one that it still goes on.
AlertVerdict burn(const AlertHistory& history, Duration longer, Duration shorter,
                  const AlertThreshold& threshold) {
  const AlertCounts of_long = history.increase(longer);
  const AlertCounts of_short = history.increase(shorter);
  AlertVerdict verdict = share_of(of_long.abnormal, of_long.ended, threshold);
  AlertThreshold now = threshold;
  now.minimum = 1;
  verdict.met = verdict.met && share_of(of_short.abnormal, of_short.ended, now).met;
  return verdict;
}

// Nobody knows what is usual before the program has watched for that long; after its own start
// every client comes back.
AlertVerdict storm(const AlertHistory& history, const AlertThreshold& threshold) {
  constexpr Duration kWindow = minutes{5};
  constexpr Duration kBefore = hours{1};
  constexpr std::uint64_t kWindows = kBefore / kWindow;
  const AlertCounts now = history.increase(kWindow);
  // Who was told to come back may take some minutes to do so.
  const std::uint64_t told = std::min(now.opened, history.increase(2 * kWindow).come_back);
  const AlertCounts before = history.increase(kBefore, kWindow);
  const std::uint64_t usual = (before.opened + kWindows / 2) / kWindows;
  const std::uint64_t count = now.opened - told;
  const double limit = threshold.times * static_cast<double>(before.opened) / kWindows;
  return {.met = history.age() >= kBefore + kWindow && count >= threshold.minimum &&
                 static_cast<double>(count) > limit,
          .count = count,
          .of = usual};
}

std::string percent(double share) {
  const double whole = share * 100;
  return std::to_string(std::lround(whole)) + " %";
}

std::string share_text(const AlertVerdict& verdict, std::string_view what) {
  return std::to_string(verdict.count) + " of " + std::to_string(verdict.of) + ' ' +
         std::string(what) + " (" + percent(verdict.share()) + ')';
}

// Connections can come and go between two looks, so that more end than were ever seen open.
std::string disconnect_text(const AlertVerdict& verdict) {
  std::string text = std::to_string(verdict.count) + " abnormal ends within 5m, " +
                     std::to_string(verdict.of) + " connections were seen open";
  if (verdict.count <= verdict.of) text += " (" + percent(verdict.share()) + ')';
  return text;
}

}  // namespace

AlertVerdict judge(Alert alert, const AlertThreshold& threshold, const AlertHistory& history) {
  switch (alert) {
    case Alert::mass_disconnect: {
      const AlertCounts counts = history.increase(minutes{5});
      return share_of(counts.abnormal, counts.open, threshold);
    }
    case Alert::server_errors: {
      const AlertCounts counts = history.increase(minutes{5});
      return share_of(counts.server_errors, counts.ended, threshold);
    }
    case Alert::abnormal_close_burn_fast:
      return burn(history, hours{1}, minutes{5}, threshold);
    case Alert::abnormal_close_burn_slow:
      return burn(history, hours{6}, minutes{30}, threshold);
    case Alert::reconnect_storm:
      return storm(history, threshold);
    case Alert::opening_handshake_failures: {
      const AlertCounts counts = history.increase(minutes{10});
      return share_of(counts.failed_handshakes, counts.handshakes(), threshold);
    }
    case Alert::closing_handshakes_unanswered: {
      const AlertCounts counts = history.increase(minutes{15});
      return share_of(counts.unanswered, counts.ended, threshold);
    }
    case Alert::mass_closure: {
      const std::uint64_t incidents = history.increase(minutes{5}).mass_closures;
      return {.met = incidents >= threshold.minimum, .count = incidents};
    }
  }
  return {};
}

std::string numbers_text(Alert alert, const AlertVerdict& verdict) {
  switch (alert) {
    case Alert::mass_disconnect:
      return disconnect_text(verdict);
    case Alert::server_errors:
      return share_text(verdict, "ended connections got 1011 from the server within 5m");
    case Alert::abnormal_close_burn_fast:
      return share_text(verdict, "connections that ended within 1h ended abnormally");
    case Alert::abnormal_close_burn_slow:
      return share_text(verdict, "connections that ended within 6h ended abnormally");
    case Alert::reconnect_storm:
      return std::to_string(verdict.count) + " connections opened within 5m, " +
             std::to_string(verdict.of) + " are usual";
    case Alert::opening_handshake_failures:
      return share_text(verdict, "opening handshakes failed within 10m");
    case Alert::closing_handshakes_unanswered:
      return share_text(verdict, "ended connections had a Close without an answer within 15m");
    case Alert::mass_closure:
      return std::to_string(verdict.count) + (verdict.count == 1 ? " incident" : " incidents") +
             " within 5m";
  }
  return {};
}

}  // namespace metrics
