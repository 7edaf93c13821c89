#ifndef CLOSEWATCH_METRICS_SERIES_BOUND_H_
#define CLOSEWATCH_METRICS_SERIES_BOUND_H_

#include <cstddef>

#include "metrics/capture_metrics.h"
#include "metrics/catalogue.h"
#include "metrics/code_profiles.h"
#include "metrics/services.h"

namespace metrics {

// What the number of series depends on, but for the catalogue itself.
struct SeriesDimensions {
  const Services& services;
  const CodeProfiles& code_profiles;
  const CaptureSnapshot& capture;
};

// How many series the family can have at most; a histogram has one for each bucket, a sum and a
// count.
std::size_t series_bound(const Family& family, const SeriesDimensions& dimensions);

}  // namespace metrics

#endif  // CLOSEWATCH_METRICS_SERIES_BOUND_H_
