#include "capture/ip.h"

#include <cstring>
#include <optional>

namespace capture {
namespace {

constexpr std::size_t kIpv6Header = 40;

// The size of an IPv6 extension header that counts itself in 8 bytes beyond the first 8.
std::optional<std::size_t> extension_size(const Layer& layer) {
  if (!layer.holds(8)) return std::nullopt;
  const std::size_t size = (std::size_t{layer.bytes[1]} + 1) * 8;
  return layer.holds(size) ? std::optional{size} : std::nullopt;
}

Layer behind_extension(const Layer& layer, std::size_t size) {
  return behind(layer, size, by_ip_protocol(layer.bytes[0], true));
}

// The length in the Jumbo Payload option (RFC 2675) of a hop-by-hop header, or 0.
std::size_t jumbo_payload_length(Bytes options) {
  constexpr std::uint8_t kPad1 = 0;
  constexpr std::uint8_t kJumboPayload = 0xc2;
  while (options.size() >= 2) {
    if (options[0] == kPad1) {
      options = options.subspan(1);
      continue;
    }
    const std::size_t size = std::size_t{options[1]} + 2;
    if (size > options.size()) break;
    if (options[0] == kJumboPayload && size == 6) return load32(options.data() + 2);
    options = options.subspan(size);
  }
  return 0;
}

// `payload` is all that follows an IPv6 header whose payload length is 0: a Jumbo Payload option
// says where it ends, and else it goes to the end of the packet.
Layer open_jumbogram(Layer payload) {
  if (payload.protocol == Protocol::ipv6_options) {
    const auto size = extension_size(payload);
    if (!size) return incomplete(payload, Undecodable::malformed_ip);
    const std::size_t length = jumbo_payload_length(payload.bytes.subspan(2, *size - 2));
    if (length != 0 && length < *size) return undecodable(Undecodable::malformed_ip);
    if (length != 0) set_length(payload, length);
  }
  if (payload.length > kLargestDatagram) return undecodable(Undecodable::malformed_ip);
  return payload;
}

void set_address(Endpoint& endpoint, const std::uint8_t* address, bool is_ipv6) {
  if (is_ipv6) {
    std::memcpy(endpoint.address.data(), address, 16);
  } else {
    endpoint.address = {};
    std::memcpy(endpoint.address.data(), address, 4);
  }
  endpoint.is_ipv6 = is_ipv6;
}

}  // namespace

Protocol by_ip_protocol(std::uint8_t number, bool is_ipv6) {
  switch (number) {
    case 6:
      return Protocol::tcp;
    case 17:
      return Protocol::udp;
    case 4:
      return Protocol::ipv4;
    case 41:
      return Protocol::ipv6;
    case 47:
      return Protocol::gre;
    case 51:
      return Protocol::authentication;
    case 137:
      return Protocol::mpls;
    case 0:
    case 60:
      return is_ipv6 ? Protocol::ipv6_options : Protocol::other;
    case 43:
      return is_ipv6 ? Protocol::ipv6_routing : Protocol::other;
    case 44:
      return is_ipv6 ? Protocol::ipv6_fragment : Protocol::other;
    default:
      return Protocol::other;
  }
}

Layer open_ipv4(const Layer& layer, Segment& segment, FragmentHeader& fragment) {
  if (!layer.holds(20)) return incomplete(layer, Undecodable::malformed_ip);
  const std::uint8_t* header = layer.bytes.data();
  const std::size_t header_size = (header[0] & 0x0fU) * std::size_t{4};
  if (header[0] >> 4U != 4 || header_size < 20) return undecodable(Undecodable::malformed_ip);
  if (!layer.holds(header_size)) return incomplete(layer, Undecodable::malformed_ip);
  // Segmentation offload of more than 65535 bytes says 0.
  const std::size_t total_length = load16(header + 2);
  const std::size_t length = total_length != 0 ? total_length : layer.length;
  if (length < header_size || length > kLargestDatagram) {
    return undecodable(Undecodable::malformed_ip);
  }
  Layer datagram = layer;
  set_length(datagram, length);
  set_address(segment.source, header + 12, false);
  set_address(segment.destination, header + 16, false);
  const unsigned flags_and_offset = load16(header + 6);
  if ((flags_and_offset & 0x3fffU) == 0) [[likely]] {
    return behind(datagram, header_size, by_ip_protocol(header[9], false));
  }
  fragment = {.identification = load16(header + 4),
              .offset = (flags_and_offset & 0x1fffU) * 8,
              .more = (flags_and_offset & 0x2000U) != 0,
              .protocol = header[9]};
  return behind(datagram, header_size, Protocol::fragment);
}

Layer open_ipv6(const Layer& layer, Segment& segment) {
  if (!layer.holds(kIpv6Header)) return incomplete(layer, Undecodable::malformed_ip);
  const std::uint8_t* header = layer.bytes.data();
  if (header[0] >> 4U != 6) return undecodable(Undecodable::malformed_ip);
  set_address(segment.source, header + 8, true);
  set_address(segment.destination, header + 24, true);
  const std::size_t payload_length = load16(header + 4);
  Layer payload = behind(layer, kIpv6Header, by_ip_protocol(header[6], true));
  if (payload_length == 0) return open_jumbogram(payload);
  set_length(payload, payload_length);
  return payload;
}

Layer open_ipv6_options(const Layer& layer) {
  const auto size = extension_size(layer);
  if (!size) return incomplete(layer, Undecodable::malformed_ip);
  return behind_extension(layer, *size);
}

Layer open_ipv6_routing(const Layer& layer, Segment& segment) {
  constexpr std::uint8_t kSegmentRoutingHeader = 4;
  const auto size = extension_size(layer);
  if (!size) return incomplete(layer, Undecodable::malformed_ip);
  const std::uint8_t type = layer.bytes[2];
  const std::uint8_t segments_left = layer.bytes[3];
  // On its way the packet is addressed to the next hop; the endpoint is the last of the route,
  // which a Segment Routing Header (RFC 8754) lists first.
  if (segments_left != 0 && *size >= 24) {
    const std::size_t at = type == kSegmentRoutingHeader ? 8 : *size - 16;
    set_address(segment.destination, layer.bytes.data() + at, true);
  }
  return behind_extension(layer, *size);
}

Layer open_ipv6_fragment(const Layer& layer, FragmentHeader& fragment) {
  if (!layer.holds(8)) return incomplete(layer, Undecodable::malformed_ip);
  const unsigned offset_and_more = load16(layer.bytes.data() + 2);
  // An atomic fragment is whole (RFC 6946).
  if ((offset_and_more & 0xfff9U) == 0) return behind_extension(layer, 8);
  fragment = {.identification = load32(layer.bytes.data() + 4),
              .offset = offset_and_more & 0xfff8U,
              .more = (offset_and_more & 1U) != 0,
              .protocol = layer.bytes[0]};
  return behind(layer, 8, Protocol::fragment);
}

Layer open_authentication(const Layer& layer, bool is_ipv6) {
  if (!layer.holds(12)) return incomplete(layer, Undecodable::malformed_ip);
  const std::size_t size = (std::size_t{layer.bytes[1]} + 2) * 4;
  if (!layer.holds(size)) return incomplete(layer, Undecodable::malformed_ip);
  return behind(layer, size, by_ip_protocol(layer.bytes[0], is_ipv6));
}

}  // namespace capture
