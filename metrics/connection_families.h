#ifndef CLOSEWATCH_METRICS_CONNECTION_FAMILIES_H_
#define CLOSEWATCH_METRICS_CONNECTION_FAMILIES_H_

#include <span>

#include "metrics/connection_metrics.h"
#include "metrics/family_samples.h"

namespace metrics {

// Appends every family that ConnectionMetrics fills, summed over the threads.
void collect_connections(const Services& services,
                         std::span<const ConnectionMetrics* const> threads, Families& families);

}  // namespace metrics

#endif  // CLOSEWATCH_METRICS_CONNECTION_FAMILIES_H_
