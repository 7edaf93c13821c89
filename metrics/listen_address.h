#ifndef CLOSEWATCH_METRICS_LISTEN_ADDRESS_H_
#define CLOSEWATCH_METRICS_LISTEN_ADDRESS_H_

#include <cstdint>
#include <string>
#include <string_view>

namespace metrics {

// Where to listen: "127.0.0.1:10060", "[::1]:10060", "localhost:10060", or ":10060" for every
// address of the machine.
struct ListenAddress {
  std::string host;  // without brackets; empty: every address
  std::uint16_t port = 0;

  friend bool operator==(const ListenAddress&, const ListenAddress&) = default;
};

// Throws std::invalid_argument with one sentence that names the text. Port 0 lets the system
// choose.
ListenAddress parse_listen_address(std::string_view text);

std::string to_string(const ListenAddress& address);

}  // namespace metrics

#endif  // CLOSEWATCH_METRICS_LISTEN_ADDRESS_H_
