#include "proxy/address_range.h"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>

#include "proxy/fields.h"

namespace proxy {
namespace {

using websocket::Endpoint;

constexpr unsigned kMappedBits = 96;
constexpr std::array<std::uint8_t, 12> kMappedPrefix{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

std::optional<unsigned> parse_up_to(std::string_view digits, unsigned most) {
  unsigned number = 0;
  const char* end = digits.data() + digits.size();
  const auto parsed = std::from_chars(digits.data(), end, number);
  if (parsed.ec != std::errc{} || parsed.ptr != end || number > most) return std::nullopt;
  return number;
}

// An element of X-Forwarded-For: an address, with a port and then brackets around IPv6 for some.
std::optional<Endpoint> parse_forwarded(std::string_view text) {
  if (const auto bare = parse_address(text)) return bare;
  const std::size_t colon = text.rfind(':');
  const bool has_port = colon != std::string_view::npos && !text.ends_with(']');
  std::string_view host = has_port ? text.substr(0, colon) : text;
  const bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
  if (bracketed) host = host.substr(1, host.size() - 2);
  auto endpoint = parse_address(host);
  if (!endpoint || endpoint->is_ipv6 != bracketed) return std::nullopt;
  if (has_port) {
    const auto port = parse_up_to(text.substr(colon + 1), 65535);
    if (!port) return std::nullopt;
    endpoint->port = static_cast<std::uint16_t>(*port);
  }
  return endpoint;
}

}  // namespace

std::optional<Endpoint> parse_address(std::string_view text) {
  // inet_pton stops at a NUL; what follows one must not be overlooked.
  if (text.find('\0') != std::string_view::npos) return std::nullopt;
  const std::string terminated{text};
  Endpoint endpoint;
  endpoint.is_ipv6 = text.find(':') != std::string_view::npos;
  const int family = endpoint.is_ipv6 ? AF_INET6 : AF_INET;
  if (inet_pton(family, terminated.c_str(), endpoint.address.data()) != 1) return std::nullopt;
  return endpoint;
}

Endpoint unmapped(const Endpoint& endpoint) {
  const bool is_mapped = endpoint.is_ipv6 && std::equal(kMappedPrefix.begin(), kMappedPrefix.end(),
                                                        endpoint.address.begin());
  if (!is_mapped) return endpoint;
  Endpoint ipv4{.port = endpoint.port};
  std::copy_n(endpoint.address.begin() + kMappedPrefix.size(), 4, ipv4.address.begin());
  return ipv4;
}

std::string address_text(const Endpoint& endpoint) {
  const std::string text = to_string(endpoint);
  const std::string host = text.substr(0, text.rfind(':'));
  return endpoint.is_ipv6 ? host.substr(1, host.size() - 2) : host;
}

std::optional<AddressRange> AddressRange::parse(std::string_view text) {
  const std::size_t slash = text.find('/');
  const auto base = parse_address(text.substr(0, slash));
  if (!base) return std::nullopt;
  AddressRange range;
  const unsigned most = base->is_ipv6 ? 128 : 32;
  range.bits_ = most;
  if (slash != std::string_view::npos) {
    const auto bits = parse_up_to(text.substr(slash + 1), most);
    if (!bits) return std::nullopt;
    range.bits_ = *bits;
  }
  range.base_ = *base;
  if (base->is_ipv6 && range.bits_ >= kMappedBits) {
    range.base_ = unmapped(*base);
    if (!range.base_.is_ipv6) range.bits_ -= kMappedBits;
  }
  return range;
}

bool AddressRange::holds(const Endpoint& endpoint) const {
  const Endpoint plain = unmapped(endpoint);
  if (plain.is_ipv6 != base_.is_ipv6) return false;
  const std::size_t whole = bits_ / 8;
  if (!std::equal(base_.address.begin(), base_.address.begin() + whole, plain.address.begin())) {
    return false;
  }
  const unsigned rest = bits_ % 8;
  if (rest == 0) return true;
  return ((base_.address[whole] ^ plain.address[whole]) >> (8 - rest)) == 0;
}

bool AddressRanges::hold(const Endpoint& endpoint) const {
  return std::ranges::any_of(
      ranges_, [&endpoint](const AddressRange& range) { return range.holds(endpoint); });
}

Endpoint client_address_from_forwarded(const Endpoint& peer,
                                       std::span<const std::string_view> x_forwarded_for,
                                       const AddressRanges& trusted) {
  Endpoint client = unmapped(peer);
  if (!trusted.hold(client)) return client;
  for (auto value = x_forwarded_for.rbegin(); value != x_forwarded_for.rend(); ++value) {
    const std::vector<std::string_view> hops = list_elements(*value);
    for (auto hop = hops.rbegin(); hop != hops.rend(); ++hop) {
      const auto address = parse_forwarded(*hop);
      if (!address) return client;
      client = unmapped(*address);
      if (!trusted.hold(client)) return client;
    }
  }
  return client;
}

}  // namespace proxy
