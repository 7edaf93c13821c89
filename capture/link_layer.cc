#include "capture/link_layer.h"

#include <bit>
#include <cstring>

#include "capture/link_type.h"

namespace capture {
namespace {

constexpr std::size_t kEthernetHeader = 14;
constexpr std::size_t kLinuxCookedHeader = 16;
constexpr std::size_t kLinuxCookedV2Header = 20;
// At and below it the field is an IEEE 802.3 length, no EtherType.
constexpr unsigned kLargestIeee802Length = 1500;
// "Linux" cooked captures carry 802.2 frames under this protocol number (ETH_P_802_2).
constexpr unsigned kLinux8022 = 4;

template <typename Integer>
Integer load_native(const std::uint8_t* at) {
  Integer value;
  std::memcpy(&value, at, sizeof value);
  return value;
}

Protocol by_address_family(unsigned family) {
  switch (family) {
    case 2:
      return Protocol::ipv4;
    case 10:  // AF_INET6 of Linux, Windows, the BSDs, macOS
    case 23:
    case 24:
    case 28:
    case 30:
      return Protocol::ipv6;
    default:
      return Protocol::other;
  }
}

// DLT_NULL is in the byte order of the machine that captured, DLT_LOOP in network byte order; a
// family is small, so its order shows.
Layer open_null(const Layer& layer) {
  if (!layer.holds(4)) return incomplete(layer, Undecodable::malformed_link);
  std::uint32_t family = load32(layer.bytes.data());
  if (family > 0xffff) family = __builtin_bswap32(family);
  return behind(layer, 4, by_address_family(family));
}

Layer open_linux_cooked(const Layer& layer, std::size_t header, std::size_t protocol_at) {
  if (!layer.holds(header)) return incomplete(layer, Undecodable::malformed_link);
  const unsigned protocol = load16(layer.bytes.data() + protocol_at);
  if (protocol == kLinux8022) return behind(layer, header, Protocol::llc);
  if (protocol <= kLargestIeee802Length) return {};
  return behind_ethertype(layer, header, protocol);
}

// netfilter's log: a family, then attributes of length and type in host byte order (libpcap swaps
// a foreign savefile's), padded to 4. The packet is the attribute NFULA_PAYLOAD.
Layer open_nflog(const Layer& layer) {
  constexpr unsigned kPayload = 9;
  if (!layer.holds(4)) return incomplete(layer, Undecodable::malformed_link);
  const Protocol protocol = by_address_family(layer.bytes[0]);
  Layer rest = behind(layer, 4, protocol);
  while (rest.holds(4)) {
    const std::size_t size = load_native<std::uint16_t>(rest.bytes.data());
    const unsigned type = load_native<std::uint16_t>(rest.bytes.data() + 2) & 0x7fffU;
    if (size < 4 || size > rest.length) return undecodable(Undecodable::malformed_link);
    if (type == kPayload) {
      set_length(rest, size);
      return behind(rest, 4, protocol);
    }
    const std::size_t padded = (size + 3) & ~std::size_t{3};
    if (!rest.holds(padded)) break;
    rest = behind(rest, padded, protocol);
  }
  return rest.bytes.size() < rest.length ? undecodable(Undecodable::truncated) : Layer{};
}

}  // namespace

Layer behind_ethertype(const Layer& layer, std::size_t header_size, unsigned ethertype) {
  switch (ethertype) {
    case 0x0800:
      return behind(layer, header_size, Protocol::ipv4);
    case 0x86dd:
      return behind(layer, header_size, Protocol::ipv6);
    case 0x8100:
    case 0x88a8:
    case 0x9100:
    case 0x9200:
    case 0x9300:
      return behind(layer, header_size, Protocol::vlan);
    case 0x8847:
    case 0x8848:
      return behind(layer, header_size, Protocol::mpls);
    case 0x8864:
      return behind(layer, header_size, Protocol::pppoe);
    case 0x6558:
      return behind(layer, header_size, Protocol::ethernet);
    default:
      break;
  }
  if (ethertype > kLargestIeee802Length) return {};
  Layer llc = behind(layer, header_size, Protocol::llc);
  if (ethertype < llc.length) set_length(llc, ethertype);
  return llc;
}

Layer open_ethernet(const Layer& layer) {
  if (!layer.holds(kEthernetHeader)) return incomplete(layer, Undecodable::malformed_link);
  return behind_ethertype(layer, kEthernetHeader, load16(layer.bytes.data() + 12));
}

Layer open_vlan(const Layer& layer) {
  if (!layer.holds(4)) return incomplete(layer, Undecodable::malformed_link);
  return behind_ethertype(layer, 4, load16(layer.bytes.data() + 2));
}

Layer open_llc(const Layer& layer) {
  if (!layer.holds(8)) {
    return layer.bytes.size() < layer.length ? undecodable(Undecodable::truncated) : Layer{};
  }
  const std::uint8_t* header = layer.bytes.data();
  const bool is_snap = header[0] == 0xaa && header[1] == 0xaa && header[2] == 0x03;
  const bool is_ethertype = header[3] == 0 && header[4] == 0;  // OUI 00-00-00 or 00-00-F8
  const unsigned ethertype = load16(header + 6);
  if (!is_snap || !is_ethertype || ethertype <= kLargestIeee802Length) return {};
  return behind_ethertype(layer, 8, ethertype);
}

Layer open_mpls(const Layer& layer) {
  if (!layer.holds(4)) return incomplete(layer, Undecodable::malformed_link);
  const bool bottom_of_stack = (layer.bytes[2] & 1U) != 0;
  if (!bottom_of_stack) return behind(layer, 4, Protocol::mpls);
  if (!layer.holds(5)) return incomplete(layer, Undecodable::malformed_link);
  // A first nibble of 0 is the control word of an Ethernet pseudowire (RFC 4385).
  if (layer.bytes[4] >> 4U != 0) return behind(layer, 4, Protocol::ip);
  if (!layer.holds(8)) return incomplete(layer, Undecodable::malformed_link);
  return behind(layer, 8, Protocol::ethernet);
}

Layer open_pppoe(const Layer& layer) {
  if (!layer.holds(6)) return incomplete(layer, Undecodable::malformed_link);
  if (layer.bytes[1] != 0) return {};
  const std::size_t length = load16(layer.bytes.data() + 4);
  Layer ppp = behind(layer, 6, Protocol::ppp);
  if (length < ppp.length) set_length(ppp, length);
  return ppp;
}

Layer open_ppp(const Layer& layer) {
  const bool has_address = layer.holds(2) && layer.bytes[0] == 0xff && layer.bytes[1] == 0x03;
  const std::size_t at = has_address ? 2 : 0;
  if (!layer.holds(at + 2)) return incomplete(layer, Undecodable::malformed_link);
  const bool is_compressed = (layer.bytes[at] & 1U) != 0;  // RFC 1661 section 6.5
  const unsigned protocol =
      is_compressed ? layer.bytes[at] : unsigned{load16(layer.bytes.data() + at)};
  const std::size_t size = at + (is_compressed ? 1 : 2);
  switch (protocol) {
    case 0x0021:
      return behind(layer, size, Protocol::ipv4);
    case 0x0057:
      return behind(layer, size, Protocol::ipv6);
    case 0x0281:
      return behind(layer, size, Protocol::mpls);
    default:
      return {};
  }
}

Layer open_by_version(const Layer& layer) {
  if (!layer.holds(1)) return incomplete(layer, Undecodable::malformed_ip);
  switch (layer.bytes[0] >> 4U) {
    case 4:
      return behind(layer, 0, Protocol::ipv4);
    case 6:
      return behind(layer, 0, Protocol::ipv6);
    default:
      return {};
  }
}

Layer open_link(int link_type, Bytes packet, std::size_t wire_length) {
  Layer layer{Protocol::ethernet, {}, packet, std::max(wire_length, packet.size())};
  switch (link_type) {
    case link_type::kEthernet:
      return open_ethernet(layer);
    case link_type::kLinuxCookedV2:
      return open_linux_cooked(layer, kLinuxCookedV2Header, 0);
    case link_type::kLinuxCooked:
      return open_linux_cooked(layer, kLinuxCookedHeader, 14);
    case link_type::kRaw:
    case link_type::kRawOpenBsd:
    case link_type::kRawSavefile:
    case link_type::kIpv4:
    case link_type::kIpv6:
      return open_by_version(layer);
    case link_type::kNull:
    case link_type::kLoop:
      return open_null(layer);
    case link_type::kPpp:
      return open_ppp(layer);
    case link_type::kNflog:
      return open_nflog(layer);
    default:
      return undecodable(Undecodable::link_type);
  }
}

}  // namespace capture
