#include "websocket/frame.h"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

#include "tests/support/frame_builder.h"
#include "tests/websocket/pieces.h"

namespace websocket {
namespace {

using support::ByteString;

// What a frame is reported as.
struct Seen {
  std::optional<Opcode> opcode;
  std::uint64_t length = 0;
  std::string close_body;
  std::uint32_t digest = 0;

  friend bool operator==(const Seen&, const Seen&) = default;
};

struct Walk {
  std::vector<Seen> frames;
  std::uint64_t payload_bytes = 0;
  bool at_boundary = false;

  friend bool operator==(const Walk&, const Walk&) = default;
};

Walk walk(const Pieces& pieces) {
  FrameWalker walker;
  Walk result;
  for (const ByteString& piece : pieces) {
    Bytes bytes{piece};
    while (const std::optional<Frame> frame = walker.next(bytes)) {
      const Bytes body = frame->close_body();
      result.frames.push_back({frame->header.opcode, frame->header.payload_length,
                               std::string{body.begin(), body.end()}, frame->digest});
    }
    EXPECT_TRUE(bytes.empty());
  }
  result.payload_bytes = walker.payload_bytes();
  result.at_boundary = walker.at_frame_boundary();
  return result;
}

ByteString payload(std::size_t size) { return ByteString(size, 0x5a); }

TEST(ParseFrameHeader, ReadsEveryField) {
  struct Row {
    ByteString wire;
    std::size_t size;
    FrameHeader header;
  };
  const auto header = [](std::uint64_t length, std::optional<Opcode> opcode, unsigned reserved,
                         bool fin, bool masked, bool minimal, bool control) {
    FrameHeader expected;
    expected.payload_length = length;
    expected.opcode = opcode;
    expected.reserved_bits = static_cast<std::uint8_t>(reserved);
    expected.fin = fin;
    expected.masked = masked;
    expected.minimal_length = minimal;
    expected.is_control = control;
    if (masked) expected.masking_key = {1, 2, 3, 4};
    return expected;
  };
  const std::vector<Row> rows{
      {{0x81, 0}, 2, header(0, Opcode::text, 0, true, false, true, false)},
      {{0x02, 125}, 2, header(125, Opcode::binary, 0, false, false, true, false)},
      {{0xc1, 126, 0, 126}, 4, header(126, Opcode::text, 4, true, false, true, false)},
      {{0x80, 126, 0, 125}, 4, header(125, Opcode::continuation, 0, true, false, false, false)},
      {{0xa1, 126, 0xff, 0xff}, 4, header(65535, Opcode::text, 2, true, false, true, false)},
      {{0x91, 127, 0, 0, 0, 0, 0, 1, 0, 0},
       10,
       header(65536, Opcode::text, 1, true, false, true, false)},
      {{0x81, 127, 0, 0, 0, 0, 0, 0, 0xff, 0xff},
       10,
       header(65535, Opcode::text, 0, true, false, false, false)},
      {{0x82, 0xff, 0, 0, 0, 0, 0x80, 0, 0, 0, 1, 2, 3, 4},
       14,
       header(std::uint64_t{1} << 31U, Opcode::binary, 0, true, true, true, false)},
      {{0x82, 127, 0x80, 0, 0, 0, 0, 0, 0, 0},
       10,
       header(std::uint64_t{1} << 63U, Opcode::binary, 0, true, false, true, false)},
      {{0x88, 0x82, 1, 2, 3, 4}, 6, header(2, Opcode::close, 0, true, true, true, true)},
      {{0x83, 1}, 2, header(1, std::nullopt, 0, true, false, true, false)},
      {{0x8b, 1}, 2, header(1, std::nullopt, 0, true, false, true, true)}};
  for (const Row& row : rows) {
    SCOPED_TRACE(testing::PrintToString(row.wire));
    FrameHeader read;
    for (std::size_t have = 0; have < row.size; ++have) {
      const ByteString part = cut_at(row.wire, have)[0];
      EXPECT_EQ(parse_frame_header(part, read), 0U);
    }
    ASSERT_EQ(parse_frame_header(row.wire, read), row.size);
    EXPECT_EQ(read.payload_length, row.header.payload_length);
    EXPECT_EQ(read.opcode, row.header.opcode);
    EXPECT_EQ(read.reserved_bits, row.header.reserved_bits);
    EXPECT_EQ(read.fin, row.header.fin);
    EXPECT_EQ(read.masked, row.header.masked);
    EXPECT_EQ(read.masking_key, row.header.masking_key);
    EXPECT_EQ(read.minimal_length, row.header.minimal_length);
    EXPECT_EQ(read.is_control, row.header.is_control);
  }
}

TEST(ViolationsOf, ListsWhatAHeaderShows) {
  struct Row {
    ByteString wire;
    Side sender;
    std::uint8_t allowed;
    std::vector<Violation> violations;
  };
  using enum Violation;
  const std::vector<Row> rows{
      {{0x81, 0}, Side::server, 0, {}},
      {{0x81, 0x80, 1, 2, 3, 4}, Side::client, 0, {}},
      {{0x81, 0}, Side::client, 0, {unmasked_client_frame}},
      {{0x81, 0x80, 1, 2, 3, 4}, Side::server, 0, {masked_server_frame}},
      {{0xc1, 0}, Side::server, 0, {reserved_bits}},
      {{0xc1, 0}, Side::server, 4, {}},
      {{0xd1, 0}, Side::server, 4, {reserved_bits}},
      {{0xc0, 0}, Side::server, 4, {reserved_bits}},  // a continuation is not marked
      {{0xc9, 0}, Side::server, 7, {reserved_bits}},  // nor a control frame
      {{0xc3, 0}, Side::server, 7, {reserved_bits, reserved_opcode}},
      {{0x8f, 0}, Side::server, 0, {reserved_opcode}},
      {{0x0f, 0}, Side::server, 0, {reserved_opcode, fragmented_control_frame}},
      {{0x09, 0}, Side::server, 0, {fragmented_control_frame}},
      {{0x89, 125}, Side::server, 0, {}},
      {{0x89, 126, 0, 126}, Side::server, 0, {control_frame_too_long}},
      {{0x89, 126, 0, 125}, Side::server, 0, {length_not_minimal}},
      {{0x82, 127, 0x80, 0, 0, 0, 0, 0, 0, 0}, Side::server, 0, {length_out_of_range}},
      {{0x82, 127, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}, Side::server, 0, {}}};
  for (const Row& row : rows) {
    SCOPED_TRACE(testing::PrintToString(row.wire));
    FrameHeader header;
    ASSERT_EQ(parse_frame_header(row.wire, header), row.wire.size());
    Violations expected;
    for (const Violation violation : row.violations) expected.add(violation);
    EXPECT_EQ(violations_of(header, row.sender, row.allowed), expected);
  }
}

class Sender : public testing::TestWithParam<Side> {};
INSTANTIATE_TEST_SUITE_P(FrameWalker, Sender, testing::Values(Side::client, Side::server),
                         [](const auto& side) { return std::string{name(side.param)}; });

TEST_P(Sender, SendsTheSameFramesInWhateverPieces) {
  const ByteString wire = support::encode(
      {support::text(""), support::text("one"), support::ping(), support::ping("body"),
       support::text("a").first(), support::pong("body"), support::continuation("b"),
       support::binary(payload(125)), support::binary(payload(126)),
       support::ping(std::string(125, 'p')), support::close_frame(1000, std::string(123, 'r')),
       support::close_frame(1001, "left"), support::close_frame(), support::close_frame_of({7})},
      GetParam());
  const Walk whole = walk({wire});
  ASSERT_EQ(whole.frames.size(), 14U);
  EXPECT_TRUE(whole.at_boundary);
  EXPECT_EQ(whole.frames[11].close_body, std::string("\x03\xe9") + "left");
  EXPECT_EQ(whole.frames[10].close_body.size(), 125U);
  EXPECT_EQ(whole.frames[13].close_body, "\x07");
  EXPECT_EQ(whole.frames[3].digest, whole.frames[5].digest);  // the same body, under one mask
  EXPECT_NE(whole.frames[2].digest, whole.frames[3].digest);
  EXPECT_EQ(whole.payload_bytes, 0U + 3 + 0 + 4 + 1 + 4 + 1 + 125 + 126 + 125 + 125 + 6 + 0 + 1);
  for (const Pieces& pieces : every_way_to_cut(wire)) EXPECT_EQ(walk(pieces), whole);
}

TEST_P(Sender, MaySendAnyLength) {
  for (const std::size_t length : {0U, 1U, 125U, 126U, 65535U, 65536U}) {
    const ByteString wire =
        support::encode({support::binary(payload(length)), support::ping("x")}, GetParam());
    const Walk whole = walk({wire});
    ASSERT_EQ(whole.frames.size(), 2U) << length;
    EXPECT_EQ(whole.frames[0].length, length);
    EXPECT_EQ(whole.frames[1].opcode, Opcode::ping);
    EXPECT_EQ(walk(byte_by_byte(wire)), whole);
  }
}

// A control frame that is longer than allowed is reported after its first 125 bytes.
TEST_P(Sender, MaySendAnOverlongControlFrame) {
  const ByteString wire = support::encode(
      {support::close_frame(1000, std::string(200, 'r')), support::text("next")}, GetParam());
  const Walk whole = walk({wire});
  ASSERT_EQ(whole.frames.size(), 2U);
  EXPECT_EQ(whole.frames[0].length, 202U);
  EXPECT_EQ(whole.frames[0].close_body.size(), kMaxControlBody);
  EXPECT_EQ(whole.frames[1].length, 4U);
  for (const Pieces& pieces : every_way_to_cut(wire)) EXPECT_EQ(walk(pieces), whole);
}

TEST(FrameWalker, TellsPingBodiesApartWhateverTheirMask) {
  support::Frame other_mask = support::pong("beat");
  other_mask.masking_key = {9, 8, 7, 6};
  const Walk frames = walk({support::encode({support::ping("beat"), other_mask}, Side::client)});
  const Walk unmasked =
      walk({support::encode({support::pong("beat"), support::pong("boat")}, Side::server)});
  EXPECT_EQ(frames.frames[0].digest, frames.frames[1].digest);
  EXPECT_EQ(frames.frames[0].digest, unmasked.frames[0].digest);
  EXPECT_NE(frames.frames[0].digest, unmasked.frames[1].digest);
}

TEST(FrameWalker, SkipsInsideAPayloadForNothing) {
  FrameWalker walker;
  const ByteString header{0x82, 127, 0, 0, 0, 0, 0x80, 0, 0, 0};  // 2^31 bytes
  Bytes bytes{header};
  ASSERT_TRUE(walker.next(bytes));
  EXPECT_TRUE(walker.skip((std::uint64_t{1} << 31U) - 1));
  EXPECT_FALSE(walker.at_frame_boundary());
  EXPECT_TRUE(walker.skip(1));
  EXPECT_TRUE(walker.at_frame_boundary());
  EXPECT_EQ(walker.payload_bytes(), std::uint64_t{1} << 31U);
  const ByteString next = support::encode(support::text("x"), Side::server);
  bytes = Bytes{next};
  ASSERT_TRUE(walker.next(bytes));
  EXPECT_FALSE(walker.skip(2)) << "one byte beyond the payload is a header";
}

TEST(FrameWalker, CannotSkipAHeader) {
  FrameWalker at_boundary;
  EXPECT_FALSE(at_boundary.skip(1));
  FrameWalker in_header;
  const ByteString half{0x82, 126, 0};
  Bytes bytes{half};
  EXPECT_FALSE(in_header.next(bytes));
  EXPECT_FALSE(in_header.skip(1));
}

TEST(FrameWalker, SkipsInAPingButNotInAClose) {
  const ByteString ping = support::encode(support::ping("abcdef"), Side::server);
  FrameWalker walker;
  Bytes bytes = Bytes{ping}.first(4);
  EXPECT_FALSE(walker.next(bytes));
  EXPECT_TRUE(walker.skip(3));
  bytes = Bytes{ping}.last(1);
  const std::optional<Frame> frame = walker.next(bytes);
  ASSERT_TRUE(frame);
  EXPECT_EQ(frame->digest, 0U) << "part of the body is missing";

  FrameWalker end_missing;
  bytes = Bytes{ping}.first(4);
  EXPECT_FALSE(end_missing.next(bytes));
  EXPECT_FALSE(end_missing.skip(4)) << "nothing would report the Ping";

  const ByteString close = support::encode(support::close_frame(1000, "bye"), Side::server);
  FrameWalker closing;
  bytes = Bytes{close}.first(4);
  EXPECT_FALSE(closing.next(bytes));
  EXPECT_FALSE(closing.skip(1));
}

TEST(FrameWalker, KeepsItsCountWhenItStartsAgain) {
  FrameWalker walker;
  const ByteString wire = support::encode(support::text("12345"), Side::server);
  Bytes bytes{wire};
  while (walker.next(bytes)) continue;
  walker.reset();
  EXPECT_TRUE(walker.at_frame_boundary());
  EXPECT_EQ(walker.payload_bytes(), 5U);
}

}  // namespace
}  // namespace websocket
