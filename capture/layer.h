#ifndef CLOSEWATCH_CAPTURE_LAYER_H_
#define CLOSEWATCH_CAPTURE_LAYER_H_

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

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
  gtp,
  tcp
};

// A packet from one header on: what is behind those that were skipped. `bytes` is what was captured
// of it, `length` what was on the wire: bytes.size() or more.
struct Layer {
  Protocol protocol = Protocol::other;
  Undecodable reason{};  // only with Protocol::undecodable
  Bytes bytes;
  std::size_t length = 0;

  bool holds(std::size_t count) const { return bytes.size() >= count; }
  const std::uint8_t* data() const { return bytes.data(); }

  // Leaves a header behind; `size` bytes of it were captured.
  void skip(std::size_t size, Protocol next) {
    protocol = next;
    bytes = bytes.subspan(size);
    length -= size;
  }
  // A length field says where the layer ends: the rest is padding, or was not captured.
  void set_length(std::size_t on_the_wire) {
    length = on_the_wire;
    if (bytes.size() > length) bytes = bytes.first(length);
  }
  // It cannot lead to TCP.
  void end() { protocol = Protocol::other; }
  void fail(Undecodable why) {
    protocol = Protocol::undecodable;
    reason = why;
  }
  // A header is not whole: the snapshot length cut it, or else it is malformed.
  void cut_short(Undecodable malformed) {
    fail(bytes.size() < length ? Undecodable::truncated : malformed);
  }
};

static_assert(std::endian::native == std::endian::little);
inline std::uint16_t load16(const std::uint8_t* at) {
  std::uint16_t value = 0;
  std::memcpy(&value, at, sizeof value);
  return __builtin_bswap16(value);
}
inline std::uint32_t load32(const std::uint8_t* at) {
  std::uint32_t value = 0;
  std::memcpy(&value, at, sizeof value);
  return __builtin_bswap32(value);
}

}  // namespace capture

#endif  // CLOSEWATCH_CAPTURE_LAYER_H_
