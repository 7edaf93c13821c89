#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <ostream>
#include <string>
#include <vector>

#include "capture/link_type.h"
#include "capture/packet_decoder.h"
#include "tests/support/decoded.h"
#include "tests/support/packet_builder.h"

namespace capture {
namespace {

using namespace support::layers;

const Octets kPayload = text("hello");
const Octets kTimestamps{1, 1, 8, 10, 0, 0, 1, 2, 0, 0, 3, 4};

Octets segment_octets() { return tcp({.options = kTimestamps}, kPayload); }
Octets v4() { return ipv4({}, segment_octets()); }
Octets v6() { return ipv6({}, segment_octets()); }
Octets over_ethernet(const Octets& ipv4_datagram) { return ethernet(kIpv4Type, ipv4_datagram); }
Octets in_udp(std::uint16_t port, const Octets& payload) {
  return over_ethernet(ipv4({.source = {192, 0, 2, 1}, .protocol = 17}, udp(port, payload)));
}
Octets in_gre(unsigned flags, std::uint16_t type, const Octets& payload) {
  return over_ethernet(ipv4({.source = {192, 0, 2, 1}, .protocol = 47}, gre(flags, type, payload)));
}
Octets in_ipv6(std::uint8_t next_header, const Octets& payload) {
  return ethernet(kIpv6Type, ipv6({.next_header = next_header}, payload));
}

struct Encapsulation {
  std::string name;
  int link_type;
  Octets packet;
  bool is_ipv6 = false;
};
void PrintTo(const Encapsulation& encapsulation, std::ostream* out) { *out << encapsulation.name; }

std::vector<Encapsulation> link_layers() {
  using namespace link_type;
  return {
      {"ethernet_ipv4", kEthernet, over_ethernet(v4())},
      {"ethernet_ipv6", kEthernet, ethernet(kIpv6Type, v6()), true},
      {"vlan", kEthernet, ethernet(kVlanType, vlan(kIpv4Type, v4()))},
      {"qinq", kEthernet, ethernet(kServiceVlanType, vlan(kVlanType, vlan(kIpv4Type, v4())))},
      {"triple_tag", kEthernet,
       ethernet(0x9100, vlan(kServiceVlanType, vlan(kVlanType, vlan(kIpv6Type, v6())))), true},
      {"snap", kEthernet, ieee_802_3(snap(kIpv4Type, v4()))},
      {"vlan_snap", kEthernet, ethernet(kVlanType, vlan(64 + 5, snap(kIpv4Type, v4())))},
      {"cooked", kLinuxCooked, cooked(kIpv4Type, v4())},
      {"cooked_vlan", kLinuxCooked, cooked(kVlanType, vlan(kIpv6Type, v6())), true},
      {"cooked_snap", kLinuxCooked, cooked(4, snap(kIpv4Type, v4()))},
      {"cooked_v2", kLinuxCookedV2, cooked_v2(kIpv4Type, v4())},
      {"cooked_v2_ipv6", kLinuxCookedV2, cooked_v2(kIpv6Type, v6()), true},
      {"raw", kRaw, v4()},
      {"raw_openbsd", kRawOpenBsd, v6(), true},
      {"raw_savefile", kRawSavefile, v6(), true},
      {"ipv4", kIpv4, v4()},
      {"ipv6", kIpv6, v6(), true},
      {"null_little_endian", kNull, null(0x02000000, v4())},
      {"null_big_endian", kNull, null(2, v4())},
      {"null_ipv6_macos", kNull, null(0x1e000000, v6()), true},
      {"loop", kLoop, null(2, v4())},
      {"loop_ipv6_openbsd", kLoop, null(24, v6()), true},
      {"nflog", kNflog, nflog(2, v4())},
      {"nflog_ipv6", kNflog, nflog(10, v6()), true},
      {"ppp", kPpp, ppp(0x0021, v4())},
      {"ppp_with_address", kPpp, Octets{0xff, 3} + ppp(0x0057, v6()), true},
      {"ppp_compressed", kPpp, Octets{0x21} + v4()},
      {"mpls", kEthernet, ethernet(kMplsType, mpls({16}, v4()))},
      {"mpls_stack", kEthernet, ethernet(kMplsType, mpls({16, 17, 18}, v6())), true},
      {"mpls_pseudowire", kEthernet,
       ethernet(kMplsType, mpls({16}, Octets{0, 0, 0, 1} + over_ethernet(v4())))},
      {"pppoe", kEthernet, ethernet(kPppoeType, pppoe(ppp(0x0021, v4())))},
      {"pppoe_in_vlan", kEthernet, ethernet(kVlanType, vlan(kPppoeType, pppoe(ppp(0x0057, v6())))),
       true},
  };
}

std::vector<Encapsulation> internet_layers() {
  using namespace link_type;
  Octets routing{0, 0};  // a visited hop: nothing left
  routing.resize(22);
  return {
      {"ipv4_options", kEthernet,
       over_ethernet(ipv4({.options = {7, 7, 4, 0, 0, 0, 0}}, segment_octets()))},
      {"ipv4_authentication", kEthernet,
       over_ethernet(ipv4({.protocol = 51}, authentication(6, segment_octets())))},
      {"ipv6_hop_by_hop", kEthernet, in_ipv6(0, ipv6_extension(6, {5, 2, 0, 0}, segment_octets())),
       true},
      {"ipv6_destination", kEthernet, in_ipv6(60, ipv6_extension(6, {1, 12}, segment_octets())),
       true},
      {"ipv6_routing", kEthernet, in_ipv6(43, ipv6_extension(6, routing, segment_octets())), true},
      {"ipv6_authentication", kEthernet, in_ipv6(51, authentication(6, segment_octets())), true},
      {"ipv6_atomic_fragment", kEthernet,
       in_ipv6(44, ipv6_fragment({.next_header = 6}, segment_octets())), true},
      {"ipv6_all_extensions", kEthernet,
       in_ipv6(0, ipv6_extension(
                      60, {1, 4},
                      ipv6_extension(
                          43, {1, 4},
                          ipv6_extension(44, routing,
                                         ipv6_fragment({.next_header = 51},
                                                       authentication(6, segment_octets())))))),
       true},
  };
}

std::vector<Encapsulation> tunnels() {
  using namespace link_type;
  const Octets options{0, 1, 2, 1, 9, 9, 9, 9};
  const Octets mpls_in_ip = mpls({16, 17}, v4());
  return {
      {"ip_in_ip", kEthernet, over_ethernet(ipv4({.protocol = 4}, v4()))},
      {"6in4", kEthernet, over_ethernet(ipv4({.protocol = 41}, v6())), true},
      {"4in6", kEthernet, in_ipv6(4, v4())},
      {"6in6", kEthernet, in_ipv6(41, v6()), true},
      {"mpls_in_ip", kEthernet, over_ethernet(ipv4({.protocol = 137}, mpls_in_ip))},
      {"gre", kEthernet, in_gre(0, kIpv4Type, v4())},
      {"gre_checksum", kEthernet, in_gre(0x8000, kIpv6Type, v6()), true},
      {"gre_key", kEthernet, in_gre(0x2000, kIpv4Type, v4())},
      {"gre_all", kEthernet, in_gre(0xb000, kIpv4Type, v4())},
      {"gre_ethernet", kEthernet, in_gre(0x2000, kEthernetType, over_ethernet(v4()))},
      {"gre_mpls", kEthernet, in_gre(0, kMplsType, mpls({16}, v4()))},
      {"gre_in_gre", kEthernet, in_gre(0, kIpv4Type, ipv4({.protocol = 47}, gre(0, 0x0800, v4())))},
      {"pptp", kEthernet,
       in_gre(0x3081, 0x880b, Octets{0, 0, 0, 0} + Octets{0xff, 3} + ppp(0x0021, v4()))},
      {"erspan1", kEthernet, in_gre(0, 0x88be, over_ethernet(v4()))},
      {"erspan2", kEthernet,
       in_gre(0x1000, 0x88be, Octets{0x10, 1, 0, 1, 0, 0, 0, 1} + over_ethernet(v4()))},
      {"erspan3", kEthernet,
       in_gre(0x1000, 0x22eb, Octets(12) + ethernet(kVlanType, vlan(kIpv4Type, v4())))},
      {"erspan3_platform", kEthernet,
       in_gre(0x1000, 0x22eb, Octets(11) + Octets{1} + Octets(8) + over_ethernet(v4()))},
      {"vxlan", kEthernet, in_udp(4789, vxlan(over_ethernet(v4())))},
      {"vxlan_linux_port", kEthernet, in_udp(8472, vxlan(ethernet(kIpv6Type, v6()))), true},
      {"vxlan_over_ipv6", kEthernet, in_ipv6(17, udp(4789, vxlan(over_ethernet(v4()))))},
      {"geneve", kEthernet, in_udp(6081, geneve(kEthernetType, {}, over_ethernet(v4())))},
      {"gtp", kEthernet, in_udp(2152, gtp(0, 0, {}, v4()))},
      {"gtp_sequence", kEthernet, in_udp(2152, gtp(2, 0, {}, v4()))},
      {"gtp_extensions", kEthernet, in_udp(2152, gtp(4, 0x85, {1, 0, 0, 0xc0, 1, 0, 0, 0}, v4()))},
      {"gtp_ipv6", kEthernet, in_udp(2152, gtp(0, 0, {}, v6())), true},
      {"geneve_options", kEthernet,
       in_udp(6081, geneve(kEthernetType, options, over_ethernet(v4())))},
      {"geneve_ipv6", kEthernet, in_udp(6081, geneve(kIpv6Type, options, v6())), true},
      {"vxlan_in_vxlan", kEthernet, in_udp(4789, vxlan(in_udp(4789, vxlan(over_ethernet(v4())))))},
  };
}

class EncapsulationTest : public testing::TestWithParam<Encapsulation> {};

TEST_P(EncapsulationTest, HoldsTheSegment) {
  const auto& [name, link_type, packet, is_ipv6] = GetParam();
  PacketDecoder decoder{{.checksums = PacketDecoder::Checksums::verify}};
  const auto decoded = decode(decoder, link_type, packet, packet.size(), packet.size());
  ASSERT_TRUE(decoded.is_segment);
  const Segment& segment = decoded.segment;
  EXPECT_EQ(to_string(segment.source), is_ipv6 ? "[2001:db8::1]:40000" : "10.0.0.1:40000");
  EXPECT_EQ(to_string(segment.destination), is_ipv6 ? "[2001:db8::2]:80" : "10.0.0.2:80");
  EXPECT_EQ(segment.sequence_number, 1000U);
  EXPECT_EQ(segment.acknowledgment_number, 2000U);
  EXPECT_EQ(segment.flags, kPsh | kAck);
  EXPECT_EQ(segment.window, 512);
  EXPECT_TRUE(segment.has_timestamp);
  EXPECT_EQ(segment.timestamp_value, 0x0102U);
  EXPECT_EQ(segment.payload_length, kPayload.size());
  EXPECT_EQ(decoded.payload, kPayload);
  EXPECT_EQ(segment.at, kDecodedAt);
  EXPECT_EQ(total(decoder.undecodable()), 0U);
}

// The snapshot length cut the packet: the sequence space is known all the same.
TEST_P(EncapsulationTest, IsReadAsFarAsItWasCaptured) {
  const auto& [name, link_type, packet, is_ipv6] = GetParam();
  for (std::size_t captured = 0; captured < packet.size(); ++captured) {
    SCOPED_TRACE(captured);
    PacketDecoder decoder{{.checksums = PacketDecoder::Checksums::verify}};
    const auto decoded = decode(decoder, link_type, packet, captured, packet.size());
    const std::size_t missing = packet.size() - captured;
    const std::size_t headers = kTimestamps.size() + kPayload.size();
    if (missing <= headers) {
      ASSERT_TRUE(decoded.is_segment);
      EXPECT_EQ(decoded.segment.payload_length, kPayload.size());
      const std::size_t seen = missing < kPayload.size() ? kPayload.size() - missing : 0;
      EXPECT_EQ(decoded.payload, text(std::string_view{"hello"}.substr(0, seen)));
      EXPECT_EQ(decoded.segment.has_timestamp, missing <= kPayload.size());
      EXPECT_FALSE(decoded.segment.checksum_bad);
    } else {
      EXPECT_FALSE(decoded.is_segment);
      EXPECT_LE(total(decoder.undecodable()), 1U);
      EXPECT_EQ(total(decoder.undecodable()),
                decoder.undecodable()[Undecodable::truncated].value());
    }
  }
}

// The packet ends early on the wire too: nothing is read beyond it, and no payload is made up.
TEST_P(EncapsulationTest, EndsAnywhere) {
  const auto& [name, link_type, packet, is_ipv6] = GetParam();
  for (std::size_t length = 0; length < packet.size(); ++length) {
    SCOPED_TRACE(length);
    PacketDecoder decoder{{}};
    const auto decoded = decode(decoder, link_type, packet, length, length);
    if (decoded.is_segment) {
      EXPECT_TRUE(std::equal(decoded.payload.begin(), decoded.payload.end(), kPayload.begin()));
    }
  }
}

TEST_P(EncapsulationTest, SurvivesEveryDamagedByte) {
  const auto& [name, link_type, packet, is_ipv6] = GetParam();
  PacketDecoder decoder{{.checksums = PacketDecoder::Checksums::verify}};
  for (std::size_t at = 0; at < packet.size(); ++at) {
    for (const int value : {0x00, 0x01, 0x05, 0x7f, 0x80, 0xff}) {
      Octets damaged = packet;
      damaged[at] = static_cast<std::uint8_t>(value);
      const auto decoded = decode(decoder, link_type, damaged, damaged.size(), damaged.size());
      if (decoded.is_segment) {
        EXPECT_LE(decoded.payload.size(), decoded.segment.payload_length);
      }
    }
  }
}

std::string name_of(const testing::TestParamInfo<Encapsulation>& info) { return info.param.name; }
INSTANTIATE_TEST_SUITE_P(LinkLayers, EncapsulationTest, testing::ValuesIn(link_layers()), name_of);
INSTANTIATE_TEST_SUITE_P(InternetLayers, EncapsulationTest, testing::ValuesIn(internet_layers()),
                         name_of);
INSTANTIATE_TEST_SUITE_P(Tunnels, EncapsulationTest, testing::ValuesIn(tunnels()), name_of);

}  // namespace
}  // namespace capture
