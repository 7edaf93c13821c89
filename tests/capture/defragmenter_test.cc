#include "capture/defragmenter.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <string>
#include <vector>

#include "capture/link_type.h"
#include "tests/support/decoded.h"
#include "tests/support/packet_builder.h"

namespace capture {
namespace {

using namespace support::layers;

constexpr std::size_t kIpv4Header = 20;
constexpr std::size_t kIpv6Header = 40;

Octets long_payload() {
  Octets payload(200);
  std::iota(payload.begin(), payload.end(), std::uint8_t{0});
  return payload;
}

// A datagram's data with its TCP checksum, which only a whole segment gets.
Octets data_v4() {
  const Octets datagram = ipv4({}, tcp({}, long_payload()));
  return {datagram.begin() + kIpv4Header, datagram.end()};
}
Octets data_v6() {
  const Octets datagram = ipv6({}, tcp({}, long_payload()));
  return {datagram.begin() + kIpv6Header, datagram.end()};
}

class DefragmenterTest : public testing::Test {
 protected:
  Decoded add(const Octets& datagram, Duration after = {}) {
    return decode(decoder_, link_type::kRaw, datagram, datagram.size(), datagram.size(),
                  kDecodedAt + after);
  }
  std::uint64_t count(Undecodable reason) const { return decoder_.undecodable()[reason].value(); }

