#ifndef CLOSEWATCH_TESTS_SUPPORT_PACKET_BUILDER_H_
#define CLOSEWATCH_TESTS_SUPPORT_PACKET_BUILDER_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

// Packets, built from the inside out: each function puts a header before what it is given, as in
// ethernet(kIpv4Type, ipv4({}, tcp({}, text("hello")))).
namespace support::layers {

using Octets = std::vector<std::uint8_t>;
using Ipv4Address = std::array<std::uint8_t, 4>;
using Ipv6Address = std::array<std::uint8_t, 16>;

inline constexpr std::uint16_t kIpv4Type = 0x0800;
inline constexpr std::uint16_t kIpv6Type = 0x86dd;
inline constexpr std::uint16_t kVlanType = 0x8100;
inline constexpr std::uint16_t kServiceVlanType = 0x88a8;
inline constexpr std::uint16_t kMplsType = 0x8847;
inline constexpr std::uint16_t kPppoeType = 0x8864;
inline constexpr std::uint16_t kEthernetType = 0x6558;  // transparent Ethernet bridging

Octets text(std::string_view text);
Octets operator+(Octets front, const Octets& back);
void append16(Octets& octets, unsigned value);
void append32(Octets& octets, std::uint32_t value);

struct Tcp {
  std::uint16_t source_port = 40000;
  std::uint16_t destination_port = 80;
  std::uint32_t sequence_number = 1000;
  std::uint32_t acknowledgment_number = 2000;
  std::uint8_t flags = 0x18;
  std::uint16_t window = 512;
  std::uint16_t urgent_pointer = 0;
  Octets options{};  // padded to a multiple of 4 with zeros
};
struct Ipv4 {
  Ipv4Address source{10, 0, 0, 1};
  Ipv4Address destination{10, 0, 0, 2};
  std::uint8_t protocol = 6;
  std::uint16_t identification = 0;
  std::uint16_t offset = 0;  // of a fragment, in bytes
  bool more = false;
  Octets options{};
};
struct Ipv6 {
  Ipv6Address source{0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
  Ipv6Address destination{0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2};
  std::uint8_t next_header = 6;
};
struct Ipv6Fragment {
  std::uint8_t next_header = 6;
  std::uint32_t identification = 1;
  std::uint16_t offset = 0;  // in bytes
  bool more = false;
};

// The checksum of a whole TCP segment is filled in by ipv4() and ipv6().
Octets tcp(const Tcp& header, const Octets& payload);
Octets udp(std::uint16_t destination_port, const Octets& payload);
Octets ipv4(const Ipv4& header, const Octets& payload);
Octets ipv6(const Ipv6& header, const Octets& payload);
Octets ipv6_fragment(const Ipv6Fragment& header, const Octets& payload);
// An extension header that counts itself in eights; `body` is what follows its first two bytes.
Octets ipv6_extension(std::uint8_t next_header, const Octets& body, const Octets& payload);
Octets authentication(std::uint8_t next_header, const Octets& payload);

Octets ethernet(std::uint16_t type, const Octets& payload);
Octets ieee_802_3(const Octets& payload);                // its length in place of a type
Octets snap(std::uint16_t type, const Octets& payload);  // with its 802.2 header
Octets vlan(std::uint16_t type, const Octets& payload);  // what stands behind the outer type
Octets mpls(std::vector<std::uint32_t> labels, const Octets& payload);
Octets pppoe(const Octets& payload);
Octets ppp(std::uint16_t protocol, const Octets& payload);
Octets cooked(std::uint16_t protocol, const Octets& payload);
Octets cooked_v2(std::uint16_t protocol, const Octets& payload);
Octets null(std::uint32_t family_big_endian, const Octets& payload);
Octets nflog(std::uint8_t family, const Octets& payload);

// `flags` as RFC 2784 and RFC 2890 have them: the fields they announce are added.
Octets gre(unsigned flags, std::uint16_t protocol, const Octets& payload);
Octets vxlan(const Octets& payload);
Octets geneve(std::uint16_t protocol, const Octets& options, const Octets& payload);
// `extensions` as they stand behind the first extension type, which `flags` (4) announces.
Octets gtp(std::uint8_t flags, std::uint8_t first_extension, const Octets& extensions,
           const Octets& payload);

// The data of an IP datagram in fragments, `sizes` apart from the last, which takes the rest.
std::vector<Octets> ipv4_fragments(Ipv4 header, const Octets& data,
                                   const std::vector<std::size_t>& sizes);
std::vector<Octets> ipv6_fragments(const Ipv6& header, std::uint32_t identification,
                                   const Octets& data, const std::vector<std::size_t>& sizes);
// The TCP checksum of `segment`, whose own checksum field is zero, between these addresses.
std::uint16_t tcp_checksum(const Octets& addresses, const Octets& segment);

}  // namespace support::layers

#endif  // CLOSEWATCH_TESTS_SUPPORT_PACKET_BUILDER_H_
