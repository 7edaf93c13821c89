#include "capture/reassembler.h"

#include <random>

#include "tests/support/written_stream.h"

namespace {

using capture::kAck;
using capture::kFin;
using capture::kUrg;
using capture::Reassembler;
using support::WrittenStream;
using Reset = Reassembler::Reset;

struct Piece {
  std::int64_t offset;
  std::string text;
};
struct Row {
  std::string what;
  std::vector<Piece> segments;
  std::string stream;
};

TEST(Reassembler, PutsSegmentsInOrderAsLinuxDoes) {
  const std::vector<Row> rows{
      {"in order", {{0, "abc"}, {3, "def"}}, "abcdef"},
      {"the wrong way round", {{3, "def"}, {0, "abc"}}, "abcdef"},
      {"three backwards", {{4, "ef"}, {2, "cd"}, {0, "ab"}}, "abcdef"},
      {"retransmitted", {{0, "abc"}, {0, "abc"}, {3, "def"}, {0, "abcdef"}}, "abcdef"},
      {"retransmitted with more", {{0, "abc"}, {0, "abcdef"}}, "abcdef"},
      {"retransmitted with other bytes", {{0, "abc"}, {0, "XYZdef"}}, "abcdef"},
      {"overlapping in order", {{0, "abcd"}, {2, "XXef"}}, "abcdef"},
      {"in order beats what is held", {{2, "XXX"}, {0, "abcdef"}}, "abcdef"},
      {"in order beats a part of it", {{2, "XXXf"}, {0, "abcde"}}, "abcdef"},
      {"the first of equal copies", {{2, "cdef"}, {2, "XXXX"}, {0, "ab"}}, "abcdef"},
      {"a shorter later copy", {{2, "cdef"}, {2, "XX"}, {0, "ab"}}, "abcdef"},
      {"a wider later copy replaces", {{2, "XX"}, {2, "cdef"}, {0, "ab"}}, "abcdef"},
      {"one that covers several", {{2, "X"}, {4, "Y"}, {1, "bcdef"}, {0, "a"}}, "abcdef"},
      {"one inside another", {{1, "bcdef"}, {2, "XX"}, {0, "a"}}, "abcdef"},
      {"the earlier start counts", {{3, "XXf"}, {1, "bcde"}, {0, "a"}}, "abcdef"},
      {"and when it came first", {{1, "bcde"}, {3, "XXf"}, {0, "a"}}, "abcdef"},
      {"keep-alive probe without data", {{0, "abc"}, {2, ""}, {3, "def"}}, "abcdef"},
      {"keep-alive probe with one byte", {{0, "abc"}, {2, "X"}, {3, "def"}}, "abcdef"},
      {"from before the stream", {{-3, "XYZ"}, {0, "abcdef"}}, "abcdef"},
      {"half from before the stream", {{-3, "XYZabc"}, {3, "def"}}, "abcdef"},
      {"beyond any window", {{(1 << 30) + 1, "X"}, {0, "abcdef"}}, "abcdef"},
      {"half a sequence space away", {{INT64_C(1) << 31, "X"}, {0, "abcdef"}}, "abcdef"}};
  for (const std::uint32_t first : {1000U, 0U, 0xffff'fffdU, 0x7fff'fffeU}) {
    for (const Row& row : rows) {
      WrittenStream stream{first};
      for (const Piece& piece : row.segments) stream.accept(piece.offset, piece.text);
      EXPECT_EQ(stream.text(), row.stream) << row.what << ", first sequence number " << first;
      EXPECT_EQ(stream.held(), 0U) << row.what;
      EXPECT_EQ(stream.offset(), row.stream.size()) << row.what;
    }
  }
}

TEST(Reassembler, FollowsAStreamOfMoreThanFourGigabytes) {
  WrittenStream stream{0xffff'0000};
  for (std::int64_t i = 0; i < 4100; ++i) {
    stream.accept(i << 20U, "first", {.length = 1U << 20U});
  }
  EXPECT_EQ(stream.offset(), std::uint64_t{4100} << 20U);
  stream.accept(std::int64_t{4100} << 20U, "the end");
  EXPECT_TRUE(stream.text().ends_with("]the end"));
}

TEST(Reassembler, AFinIsAtItsSequenceNumber) {
  WrittenStream ahead;
  ahead.fin(3, "def");
  EXPECT_FALSE(ahead.finished());
  ahead.accept(0, "abc");
  EXPECT_EQ(ahead.text(), "abcdef");
  EXPECT_TRUE(ahead.finished());
  EXPECT_EQ(ahead.offset(), 6U);

  WrittenStream alone;
  alone.fin(3);
  alone.accept(0, "abc");
  EXPECT_TRUE(alone.finished());
  EXPECT_EQ(alone.text(), "abc");

  WrittenStream at_once;
  at_once.fin(0, "abc");
  EXPECT_TRUE(at_once.finished());
  at_once.fin(0, "abc");  // once more
  EXPECT_TRUE(at_once.finished());
  EXPECT_EQ(at_once.text(), "abc");
}

TEST(Reassembler, IgnoresDataBehindAFin) {
  WrittenStream stream;
  stream.accept(0, "abc");
  stream.fin(3);
  stream.accept(3, "XYZ");
  stream.accept(4, "XYZ");
  EXPECT_EQ(stream.text(), "abc");

  WrittenStream ahead;
  ahead.fin(3);
  ahead.accept(2, "cXYZ");
  ahead.accept(4, "XYZ");
  ahead.accept(0, "ab");
  ahead.accept(2, "c");
  EXPECT_EQ(ahead.text(), "abc");
  EXPECT_TRUE(ahead.finished());
  EXPECT_EQ(ahead.held(), 0U);
}

TEST(Reassembler, IgnoresTimestampsOfAnEarlierLife) {
  const std::uint32_t now = 5, tick_before = 4, old = 3, wrapped = 0xffff'fff0;
  WrittenStream stream;
  stream.accept(0, "ab", {.timestamp = &now});
  stream.accept(2, "XX", {.timestamp = &old});
  stream.accept(2, "XX", {.timestamp = &wrapped});
  stream.accept(2, "c", {.timestamp = &tick_before});
  stream.accept(3, "d");  // a segment without the option is accepted
  stream.accept(4, "ef", {.timestamp = &now});
  EXPECT_EQ(stream.text(), "abcdef");
}

TEST(Reassembler, TakesTheUrgentByteOut) {
  WrittenStream stream;
  stream.accept(0, "ab!cd", {.flags = kAck | kUrg, .urgent_pointer = 3});
  stream.accept(5, "ef");
  EXPECT_EQ(stream.text(), "abcdef");
  WrittenStream last;
  last.accept(0, "abc!", {.flags = kAck | kUrg, .urgent_pointer = 4});
  last.accept(4, "def");
  EXPECT_EQ(last.text(), "abcdef");
  WrittenStream first;
  first.accept(0, "!abc", {.flags = kAck | kUrg, .urgent_pointer = 1});
  first.accept(4, "def");
  EXPECT_EQ(first.text(), "abcdef");
  for (const std::uint16_t beyond : {std::uint16_t{0}, std::uint16_t{9}}) {
    WrittenStream nothing;
    nothing.accept(0, "abc", {.flags = kAck | kUrg, .urgent_pointer = beyond});
    nothing.accept(3, "def");
    EXPECT_EQ(nothing.text(), "abcdef") << beyond;
  }
}

TEST(Reassembler, TakesTheUrgentByteOutOfASegmentWithFin) {
  WrittenStream stream;
  stream.accept(0, "ab!c", {.flags = kAck | kUrg | kFin, .urgent_pointer = 3});
  EXPECT_EQ(stream.text(), "abc");
  EXPECT_TRUE(stream.finished());
}

TEST(Reassembler, CountsWhatTheSnapshotLengthCutAsMissing) {
  WrittenStream stream;
  stream.accept(0, "ab", {.length = 5});
  stream.accept(5, "cd");
  EXPECT_EQ(stream.text(), "ab[3]cd");

  WrittenStream held;
  held.accept(5, "cd", {.length = 4});
  held.accept(0, "abxyz");
  held.fin(9);
  EXPECT_EQ(held.text(), "abxyzcd[2]");
  EXPECT_TRUE(held.finished());

  WrittenStream nothing_left;
  nothing_left.accept(0, "", {.flags = kAck | kFin, .length = 7});
  EXPECT_EQ(nothing_left.text(), "[7]");
  EXPECT_TRUE(nothing_left.finished());

  WrittenStream overlapping;
  overlapping.accept(0, "abcd");
  overlapping.accept(0, "ab", {.length = 6});
  EXPECT_EQ(overlapping.text(), "abcd[2]");
}

TEST(Reassembler, GivesAHoleUpWhenAllThreeSignsAgree) {
  WrittenStream patient;  // nothing acknowledges it: it may still come
  patient.accept(3, "def");
  patient.pass(100, std::chrono::seconds{1});
  EXPECT_EQ(patient.text(), "");
  patient.accept(0, "abc");
  EXPECT_EQ(patient.text(), "abcdef");

  WrittenStream packets;
  packets.accept(3, "def");
  packets.acknowledge(6);
  packets.pass(14);
  EXPECT_EQ(packets.text(), "");
  packets.pass(1);
  EXPECT_EQ(packets.text(), "[3]def");
  EXPECT_EQ(packets.held(), 0U);

  WrittenStream time;
  time.accept(3, "def");
  time.acknowledge(3);
  time.pass(1, std::chrono::milliseconds{199});
  EXPECT_EQ(time.text(), "");
  time.pass(1);
  EXPECT_EQ(time.text(), "[3]def");

  WrittenStream nothing_above;  // an acknowledgment alone may have overtaken its data
  nothing_above.acknowledge(3);
  nothing_above.pass(100, std::chrono::seconds{1});
  nothing_above.accept(0, "abc");
  EXPECT_EQ(nothing_above.text(), "abc");

  WrittenStream below;  // acknowledged up to inside the hole only
  below.accept(3, "def");
  below.acknowledge(2);
  below.pass(100, std::chrono::seconds{1});
  EXPECT_EQ(below.text(), "");
}

TEST(Reassembler, GivesHolesUpAtItsLimits) {
  WrittenStream segments{1000, 1U << 20U, 3};
  for (const std::int64_t at : {2, 4, 6}) segments.accept(at, "x");
  EXPECT_EQ(segments.text(), "");
  segments.accept(8, "x");
  EXPECT_EQ(segments.text(), "[2]x");
  segments.accept(10, "x");
  EXPECT_EQ(segments.text(), "[2]x[1]x");

  WrittenStream bytes{1000, 10};
  bytes.accept(5, "12345");
  EXPECT_EQ(bytes.text(), "");
  bytes.accept(15, "12345");
  EXPECT_EQ(bytes.text(), "[5]12345");
  EXPECT_EQ(bytes.held(), 5U);
}

TEST(Reassembler, GivesEverythingUpAtTheEnd) {
  WrittenStream stream;
  stream.accept(0, "ab");
  stream.accept(4, "ef");
  stream.accept(8, "ij");
  stream.fin(12);
  stream.flush();
  EXPECT_EQ(stream.text(), "ab[2]ef[2]ij[2]");
  EXPECT_TRUE(stream.finished());
  EXPECT_EQ(stream.held(), 0U);

  WrittenStream acknowledged;  // what nobody captured, but somebody received
  acknowledged.accept(0, "ab");
  acknowledged.acknowledge(10);
  acknowledged.flush();
  EXPECT_EQ(acknowledged.text(), "ab[8]");
  acknowledged.flush();
  EXPECT_EQ(acknowledged.text(), "ab[8]");
}

TEST(Reassembler, BelievesAResetOnlyWhereTheStreamStands) {
  WrittenStream stream;
  stream.accept(0, "abc");
  EXPECT_EQ(stream.reset_at(3), Reset::accepted);
  EXPECT_EQ(stream.reset_at(2), Reset::ignored);
  EXPECT_EQ(stream.reset_at((1 << 30) + 4), Reset::ignored);
  EXPECT_EQ(stream.reset_at(5), Reset::held);
  stream.flush();
  EXPECT_EQ(stream.text(), "abc[2]");

  WrittenStream finished;
  finished.fin(0, "abc");
  EXPECT_EQ(finished.reset_at(4), Reset::accepted);
  EXPECT_EQ(finished.reset_at(3), Reset::accepted);
  EXPECT_EQ(finished.reset_at(5), Reset::ignored);

  WrittenStream lives_on;  // and so was not reset
  lives_on.accept(0, "abc");
  EXPECT_EQ(lives_on.reset_at(6), Reset::held);
  lives_on.accept(3, "defghi");
  lives_on.flush();
  EXPECT_EQ(lives_on.text(), "abcdefghi");
}

std::string random_text(std::mt19937& random, std::size_t size) {
  std::string text(size, ' ');
  for (char& letter : text) letter = static_cast<char>('a' + random() % 26);
  return text;
}

// Whatever order, however often and however cut: the bytes are those that were sent.
TEST(Reassembler, RestoresAnyStreamFromConsistentSegments) {
  std::mt19937 random{20'260'711};
  for (int round = 0; round < 400; ++round) {
    const std::string sent = random_text(random, 1 + random() % 600);
    std::vector<std::pair<std::size_t, std::size_t>> cuts;
    for (std::size_t at = 0; at < sent.size();) {
      const std::size_t size = std::min<std::size_t>(1 + random() % 40, sent.size() - at);
      cuts.emplace_back(at, size);
      at += size;
    }
    const std::size_t once = cuts.size();
    for (std::size_t extra = random() % (2 * once + 1); extra > 0; --extra) {
      const std::size_t at = random() % sent.size();
      cuts.emplace_back(at, std::min<std::size_t>(1 + random() % 60, sent.size() - at));
    }
    std::shuffle(cuts.begin(), cuts.end(), random);
    WrittenStream stream{static_cast<std::uint32_t>(random())};
    const bool fin_first = random() % 2 == 0;
    if (fin_first) stream.fin(static_cast<std::int64_t>(sent.size()));
    for (const auto& [at, size] : cuts) {
      stream.accept(static_cast<std::int64_t>(at), std::string_view{sent}.substr(at, size));
    }
    if (!fin_first) stream.fin(static_cast<std::int64_t>(sent.size()));
    ASSERT_EQ(stream.text(), sent) << "round " << round;
    ASSERT_TRUE(stream.finished()) << "round " << round;
    ASSERT_EQ(stream.held(), 0U) << "round " << round;
  }
}

}  // namespace