  PacketDecoder decoder_{{.checksums = PacketDecoder::Checksums::verify,
                          .fragments = {.datagrams = 8, .bytes = 65536}}};
};

TEST_F(DefragmenterTest, MakesADatagramWholeInEveryOrder) {
  const std::vector<std::vector<Octets>> datagrams{
      ipv4_fragments({.identification = 7}, data_v4(), {8, 64, 80}),
      ipv6_fragments({}, 7, data_v6(), {8, 64, 80})};
  for (const auto& fragments : datagrams) {
    std::vector<std::size_t> order{0, 1, 2, 3};
    do {
      SCOPED_TRACE(testing::PrintToString(order));
      for (std::size_t i = 0; i < order.size(); ++i) {
        const auto decoded = add(fragments[order[i]]);
        ASSERT_EQ(decoded.is_segment, i + 1 == order.size());
        if (!decoded.is_segment) continue;
        EXPECT_EQ(decoded.payload, long_payload());
        EXPECT_EQ(decoded.segment.payload_length, long_payload().size());
        EXPECT_FALSE(decoded.segment.checksum_bad);
      }
    } while (std::ranges::next_permutation(order).found);
  }
  EXPECT_EQ(total(decoder_.undecodable()), 0U);
}

TEST_F(DefragmenterTest, IgnoresDuplicatesInEveryPlace) {
  for (const auto& fragments :
       {ipv4_fragments({}, data_v4(), {64, 64}), ipv6_fragments({}, 1, data_v6(), {64, 64})}) {
    for (const auto& order : std::vector<std::vector<std::size_t>>{
             {0, 0, 1, 1, 0, 2}, {2, 2, 1, 2, 1, 0}, {2, 0, 2, 0, 1}, {1, 1, 1, 2, 1, 0}}) {
      for (std::size_t i = 0; i + 1 < order.size(); ++i) {
        EXPECT_FALSE(add(fragments[order[i]]).is_segment);
      }
      EXPECT_EQ(add(fragments[order.back()]).payload, long_payload());
    }
  }
  EXPECT_EQ(total(decoder_.undecodable()), 0U);
}

Octets piece(const Octets& data, std::size_t from, std::size_t to) {
  return {data.begin() + static_cast<std::ptrdiff_t>(from),
          data.begin() + static_cast<std::ptrdiff_t>(to)};
}
Octets fragment_v4(std::size_t from, std::size_t to, bool more, std::uint8_t protocol = 6) {
  return ipv4({.protocol = protocol,
               .identification = 7,
               .offset = static_cast<std::uint16_t>(from),
               .more = more},
              piece(data_v4(), from, to));
}

TEST_F(DefragmenterTest, APartInsideOfWhatCameInOrderIsADuplicate) {
  add(fragment_v4(0, 64, true));
  add(fragment_v4(64, 128, true));
  add(fragment_v4(8, 120, true));
  EXPECT_EQ(add(fragment_v4(128, 220, false)).payload, long_payload());
}

TEST_F(DefragmenterTest, AnOverlapTakesTheDatagramWithIt) {
  const Octets first = fragment_v4(0, 64, true);
  const Octets second = fragment_v4(64, 128, true);
  const Octets rest = fragment_v4(128, 220, false);
  struct Case {
    std::vector<Octets> before;
    Octets overlap;
  };
  const std::vector<Case> table{
      {{first, second}, fragment_v4(120, 136, true)},  // over the end
      {{second}, fragment_v4(56, 72, true)},           // over the start
      {{second}, fragment_v4(0, 200, true)},           // over all of it
      {{second, first}, fragment_v4(56, 72, true)},    // over a seam that did not come in order
      {{rest, first}, fragment_v4(56, 136, true)},     // over two and the hole between them
      {{first, rest}, fragment_v4(128, 212, false)},   // another end of the datagram
      {{rest}, fragment_v4(216, 224, true)},           // beyond its end
      {{fragment_v4(128, 216, true)}, fragment_v4(64, 128, false)},  // an end before the last
  };
  std::uint64_t lost = 0;
  for (const auto& [before, overlap] : table) {
    for (const Octets& datagram : before) EXPECT_FALSE(add(datagram).is_segment);
    EXPECT_FALSE(add(overlap).is_segment);
    lost += before.size() + 1;
    EXPECT_EQ(count(Undecodable::fragment_overlap), lost);
    // What comes after it starts anew.
    add(first);
    add(second);
    EXPECT_EQ(add(rest).payload, long_payload());
  }
}

TEST_F(DefragmenterTest, KeepsDatagramsApart) {
  const auto base = ipv4_fragments({.identification = 1}, data_v4(), {64});
  const auto other_identification = ipv4_fragments({.identification = 2}, data_v4(), {64});
  const auto other_source =
      ipv4_fragments({.source = {10, 0, 0, 9}, .identification = 1}, data_v4(), {64});
  const auto other_protocol =
      ipv4_fragments({.protocol = 17, .identification = 1}, data_v4(), {64});
  EXPECT_FALSE(add(base[0]).is_segment);
  EXPECT_FALSE(add(other_identification[1]).is_segment);
  EXPECT_FALSE(add(other_source[1]).is_segment);
  EXPECT_FALSE(add(other_protocol[1]).is_segment);
  EXPECT_TRUE(add(base[1]).is_segment);
  EXPECT_TRUE(add(other_identification[0]).is_segment);
  EXPECT_EQ(to_string(add(other_source[0]).segment.source), "10.0.0.9:40000");
}

TEST_F(DefragmenterTest, ForgetsAfterThirtySeconds) {
  const auto fragments = ipv4_fragments({}, data_v4(), {64});
  add(fragments[0]);
  EXPECT_TRUE(add(fragments[1], std::chrono::seconds{30}).is_segment);
  add(fragments[0]);
  EXPECT_FALSE(add(fragments[1], std::chrono::milliseconds{30001}).is_segment);
  EXPECT_EQ(count(Undecodable::fragment_timeout), 1U);
}

TEST_F(DefragmenterTest, TheOldestDatagramGivesWay) {
  const auto fragments = [](unsigned i) {
    return ipv4_fragments({.identification = static_cast<std::uint16_t>(i)}, data_v4(), {64});
  };
  for (unsigned i = 0; i < 9; ++i) add(fragments(i)[0]);
  EXPECT_EQ(count(Undecodable::fragment_limit), 1U);
  EXPECT_FALSE(add(fragments(0)[1]).is_segment);
  EXPECT_EQ(count(Undecodable::fragment_limit), 2U);  // which put the second oldest out
  EXPECT_TRUE(add(fragments(8)[1]).is_segment);
  EXPECT_TRUE(add(fragments(2)[1]).is_segment);
}

TEST(DefragmenterLimitTest, BytesAreBounded) {
  UndecodableCounts counts;
  Defragmenter defragmenter{{.datagrams = 1000, .bytes = 100000}, counts};
  const Octets data(4096);
  Segment segment;
  for (std::uint32_t i = 0; i < 10000; ++i) {
    const FragmentHeader header{
        .identification = i / 15, .offset = 8 + i % 15 * 4096, .more = true, .protocol = 6};
    const Layer layer{Protocol::fragment, {}, data, data.size()};
    EXPECT_FALSE(defragmenter.add(header, layer, segment, kDecodedAt));
    ASSERT_LE(defragmenter.held_bytes(), 100000U);
  }
  EXPECT_GT(counts[Undecodable::fragment_limit].value(), 9900U);
}

TEST(DefragmenterLimitTest, GivesBackAllThatItHeld) {
  UndecodableCounts counts;
  Defragmenter defragmenter{{}, counts};
  const Octets data(64);
  Segment segment;
  for (std::uint32_t i = 0; i < 100; ++i) {
    const Layer layer{Protocol::fragment, {}, data, data.size()};
    EXPECT_FALSE(defragmenter.add({i, 0, true, 6}, layer, segment, kDecodedAt));
    EXPECT_TRUE(defragmenter.add({i, 64, false, 6}, layer, segment, kDecodedAt));
  }
  EXPECT_EQ(defragmenter.held_datagrams(), 0U);
  EXPECT_EQ(defragmenter.held_bytes(), 0U);
}

TEST_F(DefragmenterTest, RefusesFragmentsThatCannotBe) {
  EXPECT_FALSE(add(fragment_v4(64, 64, true)).is_segment);           // empty
  EXPECT_FALSE(add(ipv4({.offset = 65528}, Octets(8))).is_segment);  // beyond 65535
  EXPECT_FALSE(add(ipv6({.next_header = 44}, ipv6_fragment({.more = true}, Octets(12))))
                   .is_segment);  // not in eights
  EXPECT_EQ(count(Undecodable::malformed_ip), 3U);
}

TEST_F(DefragmenterTest, AnIpv4FragmentThatIsNotInEightsIsCutDown) {
  add(fragment_v4(0, 66, true));
  EXPECT_EQ(add(fragment_v4(64, 220, false)).payload, long_payload());
}

TEST_F(DefragmenterTest, WhatWasNotCapturedHidesWhatFollows) {
  const auto fragments = ipv4_fragments({}, data_v4(), {64, 64});
  decode(decoder_, link_type::kRaw, fragments[1], fragments[1].size() - 24, fragments[1].size());
  add(fragments[0]);
  const auto decoded = add(fragments[2]);
  ASSERT_TRUE(decoded.is_segment);
  EXPECT_EQ(decoded.segment.payload_length, long_payload().size());
  EXPECT_EQ(decoded.payload, piece(long_payload(), 0, 64 + 64 - 24 - 20));
  EXPECT_FALSE(decoded.segment.checksum_bad);
}

TEST_F(DefragmenterTest, FragmentsOfFragments) {
  const auto inner = ipv4_fragments({.identification = 1}, data_v4(), {80});
  const auto outer = [](std::uint16_t identification, const Octets& datagram) {
    return ipv4_fragments({.protocol = 4, .identification = identification}, datagram, {48});
  };
  const auto first = outer(2, inner[0]);
  const auto second = outer(3, inner[1]);
  for (const Octets& datagram : {first[1], first[0], second[1]}) {
    EXPECT_FALSE(add(datagram).is_segment);
  }
  EXPECT_EQ(add(second[0]).payload, long_payload());
}

TEST_F(DefragmenterTest, TheFirstFragmentNamesTheNextHeader) {
  Octets first = ipv6({.next_header = 44},
                      ipv6_fragment({.next_header = 6, .more = true}, piece(data_v6(), 0, 64)));
  Octets last = ipv6({.next_header = 44},
                     ipv6_fragment({.next_header = 59, .offset = 64}, piece(data_v6(), 64, 220)));
  add(last);
  EXPECT_EQ(add(first).payload, long_payload());
}

}  // namespace
}  // namespace capture
