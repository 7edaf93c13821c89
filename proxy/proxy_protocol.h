#ifndef CLOSEWATCH_PROXY_PROXY_PROTOCOL_H_
#define CLOSEWATCH_PROXY_PROXY_PROTOCOL_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "websocket/bytes.h"
#include "websocket/endpoint.h"

namespace proxy {

using websocket::Bytes;

// The addresses of the connection that a PROXY header speaks of.
struct ProxyAddresses {
  websocket::Endpoint source{};
  websocket::Endpoint destination{};

  friend bool operator==(const ProxyAddresses&, const ProxyAddresses&) = default;
};

// Why a PROXY header is refused.
enum class ProxyHeaderRefusal : std::uint8_t {
  no_signature,  // the stream begins with something else
  invalid_line,  // version 1: not the one line that the protocol allows, or no CRLF in 107 bytes
  invalid_address,
  invalid_version,
  invalid_command,
  invalid_family,  // also datagrams
  invalid_length   // shorter than its addresses, or longer than kMaxBytes
};
inline constexpr std::array<std::string_view, 7> kProxyHeaderRefusalNames{
    "no_signature",    "invalid_line",   "invalid_address", "invalid_version",
    "invalid_command", "invalid_family", "invalid_length"};
inline constexpr std::size_t kProxyHeaderRefusalCount = kProxyHeaderRefusalNames.size();
constexpr std::string_view name(ProxyHeaderRefusal refusal) {
  return kProxyHeaderRefusalNames[static_cast<std::size_t>(refusal)];
}

// Reads the header of the PROXY protocol, version 1 or 2, at the start of a connection, in whatever
// pieces it comes. TLVs are passed over.
class ProxyHeaderReader {
 public:
  enum class Status : std::uint8_t { partial, complete, refused };
  static constexpr std::size_t kMaxBytes = 2048;

  // Advances `bytes` past what belongs to the header. Not to be called again once it is not
  // partial.
  Status take(Bytes& bytes);
  ProxyHeaderRefusal refusal() const { return refusal_; }
  // Absent for LOCAL, UNKNOWN, AF_UNSPEC and AF_UNIX: the socket's own addresses count then.
  const std::optional<ProxyAddresses>& addresses() const { return addresses_; }

 private:
  Status refuse(ProxyHeaderRefusal refusal);
  Status step();
  Status step_line();
  Status step_binary();
  Status read_line(std::string_view line);
  Status read_binary_head();
  Status read_binary_addresses();

  // Enough for a version 1 line, and for a version 2 header up to its TLVs.
  std::array<std::uint8_t, 107> collected_{};
  std::size_t size_ = 0;
  std::size_t wanted_ = 16;  // version 2: bytes to collect, first without the addresses
  std::size_t skip_ = 0;     // bytes behind the collected ones that still belong to the header
  std::optional<ProxyAddresses> addresses_;
  ProxyHeaderRefusal refusal_{};
};

// The header for a connection on behalf of these addresses. An IPv4 address beside an IPv6 one is
// written IPv4-mapped, since both must be of one family.
std::string proxy_header_v1(const ProxyAddresses& addresses);
std::string proxy_header_v2(const ProxyAddresses& addresses);
// For connections of our own, such as health checks: "PROXY UNKNOWN", LOCAL.
std::string proxy_header_v1_unknown();
std::string proxy_header_v2_local();

}  // namespace proxy

#endif  // CLOSEWATCH_PROXY_PROXY_PROTOCOL_H_
