#ifndef CLOSEWATCH_METRICS_PROCESS_METRICS_H_
#define CLOSEWATCH_METRICS_PROCESS_METRICS_H_

#include "metrics/family_samples.h"

namespace metrics {

// Appends the families process_*, read from /proc; those that cannot be read are left out.
void collect_process(Families& families);

}  // namespace metrics

#endif  // CLOSEWATCH_METRICS_PROCESS_METRICS_H_
