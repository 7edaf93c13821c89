#ifndef CLOSEWATCH_METRICS_EXPOSITION_H_
#define CLOSEWATCH_METRICS_EXPOSITION_H_

#include <string>
#include <string_view>

#include "metrics/family_samples.h"

namespace metrics {

enum class ExpositionFormat : std::uint8_t { text, open_metrics };

// The Content-Type, with the version of the format.
std::string_view content_type(ExpositionFormat format);

// The families as the scraper reads them: the text format 0.0.4, or OpenMetrics 1.0.0.
std::string expose(Families families, ExpositionFormat format);

// The format that the request's Accept header field prefers; the text format unless OpenMetrics is
// asked for.
ExpositionFormat preferred_format(std::string_view accept);

// Does the request's Accept-Encoding header field allow gzip?
bool accepts_gzip(std::string_view accept_encoding);

// In the gzip format (RFC 1952).
std::string gzip(std::string_view content);

}  // namespace metrics

#endif  // CLOSEWATCH_METRICS_EXPOSITION_H_
