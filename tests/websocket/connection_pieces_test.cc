// Frames take a short way where they are plain and whole: the facts must not depend on it.

#include <gtest/gtest.h>

#include <random>
#include <string>

#include "tests/websocket/connection_feed.h"
#include "tests/websocket/pieces.h"

namespace websocket {
namespace {

using support::binary;
using support::ByteString;
using support::close_frame;
using support::continuation;
using support::text;

struct Told {
  std::array<std::uint64_t, kOpcodeCount> frames{};
  std::uint64_t payload_bytes = 0;
  std::uint64_t counted_payload = 0;
  std::uint32_t unanswered_pings = 0;
  Violations violations;
  bool mid_frame = false;
  std::size_t closes = 0;

  friend bool operator==(const Told&, const Told&) = default;
};

Told tell(Side sender, const Pieces& pieces) {
  ConnectionFeed feed = ConnectionFeed::opened({.extensions = "permessage-deflate"});
  TrafficCounters traffic;
  feed.connection().bind(0, &traffic);
  for (const ByteString& piece : pieces) feed.send(sender, piece);
  const ConnectionFacts facts = feed.facts();
  const StreamFacts& of = facts.stream(sent_by(sender));
  for (std::size_t i = 0; i < kOpcodeCount; ++i) {
    EXPECT_EQ(traffic.by_sender[index(sender)].frames[i].value(), of.frames[i]);
  }
  return {of.frames,
          of.payload_bytes,
          traffic.by_sender[index(sender)].payload_bytes.value(),
          of.unanswered_pings,
          of.violations,
          of.mid_frame,
          facts.close_frames.size()};
}

class EachSender : public testing::TestWithParam<Side> {};
INSTANTIATE_TEST_SUITE_P(ConnectionPieces, EachSender, testing::Values(Side::client, Side::server),
                         [](const auto& side) { return std::string{name(side.param)}; });

TEST_P(EachSender, IsUnderstoodInWhateverPieces) {
  const ByteString size(126, 7);
  const ByteString all =
      support::encode({text("a"), text(""), binary(size), text("b").compressed(), text("f").first(),
                       support::ping("p"), continuation("g", false), support::ping("p"),
                       continuation("h"), text("i"), close_frame(1000, "bye"), text("late")},
                      GetParam());
  const Told whole = tell(GetParam(), {all});
  EXPECT_EQ(whole.frames, (std::array<std::uint64_t, kOpcodeCount>{2, 6, 1, 1, 2, 0}));
  EXPECT_EQ(whole.payload_bytes, 1U + 0 + 126 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 5 + 4);
  EXPECT_EQ(whole.counted_payload, whole.payload_bytes);
  EXPECT_EQ(whole.unanswered_pings, 2U);
  EXPECT_EQ(whole.violations.size(), 1) << "data after the Close";
  for (const Pieces& pieces : every_way_to_cut(all)) EXPECT_EQ(tell(GetParam(), pieces), whole);
}

// Each kind of violation, among plain frames.
TEST_P(EachSender, ViolatesInWhateverPieces) {
  support::Frame wrong_mask = text("m");
  wrong_mask.masked = GetParam() == Side::server;
  support::Frame long_form = text("l");
  long_form.length_form = support::LengthForm::bits_16;
  support::Frame reserved = text("r");
  reserved.opcode = 3;
  support::Frame marked = text("v");
  marked.reserved_bits = 2;
  for (const support::Frame& odd :
       {wrong_mask, long_form, reserved, marked, continuation("c"), continuation("c").compressed(),
        text("f").first(), support::ping("p").first(), support::ping(std::string(126, 'p'))}) {
    const ByteString all = support::encode({text("a"), odd, text("b"), text("c")}, GetParam());
    const Told whole = tell(GetParam(), {all});
    EXPECT_FALSE(whole.violations.empty()) << int{odd.opcode};
    for (const Pieces& pieces : every_way_to_cut(all)) EXPECT_EQ(tell(GetParam(), pieces), whole);
  }
}

// Random frames, legal and not, in random pieces.
TEST_P(EachSender, IsUnderstoodAtRandom) {
  std::mt19937 random{1011};  // NOLINT: the same bytes in every run
  const auto up_to = [&random](unsigned most) { return static_cast<unsigned>(random() % most); };
  for (int i = 0; i < 300; ++i) {
    ByteString all;
    for (unsigned frames = 1 + up_to(20); frames > 0; --frames) {
      support::Frame frame = text(std::string(up_to(8) == 0 ? up_to(300) : up_to(20), 'x'));
      frame.opcode = static_cast<std::uint8_t>(up_to(4) == 0 ? up_to(16) : 1 + up_to(2));
      frame.fin = up_to(8) != 0;
      frame.reserved_bits = up_to(8) == 0 ? 4 : 0;
      support::append(all, support::encode(frame, GetParam()));
    }
    all.resize(all.size() - up_to(3) % all.size());
    Pieces pieces;
    for (Bytes rest{all}; !rest.empty();) {
      const Bytes piece = rest.first(std::min<std::size_t>(1 + up_to(60), rest.size()));
      pieces.emplace_back(piece.begin(), piece.end());
      rest = rest.subspan(piece.size());
    }
    EXPECT_EQ(tell(GetParam(), pieces), tell(GetParam(), {all}));
  }
}

}  // namespace
}  // namespace websocket
