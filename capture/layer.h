#ifndef CLOSEWATCH_CAPTURE_LAYER_H_
#define CLOSEWATCH_CAPTURE_LAYER_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "capture/undecodable.h"
#include "websocket/bytes.h"

namespace capture {

using websocket::Bytes;

// What stands at the front of a layer. `other` cannot lead to TCP; `ip` is IPv4 or IPv6 by its
// version field.
enum class Protocol : std::uint8_t {
  other,
  undecodable,
  ethernet,
  vlan,
  llc,
  mpls,
  pppoe,
  ppp,
  ip,
  ipv4,
  ipv6,
  ipv6_options,  // hop-by-hop or destination
  ipv6_routing,
  ipv6_fragment,
  authentication,
  fragment,  // the data of one IP fragment
  gre,
  erspan2,
  erspan3,
  udp,
  vxlan,
  geneve,
  tcp
};

// A packet from one header on. `bytes` is what was captured of it, `length` what was on the wire:
// bytes.size() or more.
struct Layer {
  Protocol protocol = Protocol::other;
  Undecodable reason{};  // only with Protocol::undecodable
  Bytes bytes;
  std::size_t length = 0;

  bool holds(std::size_t count) const { return bytes.size() >= count; }
};

inline std::uint16_t load16(const std::uint8_t* at) {
  return static_cast<std::uint16_t>(at[0] << 8U | at[1]);
}
inline std::uint32_t load32(const std::uint8_t* at) {
  return std::uint32_t{load16(at)} << 16U | load16(at + 2);
}

// The layer behind a header of `size` bytes, all of which were captured.
inline Layer behind(const Layer& layer, std::size_t size, Protocol protocol) {
  return {protocol, {}, layer.bytes.subspan(size), layer.length - size};
}

// A length field says how long the layer is: the rest is padding, or was not captured.
inline void set_length(Layer& layer, std::size_t length) {
  layer.length = length;
  layer.bytes = layer.bytes.first(std::min(layer.bytes.size(), length));
}

inline Layer undecodable(Undecodable reason) { return {Protocol::undecodable, reason, {}, 0}; }

// A header is not whole: the snapshot length cut it, or else it is malformed.
inline Layer incomplete(const Layer& layer, Undecodable malformed) {
  return undecodable(layer.bytes.size() < layer.length ? Undecodable::truncated : malformed);
}

}  // namespace capture

#endif  // CLOSEWATCH_CAPTURE_LAYER_H_
