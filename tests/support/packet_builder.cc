#include "tests/support/packet_builder.h"

#include <algorithm>

namespace support::layers {
namespace {

constexpr std::uint8_t kTcp = 6;
constexpr std::size_t kTcpChecksumAt = 16;

std::uint16_t internet_checksum(const Octets& octets) {
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < octets.size(); ++i) {
    sum += i % 2 == 0 ? std::uint64_t{octets[i]} << 8U : octets[i];
  }
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >> 16U);
  return static_cast<std::uint16_t>(~sum & 0xffff);
}

template <typename Addresses>
Octets with_checksum(const Addresses& source, const Addresses& destination, Octets segment) {
  if (segment.size() < 20 || segment[kTcpChecksumAt] != 0 || segment[kTcpChecksumAt + 1] != 0) {
    return segment;
  }
  Octets addresses(source.begin(), source.end());
  addresses.insert(addresses.end(), destination.begin(), destination.end());
  const unsigned checksum = tcp_checksum(addresses, segment);
  segment[kTcpChecksumAt] = static_cast<std::uint8_t>(checksum >> 8U);
  segment[kTcpChecksumAt + 1] = static_cast<std::uint8_t>(checksum);
  return segment;
}

// In an order that makes each byte its own: a shifted read shows.
Octets hardware_addresses() { return {2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2}; }

}  // namespace

Octets text(std::string_view text) { return {text.begin(), text.end()}; }

Octets operator+(Octets front, const Octets& back) {
  front.insert(front.end(), back.begin(), back.end());
  return front;
}

void append16(Octets& octets, unsigned value) {
  octets.push_back(static_cast<std::uint8_t>(value >> 8U));
  octets.push_back(static_cast<std::uint8_t>(value));
}

void append32(Octets& octets, std::uint32_t value) {
  append16(octets, value >> 16U);
  append16(octets, value & 0xffffU);
}

std::uint16_t tcp_checksum(const Octets& addresses, const Octets& segment) {
  Octets summed = addresses;
  append32(summed, kTcp);
  append32(summed, static_cast<std::uint32_t>(segment.size()));
  return internet_checksum(summed + segment);
}

Octets tcp(const Tcp& header, const Octets& payload) {
  Octets options = header.options;
  options.resize((options.size() + 3) / 4 * 4);
  Octets segment;
  append16(segment, header.source_port);
  append16(segment, header.destination_port);
  append32(segment, header.sequence_number);
  append32(segment, header.acknowledgment_number);
  segment.push_back(static_cast<std::uint8_t>((5 + options.size() / 4) << 4U));
  segment.push_back(header.flags);
  append16(segment, header.window);
  append16(segment, 0);
  append16(segment, header.urgent_pointer);
  return segment + options + payload;
}

Octets udp(std::uint16_t destination_port, const Octets& payload) {
  Octets datagram;
  append16(datagram, 50000);
  append16(datagram, destination_port);
  append16(datagram, static_cast<unsigned>(payload.size() + 8));
  append16(datagram, 0);
  return datagram + payload;
}

Octets ipv4(const Ipv4& header, const Octets& payload) {
  const bool whole = header.offset == 0 && !header.more;
  Octets options = header.options;
  options.resize((options.size() + 3) / 4 * 4);
  Octets datagram{static_cast<std::uint8_t>(0x45 + options.size() / 4), 0};
  append16(datagram, static_cast<unsigned>(20 + options.size() + payload.size()));
  append16(datagram, header.identification);
  append16(datagram, (header.more ? 0x2000U : 0U) | header.offset / 8U);
  datagram.push_back(64);
  datagram.push_back(header.protocol);
  append16(datagram, 0);
  datagram.insert(datagram.end(), header.source.begin(), header.source.end());
  datagram.insert(datagram.end(), header.destination.begin(), header.destination.end());
  if (!whole || header.protocol != kTcp) return datagram + options + payload;
  return datagram + options + with_checksum(header.source, header.destination, payload);
}

Octets ipv6(const Ipv6& header, const Octets& payload) {
  Octets datagram{0x60, 0, 0, 0};
  append16(datagram, static_cast<unsigned>(payload.size()));
  datagram.push_back(header.next_header);
  datagram.push_back(64);
  datagram.insert(datagram.end(), header.source.begin(), header.source.end());
  datagram.insert(datagram.end(), header.destination.begin(), header.destination.end());
  if (header.next_header != kTcp) return datagram + payload;
  return datagram + with_checksum(header.source, header.destination, payload);
}

Octets ipv6_fragment(const Ipv6Fragment& header, const Octets& payload) {
  Octets octets{header.next_header, 0};
  append16(octets, static_cast<unsigned>(header.offset | (header.more ? 1U : 0U)));
  append32(octets, header.identification);
  return octets + payload;
}

Octets ipv6_extension(std::uint8_t next_header, const Octets& body, const Octets& payload) {
  Octets octets{next_header, 0};
  octets = octets + body;
  octets.resize((octets.size() + 7) / 8 * 8);
  octets[1] = static_cast<std::uint8_t>(octets.size() / 8 - 1);
  return octets + payload;
}

Octets authentication(std::uint8_t next_header, const Octets& payload) {
  Octets octets(24);
  octets[0] = next_header;
  octets[1] = 24 / 4 - 2;
  return octets + payload;
}

Octets ethernet(std::uint16_t type, const Octets& payload) {
  Octets frame = hardware_addresses();
  append16(frame, type);
  return frame + payload;
}

Octets ieee_802_3(const Octets& payload) {
  return ethernet(static_cast<std::uint16_t>(payload.size()), payload);
}

