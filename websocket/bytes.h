#ifndef CLOSEWATCH_WEBSOCKET_BYTES_H_
#define CLOSEWATCH_WEBSOCKET_BYTES_H_

#include <chrono>
#include <cstdint>
#include <span>

namespace websocket {

// A view of bytes somebody else owns; valid for the length of the call it is passed to.
using Bytes = std::span<const std::uint8_t>;

// Time always comes in from outside, with the packet or the socket event; nothing here reads a
// clock.
using Duration = std::chrono::nanoseconds;
using Time = std::chrono::sys_time<Duration>;

}  // namespace websocket

#endif  // CLOSEWATCH_WEBSOCKET_BYTES_H_
