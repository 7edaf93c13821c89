#include "tests/support/packet_edits.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <stdexcept>
#include <string>

namespace support {
namespace {

// Packets of one letter each; the time counts up from 0 s.
Packets letters(const std::string& text) {
  Packets packets;
  for (const char letter : text) {
    const auto second = static_cast<std::int64_t>(packets.size());
    packets.push_back(
        {{static_cast<std::uint8_t>(letter)}, websocket::Time{std::chrono::seconds{second}}, 1});
  }
  return packets;
}

std::string word(const Packets& packets) {
  std::string text;
  websocket::Time before{};
  for (const TestPacket& packet : packets) {
    EXPECT_LE(before, packet.time);
    before = packet.time;
    text += static_cast<char>(packet.bytes.at(0));
  }
  return text;
}

TEST(PacketEdits, ChangeTheOrderAndNeverTheClock) {
  const Packets abcd = letters("abcd");
  EXPECT_EQ(word(first_packets(abcd, 2)), "ab");
  EXPECT_EQ(word(first_packets(abcd, 9)), "abcd");
  EXPECT_EQ(word(without(abcd, 1)), "acd");
  EXPECT_EQ(word(duplicated(abcd, 3)), "abcdd");
  EXPECT_EQ(word(swapped(abcd, 0)), "bacd");
  EXPECT_EQ(word(moved(abcd, 0, 3)), "bcda");
  EXPECT_EQ(word(moved(abcd, 2, 0)), "cabd");
  EXPECT_EQ(word(each_twice(abcd)), "aabbccdd");
  EXPECT_EQ(word(interleaved(abcd, letters("xy"))), "axbycd");
  EXPECT_THROW(without(abcd, 4), std::out_of_range);
  EXPECT_THROW(swapped(abcd, 3), std::out_of_range);
}

TEST(PacketEdits, KeepTheLengthOnTheWire) {
  Packets packets{{bytes_of("0123456789"), {}, 10}};
  EXPECT_EQ(with_snapshot_length(packets, 4)[0].bytes, bytes_of("0123"));
  EXPECT_EQ(with_snapshot_length(packets, 4)[0].wire_length, 10U);
  const Packets relinked = with_link_header(with_snapshot_length(packets, 8), 2, bytes_of("abcd"));
  EXPECT_EQ(relinked[0].bytes, bytes_of("abcd234567"));
  EXPECT_EQ(relinked[0].wire_length, 12U);
}

}  // namespace
}  // namespace support
