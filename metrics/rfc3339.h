#ifndef CLOSEWATCH_METRICS_RFC3339_H_
#define CLOSEWATCH_METRICS_RFC3339_H_

#include <string>

#include "websocket/bytes.h"

namespace metrics {

// "2026-11-22T12:00:00.123456Z": UTC with microseconds, rounded down.
std::string rfc3339(websocket::Time time);

}  // namespace metrics

#endif  // CLOSEWATCH_METRICS_RFC3339_H_
