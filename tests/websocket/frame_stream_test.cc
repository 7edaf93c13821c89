#include "websocket/frame_stream.h"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

#include "tests/support/frame_builder.h"

namespace websocket {
namespace {

using State = FrameStream::State;
using support::ByteString;
using support::encode;

// Gives a stream one segment and says which frames came out.
std::vector<Opcode> feed(FrameStream& stream, const ByteString& segment, Side sender,
                         bool starts_segment = true) {
  std::vector<Opcode> opcodes;
  Bytes bytes{segment};
  stream.arrive(bytes, starts_segment, sender, {});
  while (const std::optional<Frame> frame = stream.next(bytes)) {
    if (frame->header.opcode) opcodes.push_back(*frame->header.opcode);
  }
  EXPECT_TRUE(bytes.empty());
  return opcodes;
}

ByteString server_frame(const support::Frame& frame) { return encode(frame, Side::server); }
ByteString two_texts() { return encode({support::text("a"), support::text("b")}, Side::server); }

TEST(FrameStream, LosesNothingToAGapInsideAPayload) {
  FrameStream stream;
  ByteString half = server_frame(support::binary(ByteString(1000, 1)));
  half.resize(500);
  EXPECT_EQ(feed(stream, half, Side::server).size(), 1U);
  stream.skip(504);
  EXPECT_TRUE(stream.followed());
  EXPECT_TRUE(stream.at_frame_boundary());
  EXPECT_EQ(feed(stream, server_frame(support::close_frame(1000)), Side::server),
            std::vector{Opcode::close});
  EXPECT_TRUE(stream.certain());
  EXPECT_EQ(stream.payload_bytes(), 1002U);
}

TEST(FrameStream, IsFoundAgainWhereASegmentStarts) {
  FrameStream stream;
  feed(stream, server_frame(support::text("before")), Side::server);
  stream.skip(1);
  EXPECT_EQ(stream.state(), State::searching);
  EXPECT_FALSE(stream.certain());
  EXPECT_TRUE(feed(stream, two_texts(), Side::server, false).empty()) << "not inside a segment";
  EXPECT_EQ(stream.state(), State::searching);

  // One header may be chance; the frame is held back until another one follows.
  EXPECT_TRUE(feed(stream, server_frame(support::ping("x")), Side::server).empty());
  EXPECT_EQ(stream.state(), State::probing);
  EXPECT_EQ(stream.held_back(), Opcode::ping);
  EXPECT_EQ(feed(stream, server_frame(support::text("y")), Side::server),
            (std::vector{Opcode::ping, Opcode::text}));
  EXPECT_EQ(stream.state(), State::resynchronised);
  EXPECT_FALSE(stream.held_back());
  EXPECT_FALSE(stream.certain());
  EXPECT_EQ(feed(stream, two_texts(), Side::server).size(), 2U);
  EXPECT_TRUE(stream.certain());
  EXPECT_FALSE(stream.followed());
}

TEST(FrameStream, IsLostAgainByAHeaderThatIsNone) {
  FrameStream stream;
  stream.lose();
  feed(stream, two_texts(), Side::server);
  ASSERT_EQ(stream.state(), State::resynchronised);
  EXPECT_TRUE(feed(stream, {0x83, 0x00}, Side::server).empty());
  EXPECT_NE(stream.state(), State::resynchronised);
  EXPECT_EQ(feed(stream, two_texts(), Side::server).size(), 2U);
}

TEST(FrameStream, KeepsAGapInsideAPayloadWhenResynchronised) {
  FrameStream stream;
  stream.lose();
  ByteString segment = two_texts();
  support::append(segment, {0x82, 126, 1, 0});  // a binary frame, its payload still to come
  feed(stream, segment, Side::server);
  stream.skip(256);
  EXPECT_EQ(stream.state(), State::resynchronised);
  EXPECT_EQ(feed(stream, server_frame(support::text("z")), Side::server),
            std::vector{Opcode::text});
  stream.skip(1);
  EXPECT_EQ(stream.state(), State::searching);
}

// A false first header with a long payload must not hide the real ones for long.
TEST(FrameStream, ProbesAgainInsideAnUnconfirmedFrame) {
  FrameStream stream;
  stream.lose();
  EXPECT_TRUE(feed(stream, {0x82, 126, 0xff, 0xff, 1, 2, 3}, Side::server).empty());
  ASSERT_EQ(stream.state(), State::probing);
  EXPECT_EQ(feed(stream, two_texts(), Side::server).size(), 2U);
  EXPECT_EQ(stream.state(), State::resynchronised);
}

TEST(FrameStream, DoesNotBelieveAFirstHeaderThatIsImplausible) {
  FrameStream stream;
  stream.lose();
  feed(stream, {0x82, 127, 0, 0, 0, 0, 0x7f, 0, 0, 0, 1}, Side::server);
  EXPECT_EQ(stream.state(), State::searching);
}

TEST(FrameStream, KnowsTheMaskOfItsSender) {
  const ByteString masked = encode({support::text("a"), support::text("b")}, Side::client);
  FrameStream wrong;
  wrong.lose();
  EXPECT_TRUE(feed(wrong, masked, Side::server).empty());
  FrameStream either;
  either.lose();
  either.accept_either_mask(true);
  EXPECT_EQ(feed(either, masked, Side::server).size(), 2U);
  EXPECT_TRUE(either.looks_masked());
  EXPECT_GE(either.evidence(), 3);
  feed(either, two_texts(), Side::server);
  EXPECT_NE(either.state(), State::resynchronised) << "nobody changes sides";
}

TEST(FrameStream, ExpectsOnlyTheBitsOfItsExtensions) {
  const ByteString marked =
      encode({support::text("a").compressed(), support::text("b").compressed()}, Side::server);
  FrameStream stream;
  stream.lose();
  stream.expect(0);
  EXPECT_TRUE(feed(stream, marked, Side::server).empty());
  stream.expect(4);
  EXPECT_EQ(feed(stream, marked, Side::server).size(), 2U);
}

TEST(FrameStream, KeepsTheCloseAtItsVeryEnd) {
  const ByteString close = server_frame(support::close_frame(4000, "left"));
  for (std::size_t cut = 0; cut <= close.size(); ++cut) {
    FrameStream stream;
    feed(stream, {0x81}, Side::server);
    stream.skip(100);
    feed(stream, ByteString(300, 0xee), Side::server);
    const auto middle = close.begin() + static_cast<std::ptrdiff_t>(cut);
    feed(stream, {close.begin(), middle}, Side::server);
    feed(stream, {middle, close.end()}, Side::server, cut == 0);
    const auto found = stream.close_at_end(Side::server);
    ASSERT_TRUE(found) << cut;
    EXPECT_EQ(found->code, CloseCode{4000});
    EXPECT_EQ(found->reason(), "left");
    stream.skip(1);
    EXPECT_FALSE(stream.close_at_end(Side::server)) << "the end was not seen";
  }
  FrameStream followed;
  feed(followed, close, Side::server);
  EXPECT_FALSE(followed.close_at_end(Side::server)) << "its frames tell";
}

TEST(FrameStream, BelievesAnEmptyCloseAtItsEndOnlyAsASegment) {
  FrameStream stream;
  stream.lose();
  feed(stream, {1, 2, 3, 0x88, 0x00}, Side::server);
  EXPECT_FALSE(stream.close_at_end(Side::server));
  feed(stream, {0x88}, Side::server);
  feed(stream, {0x00}, Side::server, false);
  EXPECT_TRUE(stream.close_at_end(Side::server));
}

// Megabytes of what is no WebSocket: nothing in it may pass for one.
TEST(FrameStream, FindsNothingInRandomBytes) {
  std::mt19937_64 random{6455};  // NOLINT: the same bytes in every run
  ByteString segment(1448);
  int most_evidence = 0;
  for (int connection = 0; connection < 20; ++connection) {
    std::array<FrameStream, 2> streams;
    for (FrameStream& stream : streams) {
      stream.lose();
      stream.accept_either_mask(true);
    }
    for (int i = 0; i < 600; ++i) {
      for (std::size_t at = 0; at < segment.size(); at += 8) {
        const std::uint64_t bits = random();
        std::copy_n(reinterpret_cast<const std::uint8_t*>(&bits), 8, segment.data() + at);
      }
      const Side side = kSides[static_cast<std::size_t>(i % 2)];
      feed(streams[index(side)], segment, side);
      EXPECT_FALSE(streams[index(side)].close_at_end(side));
      most_evidence = std::max(most_evidence, streams[0].evidence() + streams[1].evidence());
    }
  }
  EXPECT_LT(most_evidence, 6);
}

TEST(FrameStream, GivesUpWhenNothingIsFound) {
  FrameStream stream;
  EXPECT_FALSE(stream.hopeless());
  stream.lose();
  EXPECT_TRUE(stream.untouched());
  EXPECT_FALSE(stream.hopeless()) << "nothing came yet";
  feed(stream, {0x83, 0x00}, Side::server);
  EXPECT_FALSE(stream.untouched());
  EXPECT_FALSE(stream.hopeless());
  for (int i = 0; i < 1000; ++i) feed(stream, {0x83, 0x00}, Side::server);
  EXPECT_TRUE(stream.hopeless());
}

}  // namespace
}  // namespace websocket
