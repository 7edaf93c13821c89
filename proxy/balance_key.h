#ifndef CLOSEWATCH_PROXY_BALANCE_KEY_H_
#define CLOSEWATCH_PROXY_BALANCE_KEY_H_

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "proxy/config.h"
#include "websocket/endpoint.h"

namespace proxy {

// A hash that every process and every release computes alike, so that several proxies side by side
// send one key to one upstream. Not keyed: clients can choose what they hash to.
std::uint64_t stable_hash(std::string_view text);
// A permutation of the numbers in which every bit depends on every bit.
std::uint64_t mixed(std::uint64_t value);

// The field of the request whose values balance_key() wants; empty when it wants none.
std::string_view balance_field(const ServiceOptions& options);

// What UpstreamSet::pick() hashes by: the client's address (of IPv6 the /64, which stays
// when a client changes its address for privacy), or the first value of
// the header or cookie that has one, and the address where none has. `values`: of all
// balance_field() fields, in their order.
std::uint64_t balance_key(const ServiceOptions& options, const websocket::Endpoint& client,
                          std::span<const std::string_view> values);

// The value of the cookie `name` in the value of a Cookie field (RFC 6265 section 4.2), without
// quotes; the first where there are several.
std::optional<std::string_view> cookie_value(std::string_view field, std::string_view name);

}  // namespace proxy

#endif  // CLOSEWATCH_PROXY_BALANCE_KEY_H_
