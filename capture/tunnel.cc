#include "capture/tunnel.h"

#include "capture/link_layer.h"

namespace capture {
namespace {

constexpr unsigned kVxlanPort = 4789;
constexpr unsigned kLinuxVxlanPort = 8472;  // Linux's default, and so flannel's
constexpr unsigned kGenevePort = 6081;

constexpr unsigned kGreChecksum = 0x8000;
constexpr unsigned kGreRouting = 0x4000;
constexpr unsigned kGreKey = 0x2000;
constexpr unsigned kGreSequence = 0x1000;
constexpr unsigned kGreAcknowledgment = 0x0080;  // version 1 only
constexpr unsigned kGreVersion = 0x0007;

// Version 1 carries PPP, behind a key that is always there.
Layer open_pptp(const Layer& layer, unsigned flags) {
  const std::size_t size =
      8 + ((flags & kGreSequence) != 0 ? 4U : 0U) + ((flags & kGreAcknowledgment) != 0 ? 4U : 0U);
  if ((flags & kGreSequence) == 0) return {};  // an acknowledgment without a packet
  if (!layer.holds(size)) return incomplete(layer, Undecodable::malformed_tunnel);
  return behind(layer, size, Protocol::ppp);
}

}  // namespace

Layer open_gre(const Layer& layer) {
  constexpr unsigned kErspan2 = 0x88be;
  constexpr unsigned kErspan3 = 0x22eb;
  constexpr unsigned kPpp = 0x880b;
  if (!layer.holds(4)) return incomplete(layer, Undecodable::malformed_tunnel);
  const unsigned flags = load16(layer.bytes.data());
  const unsigned protocol = load16(layer.bytes.data() + 2);
  if ((flags & kGreVersion) == 1 && protocol == kPpp) return open_pptp(layer, flags);
  if ((flags & kGreVersion) != 0 || (flags & kGreRouting) != 0) return {};
  const std::size_t size = 4U + ((flags & kGreChecksum) != 0 ? 4U : 0U) +
                           ((flags & kGreKey) != 0 ? 4U : 0U) +
                           ((flags & kGreSequence) != 0 ? 4U : 0U);
  if (!layer.holds(size)) return incomplete(layer, Undecodable::malformed_tunnel);
  if (protocol == kErspan2) {
    // Type I is told by its missing sequence number and has no header of its own.
    const bool has_header = (flags & kGreSequence) != 0;
    return behind(layer, size, has_header ? Protocol::erspan2 : Protocol::ethernet);
  }
  if (protocol == kErspan3) return behind(layer, size, Protocol::erspan3);
  if (protocol < 0x0600) return {};
  return behind_ethertype(layer, size, protocol);
}

Layer open_erspan2(const Layer& layer) {
  if (!layer.holds(8)) return incomplete(layer, Undecodable::malformed_tunnel);
  return behind(layer, 8, Protocol::ethernet);
}

Layer open_erspan3(const Layer& layer) {
  if (!layer.holds(12)) return incomplete(layer, Undecodable::malformed_tunnel);
  const bool has_platform_header = (layer.bytes[11] & 1U) != 0;
  const std::size_t size = has_platform_header ? 20 : 12;
  if (!layer.holds(size)) return incomplete(layer, Undecodable::malformed_tunnel);
  return behind(layer, size, Protocol::ethernet);
}

Layer open_udp(const Layer& layer) {
  if (!layer.holds(8)) return {};
  const unsigned port = load16(layer.bytes.data() + 2);
  const bool is_vxlan = port == kVxlanPort || port == kLinuxVxlanPort;
  if (!is_vxlan && port != kGenevePort) return {};
  Layer datagram = layer;
  const std::size_t length = load16(layer.bytes.data() + 4);
  if (length != 0) {  // offload of more than 65535 bytes says 0
    if (length < 8) return undecodable(Undecodable::malformed_tunnel);
    set_length(datagram, length);
  }
  return behind(datagram, 8, is_vxlan ? Protocol::vxlan : Protocol::geneve);
}

Layer open_vxlan(const Layer& layer) {
  if (!layer.holds(8)) return incomplete(layer, Undecodable::malformed_tunnel);
  const bool has_network = (layer.bytes[0] & 0x08U) != 0;
  if (!has_network) return {};  // something else on this port
  return behind(layer, 8, Protocol::ethernet);
}

Layer open_geneve(const Layer& layer) {
  if (!layer.holds(8)) return incomplete(layer, Undecodable::malformed_tunnel);
  const unsigned version = layer.bytes[0] >> 6U;
  const std::size_t size = 8 + (layer.bytes[0] & 0x3fU) * std::size_t{4};
  const unsigned protocol = load16(layer.bytes.data() + 2);
  if (version != 0 || protocol < 0x0600) return {};
  if (!layer.holds(size)) return incomplete(layer, Undecodable::malformed_tunnel);
  return behind_ethertype(layer, size, protocol);
}

}  // namespace capture
