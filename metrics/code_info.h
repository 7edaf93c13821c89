#ifndef CLOSEWATCH_METRICS_CODE_INFO_H_
#define CLOSEWATCH_METRICS_CODE_INFO_H_

#include <cstddef>

#include "metrics/code_labels.h"
#include "metrics/code_profiles.h"
#include "metrics/family_samples.h"

namespace metrics {

// Appends websocket_close_code_info: one series for each code that has a name, and for each value
// of the label `code` in use, so that a join on `code` drops nothing and is never ambiguous.
void collect_code_info(const CodeLabels& labels, const CodeProfiles& profiles, Families& families);

std::size_t code_info_bound(const CodeLabels& labels, const CodeProfiles& profiles);

}  // namespace metrics

#endif  // CLOSEWATCH_METRICS_CODE_INFO_H_
