#ifndef CLOSEWATCH_WEBSOCKET_TIME_TEXT_H_
#define CLOSEWATCH_WEBSOCKET_TIME_TEXT_H_

#include <string>

#include "websocket/bytes.h"

namespace websocket {

// "2026-11-22T12:00:00.123456Z" (RFC 3339): UTC with microseconds, rounded down.
std::string rfc3339(Time time);

}  // namespace websocket

#endif  // CLOSEWATCH_WEBSOCKET_TIME_TEXT_H_
