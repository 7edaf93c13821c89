#ifndef CLOSEWATCH_METRICS_STATUS_PAGE_H_
#define CLOSEWATCH_METRICS_STATUS_PAGE_H_

#include <string>
#include <string_view>

#include "metrics/family_samples.h"

namespace metrics {

inline constexpr std::string_view kStatusStylePath = "/status.css";

// The page loads its own style sheet and nothing else: no script, no form, no frame.
inline constexpr std::string_view kStatusPagePolicy =
    "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'";

// The page for people: open connections of each service and closes by code, as counted until now.
std::string status_page(const Families& families);

std::string status_style();

}  // namespace metrics

#endif  // CLOSEWATCH_METRICS_STATUS_PAGE_H_
