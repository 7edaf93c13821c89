#include "capture/packet_decoder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <ostream>
#include <string>
#include <vector>

#include "capture/link_type.h"
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

struct NoSegment {
  std::string name;
  int link_type;
  Octets packet;
  std::optional<Undecodable> reason{};  // none: silently no TCP
};
void PrintTo(const NoSegment& no_segment, std::ostream* out) { *out << no_segment.name; }

std::vector<NoSegment> no_segments() {
  using namespace link_type;
  using enum Undecodable;
  const std::size_t ip = 14;
  const std::size_t tcp_at = ip + 20;
  Octets deep = v4();
  for (int i = 0; i < 40; ++i) deep = ipv4({.protocol = 4}, deep);
  return {
      {"arp", kEthernet, ethernet(0x0806, Octets(28))},
      {"stp", kEthernet, ieee_802_3(Octets{0x42, 0x42, 3, 0, 0, 0, 0, 0, 0})},
      {"udp", kEthernet, over_ethernet(ipv4({.protocol = 17}, udp(53, text("question"))))},
      {"icmp", kEthernet, over_ethernet(ipv4({.protocol = 1}, Octets(8)))},
      {"esp", kEthernet, over_ethernet(ipv4({.protocol = 50}, Octets(40)))},
      {"ipv4_with_ipv6_extension", kEthernet, over_ethernet(ipv4({.protocol = 0}, Octets(40)))},
      {"icmpv6", kEthernet, in_ipv6(58, Octets(8))},
      {"no_next_header", kEthernet, in_ipv6(59, {})},
      {"pppoe_discovery_code", kEthernet,
       ethernet(kPppoeType, with(pppoe(ppp(0x0021, v4())), 1, 9))},
      {"lcp", kPpp, ppp(0xc021, Octets(8))},
      {"not_vxlan", kEthernet, in_udp(4789, text("something else entirely"))},
      {"geneve_version_1", kEthernet, in_udp(6081, with(geneve(0x0800, {}, v4()), 0, 0x40))},
      {"gre_routing", kEthernet, in_gre(0x4000, kIpv4Type, v4())},
      {"raw_version_5", kRaw, with(v4(), 0, 0x55)},
      {"nflog_without_payload", kNflog, Octets{2, 0, 0, 0}},
      {"bluetooth", 201, v4(), Undecodable::link_type},
      {"short_frame", kEthernet, Octets(13), malformed_link},
      {"empty", kEthernet, {}, malformed_link},
      {"mpls_without_bottom", kEthernet, ethernet(kMplsType, Octets{0, 1, 0, 64}), malformed_link},
      {"nflog_attribute_too_short", kNflog, with(nflog(2, v4()), 4, 3), malformed_link},
      {"version_5", kEthernet, with(over_ethernet(v4()), ip, 0x55), malformed_ip},
      {"header_length_4", kEthernet, with(over_ethernet(v4()), ip, 0x44), malformed_ip},
      {"header_beyond_total_length", kEthernet,
       with(with(over_ethernet(v4()), ip, 0x4f), ip + 3, 40), malformed_ip},
      {"total_length_19", kEthernet, with(over_ethernet(v4()), ip + 3, 19), malformed_ip},
      {"extension_beyond_end", kEthernet,
       with(in_ipv6(60, ipv6_extension(6, {1, 4}, {})), ip + 41, 200), malformed_ip},
      {"gre_without_key", kEthernet,
       over_ethernet(ipv4({.protocol = 47}, Octets{0x20, 0, 8, 0, 0})), malformed_tunnel},
      {"udp_length_7", kEthernet, with(in_udp(4789, vxlan(over_ethernet(v4()))), ip + 25, 7),
       malformed_tunnel},
      {"data_offset_4", kEthernet, with(over_ethernet(v4()), tcp_at + 12, 0x40), malformed_tcp},
      {"data_offset_beyond_end", kEthernet, with(over_ethernet(v4()), tcp_at + 12, 0xf0),
       malformed_tcp},
      {"tcp_of_19_bytes", kEthernet, over_ethernet(ipv4({}, Octets(19))), malformed_tcp},
      {"forty_ip_headers", kRaw, deep, nesting},
  };
}

