#ifndef CLOSEWATCH_CONFIG_LISTEN_ADDRESS_H_
#define CLOSEWATCH_CONFIG_LISTEN_ADDRESS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace config {

// Where to listen, or what to connect to: "127.0.0.1:10060", "[::1]:10060", "localhost:10060", or
// ":10060" for every address of the machine.
struct ListenAddress {
  std::string host;        // without brackets; empty: every address
  std::uint16_t port = 0;  // 0: the system chooses

  friend bool operator==(const ListenAddress&, const ListenAddress&) = default;
};

// For sentences: what parse_listen_address() expects.
inline constexpr std::string_view kListenAddressForm =
    "ADDRESS:PORT, such as 127.0.0.1:10060 or [::1]:10060";

// The whole text or nothing.
std::optional<ListenAddress> parse_listen_address(std::string_view text);

// As parse_listen_address() reads it.
std::string to_string(const ListenAddress& address);

}  // namespace config

#endif  // CLOSEWATCH_CONFIG_LISTEN_ADDRESS_H_
