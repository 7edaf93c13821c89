#include "capture/packet_decoder.h"

#include "capture/link_layer.h"
#include "capture/tcp_header.h"
#include "capture/tunnel.h"

namespace capture {
namespace {

// Skips a header that needs nothing but itself to be understood.
void open(Layer& layer) {
  switch (layer.protocol) {
    case Protocol::ethernet:
      return open_ethernet(layer);
    case Protocol::vlan:
      return open_vlan(layer);
    case Protocol::llc:
      return open_llc(layer);
    case Protocol::mpls:
      return open_mpls(layer);
    case Protocol::pppoe:
      return open_pppoe(layer);
    case Protocol::ppp:
      return open_ppp(layer);
    case Protocol::ip:
      return open_by_version(layer);
    case Protocol::ipv6_options:
      return open_ipv6_options(layer);
    case Protocol::gre:
      return open_gre(layer);
    case Protocol::erspan2:
      return open_erspan2(layer);
    case Protocol::erspan3:
      return open_erspan3(layer);
    case Protocol::udp:
      return open_udp(layer);
    case Protocol::vxlan:
      return open_vxlan(layer);
    case Protocol::geneve:
      return open_geneve(layer);
    case Protocol::gtp:
      return open_gtp(layer);
    default:
      return layer.end();
  }
}

}  // namespace

PacketDecoder::PacketDecoder(const Limits& limits)
    : limits_(limits), defragmenter_(limits.fragments, undecodable_) {}

bool PacketDecoder::decode(int link_type, Bytes packet, std::uint32_t wire_length, Time at,
                           Segment& segment) {
  Layer layer = open_link(link_type, packet, wire_length);
  FragmentHeader fragment;
  for (unsigned header = 0; header < limits_.headers; ++header) {
    switch (layer.protocol) {
      case Protocol::ipv4:
        open_ipv4(layer, segment, fragment);
        break;
      case Protocol::tcp:
        return finish(layer, at, segment);
      case Protocol::ipv6:
        open_ipv6(layer, segment);
        break;
      case Protocol::other:
        return false;
      case Protocol::undecodable:
        undecodable_.add(layer.reason);
        return false;
      case Protocol::ipv6_routing:
        open_ipv6_routing(layer, segment);
        break;
      case Protocol::ipv6_fragment:
        open_ipv6_fragment(layer, fragment);
        break;
      case Protocol::authentication:
        open_authentication(layer, segment.source.is_ipv6);
        break;
      case Protocol::fragment:
        reassemble(layer, fragment, at, segment);
        break;
      default:
        open(layer);
    }
  }
  undecodable_.add(Undecodable::nesting);
  return false;
}

bool PacketDecoder::finish(const Layer& layer, Time at, Segment& segment) {
  Undecodable reason{};
  if (!read_tcp_header(layer, segment, reason)) {
    undecodable_.add(reason);
    return false;
  }
  segment.at = at;
  if (limits_.checksums == Checksums::verify && layer.bytes.size() == layer.length) {
    segment.checksum_bad = !tcp_checksum_right(layer, segment);
  }
  return true;
}

void PacketDecoder::reassemble(Layer& layer, const FragmentHeader& fragment, Time at,
                               const Segment& segment) {
  const auto datagram = defragmenter_.add(fragment, layer, segment, at);
  if (!datagram) return layer.end();
  layer.protocol = by_ip_protocol(datagram->protocol, segment.source.is_ipv6);
  layer.bytes = datagram->bytes;
  layer.length = datagram->length;
}

}  // namespace capture
