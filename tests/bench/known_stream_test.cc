#include "tests/bench/known_stream.h"

#include <gtest/gtest.h>

#include <cstring>

#include "tests/support/frame_builder.h"

namespace bench {
namespace {

using support::ByteString;
using websocket::Side;

ByteString all_of(const KnownStream& stream) {
  ByteString bytes(static_cast<std::size_t>(stream.size()));
  stream.copy(0, bytes);
  return bytes;
}

// The masking key that `bytes` carry at `offset`.
std::array<std::uint8_t, 4> key_at(const ByteString& bytes, std::size_t offset) {
  std::array<std::uint8_t, 4> key{};
  std::memcpy(key.data(), bytes.data() + offset, key.size());
  return key;
}

// `words` words of eight bytes, counted from `first` on.
ByteString counted(std::uint64_t first, std::size_t words) {
  ByteString bytes(words * 8);
  for (std::size_t i = 0; i < words; ++i) {
    const std::uint64_t word = first + i;
    std::memcpy(bytes.data() + i * 8, &word, 8);
  }
  return bytes;
}

TEST(KnownStream, IsFramesOfTheServerAndClose) {
  const std::uint64_t first = std::uint64_t{7} << 40;
  EXPECT_EQ(all_of(KnownStream(Side::server, 7, 16, 2)),
            support::encode({support::binary(counted(first, 2)),
                             support::binary(counted(first + 2, 2)), support::close_frame(1000)},
                            Side::server));
}

TEST(KnownStream, IsMaskedFramesOfTheClientAndClose) {
  const ByteString bytes = all_of(KnownStream(Side::client, 7, 16, 2));
  const std::uint64_t first = std::uint64_t{1} << 63 | std::uint64_t{7} << 40;
  support::Frame one = support::binary(counted(first, 2));
  support::Frame two = support::binary(counted(first + 2, 2));
  one.masking_key = key_at(bytes, 2);
  two.masking_key = key_at(bytes, 22 + 2);
  EXPECT_NE(one.masking_key, two.masking_key);
  EXPECT_EQ(bytes, support::encode({one, two, support::close_frame(1000)}, Side::client));
}

TEST(KnownStream, WritesTheLongerLengths) {
  for (const std::size_t size : {120U, 128U, 65528U, 65536U}) {
    const ByteString expected =
        support::encode(support::binary(counted(0, size / 8)), Side::server);
    ByteString bytes(expected.size());
    KnownStream(Side::server, 0, size, 1).copy(0, bytes);
    EXPECT_EQ(bytes, expected) << size;
  }
}

TEST(KnownStream, IsTheSameFromEveryPosition) {
  for (const Side side : websocket::kSides) {
    const KnownStream stream(side, 3, 24, 3);
    const ByteString whole = all_of(stream);
    for (std::size_t from = 0; from <= whole.size(); ++from) {
      for (std::size_t to = from; to <= whole.size(); ++to) {
        ByteString piece(to - from);
        stream.copy(from, piece);
        ASSERT_TRUE(std::equal(piece.begin(), piece.end(), whole.begin() + static_cast<long>(from)))
            << from << " to " << to;
        ASSERT_EQ(stream.matching(from, piece), piece.size());
      }
    }
  }
}

TEST(KnownStream, MatchesUpToTheFirstWrongByte) {
  const KnownStream stream(Side::client, 3, 32768, 1);
  ByteString bytes = all_of(stream);
  for (std::size_t i = 0; i < bytes.size(); i += i < 100 ? 1 : 997) {
    bytes[i] ^= 0x10;
    ASSERT_EQ(stream.matching(0, bytes), i);
    bytes[i] ^= 0x10;
  }
  bytes.push_back(0);
  EXPECT_EQ(stream.matching(0, bytes), bytes.size() - 1);
  EXPECT_EQ(stream.matching(stream.size(), support::bytes_of("x")), 0U);
}

TEST(KnownStream, KnowsWhoseItIs) {
  const ByteString bytes = all_of(KnownStream(Side::server, 3, 64, 2));
  EXPECT_EQ(KnownStream(Side::server, 3, 64, 2).matching(0, bytes), bytes.size());
  EXPECT_LT(KnownStream(Side::server, 4, 64, 2).matching(0, bytes), 10U);
  EXPECT_LT(KnownStream(Side::client, 3, 64, 2).matching(0, bytes), 10U);
}

TEST(KnownStream, CountsWholeMessages) {
  const KnownStream stream(Side::server, 3, 64, 2);
  EXPECT_EQ(stream.messages_within(65), 0U);
  EXPECT_EQ(stream.messages_within(66), 1U);
  EXPECT_EQ(stream.messages_within(stream.size()), 2U);
  EXPECT_EQ(stream.end_of(2) + 4, stream.size());
}

}  // namespace
}  // namespace bench
