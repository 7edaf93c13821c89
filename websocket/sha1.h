#ifndef CLOSEWATCH_WEBSOCKET_SHA1_H_
#define CLOSEWATCH_WEBSOCKET_SHA1_H_

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace websocket {

// The Sec-WebSocket-Accept that answers this Sec-WebSocket-Key (RFC 6455 section 4.2.2, item 5.4).
std::string accept_for(std::string_view key);

// SHA-1 (FIPS 180-4); good for nothing but Sec-WebSocket-Accept.
std::array<std::uint8_t, 20> sha1(std::string_view text);

}  // namespace websocket

#endif  // CLOSEWATCH_WEBSOCKET_SHA1_H_
