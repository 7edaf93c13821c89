#ifndef CLOSEWATCH_PROXY_ADDRESS_RANGE_H_
#define CLOSEWATCH_PROXY_ADDRESS_RANGE_H_

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "websocket/endpoint.h"

namespace proxy {

// "192.0.2.1", "2001:db8::1"; the port is 0. IPv4-mapped IPv6 stays IPv6, see unmapped().
std::optional<websocket::Endpoint> parse_address(std::string_view text);
// An IPv4-mapped IPv6 address as the IPv4 address it is; others as they are.
websocket::Endpoint unmapped(const websocket::Endpoint& endpoint);
// "192.0.2.1", "2001:db8::1": without port and brackets.
std::string address_text(const websocket::Endpoint& endpoint);

// A block of addresses in CIDR notation (RFC 4632, RFC 4291 section 2.3). Addresses and blocks that
// are IPv4-mapped count as IPv4; no IPv6 block holds an IPv4 address.
class AddressRange {
 public:
  // "10.0.0.0/8", "2001:db8::/32", or one address. Bits behind the prefix are ignored.
  static std::optional<AddressRange> parse(std::string_view text);
  // The port does not count.
  bool holds(const websocket::Endpoint& endpoint) const;

  friend bool operator==(const AddressRange&, const AddressRange&) = default;

 private:
  websocket::Endpoint base_;
  unsigned bits_ = 0;
};

class AddressRanges {
 public:
  AddressRanges() = default;
  explicit AddressRanges(std::vector<AddressRange> ranges) : ranges_(std::move(ranges)) {}
  bool hold(const websocket::Endpoint& endpoint) const;
  bool empty() const { return ranges_.empty(); }

  friend bool operator==(const AddressRanges&, const AddressRanges&) = default;

 private:
  std::vector<AddressRange> ranges_;
};

// Who the client is when `peer` connected: `peer` itself unless it is trusted, else the rightmost
// address in the values of X-Forwarded-For that is not. What stands left of text that is no address
// is not believed. The port is 0 where X-Forwarded-For has none.
websocket::Endpoint client_address_from_forwarded(const websocket::Endpoint& peer,
                                                  std::span<const std::string_view> x_forwarded_for,
                                                  const AddressRanges& trusted);

}  // namespace proxy

#endif  // CLOSEWATCH_PROXY_ADDRESS_RANGE_H_
