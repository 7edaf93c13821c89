#ifndef CLOSEWATCH_METRICS_ALERT_RULES_H_
#define CLOSEWATCH_METRICS_ALERT_RULES_H_

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "config/alert_options.h"
#include "metrics/alert_history.h"

namespace metrics {

// What was counted for an alert, and whether that is too much.
struct AlertVerdict {
  bool met = false;
  std::uint64_t count = 0;  // of what the alert is about
  std::uint64_t of = 0;     // of all; for a storm, what is usual; 0: of nothing

  double share() const {
    return of == 0 ? 0 : static_cast<double>(count) / static_cast<double>(of);
  }
};

// The alert's condition at the latest moment of the history.
AlertVerdict judge(config::Alert alert, const config::AlertThreshold& threshold,
                   const AlertHistory& history);

// The numbers as one clause: "5 of 50 ended connections got 1011 from the server within 5m (10 %)".
std::string numbers_text(config::Alert alert, const AlertVerdict& verdict);

// What most likely lies behind it, from the window that the alert looks at (of long ones the last
// 15 minutes): the leading causes, sides and silences, or results of handshakes. Empty when nothing
// of the kind was counted.
std::string why_text(config::Alert alert, const AlertHistory& history);

constexpr std::string_view severity(config::Alert alert) {
  using config::Alert;
  const bool critical = alert == Alert::mass_disconnect || alert == Alert::server_errors ||
                        alert == Alert::abnormal_close_burn_fast;
  return critical ? "critical" : "warning";
}

}  // namespace metrics

#endif  // CLOSEWATCH_METRICS_ALERT_RULES_H_
