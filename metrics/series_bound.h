#ifndef CLOSEWATCH_METRICS_SERIES_BOUND_H_
#define CLOSEWATCH_METRICS_SERIES_BOUND_H_

#include <cstddef>

#include "metrics/capture_metrics.h"
#include "metrics/catalogue.h"
#include "metrics/code_profiles.h"
#include "metrics/proxy_metrics.h"
#include "metrics/services.h"

namespace metrics {

// What the exporter's sources say at the start; null for those that the program has not.
struct Observed {
  const CaptureSnapshot* capture = nullptr;
  const ProxySnapshot* proxy = nullptr;
  std::size_t event_sinks = 0;
  bool alerts = false;
  std::size_t alert_receivers = 0;
};

// What the number of series depends on, but for the catalogue itself.
struct SeriesDimensions {
  const Services& services;
  const CodeProfiles& code_profiles;
  Observed observed;
};

// How many series the family can have at most; a histogram has one for each bucket, a sum and a
// count. 0 for a family of a source that the program has not.
std::size_t series_bound(const Family& family, const SeriesDimensions& dimensions);

}  // namespace metrics

#endif  // CLOSEWATCH_METRICS_SERIES_BOUND_H_