class NoSegmentTest : public testing::TestWithParam<NoSegment> {};
TEST_P(NoSegmentTest, IsCountedByReason) {
  const auto& [name, link_type, packet, reason] = GetParam();
  PacketDecoder decoder{{}};
  EXPECT_FALSE(decode(decoder, link_type, packet, packet.size(), packet.size()).is_segment);
  EXPECT_EQ(total(decoder.undecodable()), reason ? 1U : 0U);
  if (reason) {
    EXPECT_EQ(decoder.undecodable()[*reason].value(), 1U) << capture::name(*reason);
  }
}
INSTANTIATE_TEST_SUITE_P(All, NoSegmentTest, testing::ValuesIn(no_segments()),
                         [](const testing::TestParamInfo<NoSegment>& row) {
                           return row.param.name;
                         });

TEST(PacketDecoderTest, PaddingIsNoPayload) {
  const auto acknowledgment = decode(
      link_type::kEthernet, over_ethernet(ipv4({}, tcp({.flags = kAck}, {}))) + Octets(6, 0x88));
  ASSERT_TRUE(acknowledgment.is_segment);
  EXPECT_EQ(acknowledgment.segment.payload_length, 0U);
  const auto v6_padded = decode(link_type::kEthernet, ethernet(kIpv6Type, v6()) + Octets(9, 0x88));
  EXPECT_EQ(v6_padded.payload, kPayload);
  const auto snap_padded =
      decode(link_type::kEthernet, ieee_802_3(snap(kIpv4Type, v4())) + Octets(9, 0x88));
  EXPECT_EQ(snap_padded.payload, kPayload);
}

TEST(PacketDecoderTest, BigTcpGoesToTheEndOfThePacket) {
  const Octets large(150000, 'x');
  const auto ipv4_offload = decode(
      link_type::kEthernet, with(with(over_ethernet(ipv4({}, tcp({}, large))), 16, 0), 17, 0));
  ASSERT_TRUE(ipv4_offload.is_segment);
  EXPECT_EQ(ipv4_offload.segment.payload_length, large.size());
  EXPECT_EQ(ipv4_offload.payload, large);
  const auto ipv6_offload =
      decode(link_type::kEthernet,
             with(with(ethernet(kIpv6Type, ipv6({}, tcp({}, large))), 18, 0), 19, 0));
  ASSERT_TRUE(ipv6_offload.is_segment);
  EXPECT_EQ(ipv6_offload.payload, large);
}

TEST(PacketDecoderTest, JumboPayloadOptionSaysWhereTheDatagramEnds) {
  const Octets large(70000, 'x');
  Octets option{0xc2, 4};
  append32(option, static_cast<std::uint32_t>(8 + 20 + large.size()));
  const Octets datagram =
      ipv6({.next_header = 0}, ipv6_extension(6, option, tcp({}, large)) + text("padding"));
  const auto decoded =
      decode(link_type::kEthernet, with(with(ethernet(kIpv6Type, datagram), 18, 0), 19, 0));
  ASSERT_TRUE(decoded.is_segment);
  EXPECT_EQ(decoded.payload, large);
}

TEST(PacketDecoderTest, AWireLengthBeyondAnyPacketIsRefused) {
  PacketDecoder decoder{{}};
  const Octets packet = with(with(over_ethernet(v4()), 16, 0), 17, 0);
  EXPECT_FALSE(
      decode(decoder, link_type::kEthernet, packet, packet.size(), 0xffffffffU).is_segment);
  EXPECT_EQ(decoder.undecodable()[Undecodable::malformed_ip].value(), 1U);
}

TEST(PacketDecoderTest, ASegmentRoutedByIpv6IsForTheEndOfItsRoute) {
  const Ipv6Address last{0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9};
  const Octets address(last.begin(), last.end());
  const Octets hop(16, 0xfe);
  const Octets segment_routing = Octets{4, 1, 1, 0, 0, 0} + address + hop;
  const Octets loose_source_route = Octets{0, 2, 0, 0, 0, 0} + hop + address;
  for (const Octets& header : {segment_routing, loose_source_route}) {
    const auto decoded =
        decode(link_type::kEthernet, in_ipv6(43, ipv6_extension(6, header, segment_octets())));
    ASSERT_TRUE(decoded.is_segment);
    EXPECT_EQ(to_string(decoded.segment.destination), "[2001:db8::9]:80");
  }
}

