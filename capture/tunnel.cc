#include "capture/tunnel.h"

#include "capture/link_layer.h"

namespace capture {
namespace {

constexpr unsigned kVxlanPort = 4789;
constexpr unsigned kLinuxVxlanPort = 8472;  // Linux's default, and so flannel's
constexpr unsigned kGenevePort = 6081;
constexpr unsigned kGtpPort = 2152;

constexpr unsigned kGreChecksum = 0x8000;
constexpr unsigned kGreRouting = 0x4000;
constexpr unsigned kGreKey = 0x2000;
constexpr unsigned kGreSequence = 0x1000;
constexpr unsigned kGreAcknowledgment = 0x0080;  // version 1 only
constexpr unsigned kGreVersion = 0x0007;

Protocol tunnel_at(unsigned port) {
  switch (port) {
    case kVxlanPort:
    case kLinuxVxlanPort:
      return Protocol::vxlan;
    case kGenevePort:
      return Protocol::geneve;
    case kGtpPort:
      return Protocol::gtp;
    default:
      return Protocol::other;
  }
}

// Version 1 carries PPP, behind a key that is always there.
void open_pptp(Layer& layer, unsigned flags) {
  const std::size_t size =
      8 + ((flags & kGreSequence) != 0 ? 4U : 0U) + ((flags & kGreAcknowledgment) != 0 ? 4U : 0U);
  if ((flags & kGreSequence) == 0) return layer.end();  // an acknowledgment without a packet
  if (!layer.holds(size)) return layer.cut_short(Undecodable::malformed_tunnel);
  return layer.skip(size, Protocol::ppp);
}

}  // namespace

void open_gre(Layer& layer) {
  constexpr unsigned kErspan2 = 0x88be;
  constexpr unsigned kErspan3 = 0x22eb;
  constexpr unsigned kPpp = 0x880b;
  if (!layer.holds(4)) return layer.cut_short(Undecodable::malformed_tunnel);
  const unsigned flags = load16(layer.data());
  const unsigned protocol = load16(layer.data() + 2);
  if ((flags & kGreVersion) == 1 && protocol == kPpp) return open_pptp(layer, flags);
  if ((flags & kGreVersion) != 0 || (flags & kGreRouting) != 0) return layer.end();
  const std::size_t size = 4U + ((flags & kGreChecksum) != 0 ? 4U : 0U) +
                           ((flags & kGreKey) != 0 ? 4U : 0U) +
                           ((flags & kGreSequence) != 0 ? 4U : 0U);
  if (!layer.holds(size)) return layer.cut_short(Undecodable::malformed_tunnel);
  if (protocol == kErspan2) {
    // Type I is told by its missing sequence number and has no header of its own.
    const bool has_header = (flags & kGreSequence) != 0;
    return layer.skip(size, has_header ? Protocol::erspan2 : Protocol::ethernet);
  }
  if (protocol == kErspan3) return layer.skip(size, Protocol::erspan3);
  if (protocol < 0x0600) return layer.end();
  return skip_to_ethertype(layer, size, protocol);
}

void open_erspan2(Layer& layer) {
  if (!layer.holds(8)) return layer.cut_short(Undecodable::malformed_tunnel);
  return layer.skip(8, Protocol::ethernet);
}

void open_erspan3(Layer& layer) {
  if (!layer.holds(12)) return layer.cut_short(Undecodable::malformed_tunnel);
  const bool has_platform_header = (layer.bytes[11] & 1U) != 0;
  const std::size_t size = has_platform_header ? 20 : 12;
  if (!layer.holds(size)) return layer.cut_short(Undecodable::malformed_tunnel);
  return layer.skip(size, Protocol::ethernet);
}

void open_udp(Layer& layer) {
  if (!layer.holds(8)) return layer.end();
  const Protocol tunnel = tunnel_at(load16(layer.data() + 2));
  if (tunnel == Protocol::other) return layer.end();
  const std::size_t length = load16(layer.data() + 4);
  if (length != 0) {  // offload of more than 65535 bytes says 0
    if (length < 8) return layer.fail(Undecodable::malformed_tunnel);
    layer.set_length(length);
  }
  layer.skip(8, tunnel);
}

void open_vxlan(Layer& layer) {
  if (!layer.holds(8)) return layer.cut_short(Undecodable::malformed_tunnel);
  const bool has_network = (layer.bytes[0] & 0x08U) != 0;
  if (!has_network) return layer.end();  // something else on this port
  return layer.skip(8, Protocol::ethernet);
}

void open_geneve(Layer& layer) {
  if (!layer.holds(8)) return layer.cut_short(Undecodable::malformed_tunnel);
  const unsigned version = layer.bytes[0] >> 6U;
  const std::size_t size = 8 + (layer.bytes[0] & 0x3fU) * std::size_t{4};
  const unsigned protocol = load16(layer.data() + 2);
  if (version != 0 || protocol < 0x0600) return layer.end();
  if (!layer.holds(size)) return layer.cut_short(Undecodable::malformed_tunnel);
  return skip_to_ethertype(layer, size, protocol);
}

// Only G-PDUs of version 1 carry a packet; any of three flags brings four more bytes, the last of
// which is the type of the first extension header.
void open_gtp(Layer& layer) {
  constexpr unsigned kVersion1 = 0x30;  // with the bit that tells GTP from GTP'
  constexpr unsigned kGPdu = 255;
  if (!layer.holds(8)) return layer.cut_short(Undecodable::malformed_tunnel);
  if ((layer.bytes[0] & 0xf0U) != kVersion1 || layer.bytes[1] != kGPdu) return layer.end();
  std::size_t size = 8;
  if ((layer.bytes[0] & 0x07U) != 0) {
    size = 12;
    if (!layer.holds(size)) return layer.cut_short(Undecodable::malformed_tunnel);
    const bool has_extensions = (layer.bytes[0] & 0x04U) != 0;
    while (has_extensions && layer.bytes[size - 1] != 0) {
      const std::size_t extension =
          layer.holds(size + 1) ? layer.bytes[size] * std::size_t{4} : std::size_t{0};
      if (extension == 0 || !layer.holds(size + extension)) {
        return layer.cut_short(Undecodable::malformed_tunnel);
      }
      size += extension;
    }
  }
  return layer.skip(size, Protocol::ip);
}

}  // namespace capture
