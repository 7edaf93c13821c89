#ifndef CLOSEWATCH_WEBSOCKET_DIRECTION_H_
#define CLOSEWATCH_WEBSOCKET_DIRECTION_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace websocket {

// The two endpoints, in the sense of RFC 6455 section 1.2. As an index: client first.
enum class Side : std::uint8_t { client, server };

enum class Direction : std::uint8_t { client_to_server, server_to_client };

inline constexpr std::array<Side, 2> kSides{Side::client, Side::server};
inline constexpr std::array<Direction, 2> kDirections{Direction::client_to_server,
                                                      Direction::server_to_client};

constexpr std::size_t index(Side side) { return static_cast<std::size_t>(side); }
constexpr std::size_t index(Direction direction) { return static_cast<std::size_t>(direction); }

constexpr Side opposite(Side side) { return side == Side::client ? Side::server : Side::client; }
constexpr Direction opposite(Direction direction) {
  return direction == Direction::client_to_server ? Direction::server_to_client
                                                  : Direction::client_to_server;
}

constexpr Side sender(Direction direction) { return static_cast<Side>(direction); }
constexpr Side receiver(Direction direction) { return opposite(sender(direction)); }
constexpr Direction sent_by(Side side) { return static_cast<Direction>(side); }

constexpr std::string_view name(Side side) { return side == Side::client ? "client" : "server"; }
constexpr std::string_view name(Direction direction) {
  return direction == Direction::client_to_server ? "client_to_server" : "server_to_client";
}

}  // namespace websocket

#endif  // CLOSEWATCH_WEBSOCKET_DIRECTION_H_