struct Options {
  Octets octets;
  std::optional<std::uint32_t> timestamp;
};
TEST(PacketDecoderTest, FindsTheTimestampAmongTheOptions) {
  const Octets timestamps{8, 10, 0xa0, 0, 0, 1, 0, 0, 0, 2};
  const std::vector<Options> table{
      {{}, std::nullopt},
      {{1, 1, 1, 1}, std::nullopt},
      {timestamps, 0xa0000001},
      {Octets{1, 1} + timestamps, 0xa0000001},
      {Octets{2, 4, 5, 0xb4, 4, 2} + timestamps + Octets{1, 3, 3, 7}, 0xa0000001},
      {Octets{1, 1} + timestamps + Octets{5, 10, 0, 0, 0, 1, 0, 0, 0, 2}, 0xa0000001},
      {Octets{0} + timestamps, std::nullopt},          // behind the end of the list
      {Octets{254, 0} + timestamps, std::nullopt},     // a length that goes nowhere
      {Octets{254, 1} + timestamps, std::nullopt},     //
      {Octets{254, 200} + timestamps, std::nullopt},   // beyond the header
      {Octets{8, 6, 0, 0, 0, 1, 1, 1}, std::nullopt},  // not as long as it must be
      {Octets{1, 1, 1, 1, 1, 1, 1, 8}, std::nullopt},  // cut off
  };
  for (const auto& [octets, timestamp] : table) {
    SCOPED_TRACE(testing::PrintToString(octets));
    const auto decoded =
        decode(link_type::kEthernet, over_ethernet(ipv4({}, tcp({.options = octets}, kPayload))));
    ASSERT_TRUE(decoded.is_segment);
    EXPECT_EQ(decoded.payload, kPayload);
    EXPECT_EQ(decoded.segment.has_timestamp, timestamp.has_value());
    EXPECT_EQ(decoded.segment.timestamp_value, timestamp.value_or(0));
  }
}

TEST(PacketDecoderTest, ChecksumsAreVerifiedOnRequest) {
  for (const Octets& right : {over_ethernet(v4()), ethernet(kIpv6Type, v6())}) {
    const Octets wrong = with(right, right.size() - 1, 'p');
    PacketDecoder looks{{.checksums = PacketDecoder::Checksums::verify}};
    PacketDecoder looks_not{{}};
    EXPECT_FALSE(decode(looks, 1, right, right.size(), right.size()).segment.checksum_bad);
    EXPECT_TRUE(decode(looks, 1, wrong, wrong.size(), wrong.size()).segment.checksum_bad);
    EXPECT_FALSE(decode(looks_not, 1, wrong, wrong.size(), wrong.size()).segment.checksum_bad);
    // What was not captured cannot be summed.
    EXPECT_FALSE(decode(looks, 1, wrong, wrong.size() - 1, wrong.size()).segment.checksum_bad);
  }
}

TEST(PacketDecoderTest, NothingOfASegmentIsLeftOverFromTheLast) {
  PacketDecoder decoder{{.checksums = PacketDecoder::Checksums::verify}};
  const Octets first = over_ethernet(with(v4(), 55, 'X'));
  const Octets second = over_ethernet(ipv4({}, tcp({.flags = kFin}, {})));
  const Octets third = ethernet(kIpv6Type, v6());
  Segment segment;
  ASSERT_TRUE(
      decoder.decode(1, third, static_cast<std::uint32_t>(third.size()), kDecodedAt, segment));
  ASSERT_TRUE(
      decoder.decode(1, first, static_cast<std::uint32_t>(first.size()), kDecodedAt, segment));
  EXPECT_TRUE(segment.checksum_bad);
  ASSERT_TRUE(
      decoder.decode(1, second, static_cast<std::uint32_t>(second.size()), kDecodedAt, segment));
  EXPECT_EQ(segment.source.address, (std::array<std::uint8_t, 16>{10, 0, 0, 1}));
  EXPECT_FALSE(segment.source.is_ipv6);
  EXPECT_FALSE(segment.checksum_bad);
  EXPECT_FALSE(segment.has_timestamp);
  EXPECT_EQ(segment.timestamp_value, 0U);
  EXPECT_EQ(segment.flags, kFin);
  EXPECT_TRUE(segment.payload.empty());
}

}  // namespace
}  // namespace capture
