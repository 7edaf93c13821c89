#ifndef CLOSEWATCH_WEBSOCKET_ENDPOINT_H_
#define CLOSEWATCH_WEBSOCKET_ENDPOINT_H_

#include <array>
#include <cstdint>
#include <string>

namespace websocket {

// An IP address and a TCP port. An IPv4 address stands in the first four bytes, the rest is zero.
struct Endpoint {
  std::array<std::uint8_t, 16> address{};
  std::uint16_t port = 0;  // host byte order
  bool is_ipv6 = false;

  friend bool operator==(const Endpoint&, const Endpoint&) = default;
  // clang-tidy 14 sees a zero in its comparisons.
  // NOLINTNEXTLINE(modernize-use-nullptr)
  friend auto operator<=>(const Endpoint&, const Endpoint&) = default;
};

// "10.0.0.1:443", "[2001:db8::1]:443" (RFC 5952).
std::string to_string(const Endpoint& endpoint);

}  // namespace websocket

#endif  // CLOSEWATCH_WEBSOCKET_ENDPOINT_H_
