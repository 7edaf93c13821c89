#ifndef CLOSEWATCH_METRICS_CLOSE_EVENT_H_
#define CLOSEWATCH_METRICS_CLOSE_EVENT_H_

#include <string>
#include <string_view>

#include "metrics/code_profiles.h"
#include "websocket/summary.h"

namespace metrics {

// The names that the summary holds by number only.
struct EventNames {
  std::string_view service;
  std::string_view observed_by;  // "capture" or "proxy"
  const CodeProfiles& code_profiles;
};

// The close event: one JSON object on one line, without the line's end. ASCII alone: whatever a
// peer sent, it holds no control character and can forge neither a line nor an escape sequence of a
// terminal; what is not UTF-8 is replaced. Close reasons can hold personal data, so they are shown
// only if asked for.
std::string close_event_json(const websocket::ConnectionSummary& summary, const EventNames& names,
                             bool show_reasons);

}  // namespace metrics

#endif  // CLOSEWATCH_METRICS_CLOSE_EVENT_H_