Octets snap(std::uint16_t type, const Octets& payload) {
  Octets octets{0xaa, 0xaa, 0x03, 0, 0, 0};
  append16(octets, type);
  return octets + payload;
}

Octets vlan(std::uint16_t type, const Octets& payload) {
  Octets octets{0x20, 0x64};
  append16(octets, type);
  return octets + payload;
}

Octets mpls(std::vector<std::uint32_t> labels, const Octets& payload) {
  Octets octets;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    append32(octets, labels[i] << 12U | (i + 1 == labels.size() ? 0x100U : 0U) | 64U);
  }
  return octets + payload;
}

Octets pppoe(const Octets& payload) {
  Octets octets{0x11, 0, 0, 1};
  append16(octets, static_cast<unsigned>(payload.size()));
  return octets + payload;
}

Octets ppp(std::uint16_t protocol, const Octets& payload) {
  Octets octets;
  append16(octets, protocol);
  return octets + payload;
}

Octets cooked(std::uint16_t protocol, const Octets& payload) {
  Octets octets{0, 0, 0, 1, 0, 6, 2, 0, 0, 0, 0, 1, 0, 0};
  append16(octets, protocol);
  return octets + payload;
}

Octets cooked_v2(std::uint16_t protocol, const Octets& payload) {
  Octets octets;
  append16(octets, protocol);
  return octets + Octets{0, 0, 0, 0, 0, 2, 0, 1, 0, 6, 2, 0, 0, 0, 0, 1, 0, 0} + payload;
}

Octets null(std::uint32_t family_big_endian, const Octets& payload) {
  Octets octets;
  append32(octets, family_big_endian);
  return octets + payload;
}

Octets nflog(std::uint8_t family, const Octets& payload) {
  const auto append_attribute = [](Octets& octets, unsigned type, const Octets& value) {
    const auto size = static_cast<std::uint16_t>(value.size() + 4);
    const auto kind = static_cast<std::uint16_t>(type);
    octets.insert(octets.end(), reinterpret_cast<const std::uint8_t*>(&size),
                  reinterpret_cast<const std::uint8_t*>(&size) + 2);
    octets.insert(octets.end(), reinterpret_cast<const std::uint8_t*>(&kind),
                  reinterpret_cast<const std::uint8_t*>(&kind) + 2);
    octets = octets + value;
  };
  Octets octets{family, 0, 0, 1};
  append_attribute(octets, 10, text("lo\0"));
  octets.resize((octets.size() + 3) / 4 * 4);
  append_attribute(octets, 9, payload);
  return octets;
}

Octets gre(unsigned flags, std::uint16_t protocol, const Octets& payload) {
  Octets octets;
  append16(octets, flags);
  append16(octets, protocol);
  if ((flags & 0x8000U) != 0) append32(octets, 0xabcd0000U);
  if ((flags & 0x2000U) != 0) append32(octets, 7);
  if ((flags & 0x1000U) != 0) append32(octets, 99);
  return octets + payload;
}

Octets vxlan(const Octets& payload) { return Octets{8, 0, 0, 0, 0, 0, 123, 0} + payload; }

Octets geneve(std::uint16_t protocol, const Octets& options, const Octets& payload) {
  Octets octets{static_cast<std::uint8_t>(options.size() / 4), 0};
  append16(octets, protocol);
  return octets + Octets{0, 0, 123, 0} + options + payload;
}

Octets gtp(std::uint8_t flags, std::uint8_t first_extension, const Octets& extensions,
           const Octets& payload) {
  const Octets options = flags == 0 ? Octets{} : Octets{0, 7, 0, first_extension} + extensions;
  Octets octets{static_cast<std::uint8_t>(0x30U | flags), 255};
  append16(octets, static_cast<std::uint16_t>(options.size() + payload.size()));
  return octets + Octets{0, 0, 0, 9} + options + payload;
}

std::vector<Octets> ipv4_fragments(Ipv4 header, const Octets& data,
                                   const std::vector<std::size_t>& sizes) {
  std::vector<Octets> fragments;
  std::size_t at = 0;
  for (std::size_t i = 0; i <= sizes.size(); ++i) {
    const bool last = i == sizes.size();
    const std::size_t end = last ? data.size() : at + sizes[i];
    header.offset = static_cast<std::uint16_t>(at);
    header.more = !last;
    fragments.push_back(ipv4(header, Octets(data.begin() + static_cast<std::ptrdiff_t>(at),
                                            data.begin() + static_cast<std::ptrdiff_t>(end))));
    at = end;
  }
  return fragments;
}

std::vector<Octets> ipv6_fragments(const Ipv6& header, std::uint32_t identification,
                                   const Octets& data, const std::vector<std::size_t>& sizes) {
  Ipv6 outer = header;
  outer.next_header = 44;
  std::vector<Octets> fragments;
  std::size_t at = 0;
  for (std::size_t i = 0; i <= sizes.size(); ++i) {
    const bool last = i == sizes.size();
    const std::size_t end = last ? data.size() : at + sizes[i];
    const Octets piece(data.begin() + static_cast<std::ptrdiff_t>(at),
                       data.begin() + static_cast<std::ptrdiff_t>(end));
    fragments.push_back(ipv6(outer, ipv6_fragment({.next_header = header.next_header,
                                                   .identification = identification,
                                                   .offset = static_cast<std::uint16_t>(at),
                                                   .more = !last},
                                                  piece)));
    at = end;
  }
  return fragments;
}

}  // namespace support::layers
