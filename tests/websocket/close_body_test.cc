#include "websocket/close_body.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

#include "tests/support/frame_builder.h"

namespace websocket {
namespace {

using support::ByteString;
using support::close_frame;
using support::encode;

ByteString behind(const ByteString& before, const ByteString& frame) {
  ByteString tail = before;
  support::append(tail, frame);
  return {tail.begin(), tail.end()};
}

TEST(CloseBody, HasACodeAndAReason) {
  EXPECT_FALSE(parse_close_body({}).code);
  EXPECT_TRUE(parse_close_body({}).violations.empty());

  const ByteString one{3};
  EXPECT_FALSE(parse_close_body(one).code);
  EXPECT_TRUE(parse_close_body(one).violations.has(Violation::one_byte_close));

  const ByteString two{0x03, 0xe8};
  EXPECT_EQ(parse_close_body(two).code, CloseCode{1000});
  EXPECT_EQ(parse_close_body(two).reason, "");
  EXPECT_TRUE(parse_close_body(two).violations.empty());

  const ByteString reason{0x0f, 0xa0, 'a', 0, 'b'};
  EXPECT_EQ(parse_close_body(reason).code, CloseCode{4000});
  EXPECT_EQ(parse_close_body(reason).reason, std::string_view("a\0b", 3));
  EXPECT_TRUE(parse_close_body(reason).violations.empty());
}

TEST(CloseBody, KeepsWhatAReceiverMustReject) {
  const ByteString code{0x03, 0xe7, 'x'};
  EXPECT_EQ(parse_close_body(code).code, CloseCode{999});
  EXPECT_EQ(parse_close_body(code).violations.size(), 1);
  EXPECT_TRUE(parse_close_body(code).violations.has(Violation::invalid_close_code));

  const ByteString surrogate{0x03, 0xe8, 0xed, 0xa0, 0x80};
  EXPECT_EQ(parse_close_body(surrogate).code, CloseCode{1000});
  EXPECT_TRUE(parse_close_body(surrogate).violations.has(Violation::close_reason_not_utf8));

  const ByteString both{0xff, 0xff, 0xc3};
  EXPECT_EQ(parse_close_body(both).violations.size(), 2);
}

class CloseAtEnd : public testing::TestWithParam<Side> {};
INSTANTIATE_TEST_SUITE_P(CloseBody, CloseAtEnd, testing::Values(Side::client, Side::server),
                         [](const auto& side) { return std::string{name(side.param)}; });

TEST_P(CloseAtEnd, IsFoundBehindAnything) {
  for (const std::size_t before : {0U, 1U, 5U}) {
    for (std::size_t length = 0; length <= 123; ++length) {
      SCOPED_TRACE(length);
      const std::string reason(length, 'r');
      const ByteString frame = encode(close_frame(4321, reason), GetParam());
      const auto found =
          find_close_at_end(behind(ByteString(before, 0x77), frame), GetParam(), 1448);
      ASSERT_TRUE(found);
      EXPECT_EQ(found->code, CloseCode{4321});
      EXPECT_EQ(found->reason(), reason);
      EXPECT_EQ(found->frame_size, frame.size());
    }
  }
}

TEST_P(CloseAtEnd, IsNotFoundIncompleteOrWithMoreBehindIt) {
  const ByteString frame = encode(close_frame(1000, "bye"), GetParam());
  for (std::size_t have = 0; have < frame.size(); ++have) {
    const ByteString part(frame.begin(), frame.begin() + static_cast<std::ptrdiff_t>(have));
    EXPECT_FALSE(find_close_at_end(part, GetParam(), 1448)) << have;
  }
  EXPECT_FALSE(find_close_at_end(behind(frame, {0x00}), GetParam(), 1448));
}

TEST_P(CloseAtEnd, HasToBeLegal) {
  const auto found = [sender = GetParam()](const support::Frame& frame) {
    const ByteString wire = encode(frame, sender);
    return find_close_at_end(wire, sender, wire.size()).has_value();
  };
  EXPECT_TRUE(found(close_frame(1000, "ok")));
  for (const int code : {0, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000, 65535}) {
    EXPECT_FALSE(found(close_frame(static_cast<std::uint16_t>(code)))) << code;
  }
  EXPECT_FALSE(found(close_frame(1000, "\xc3\x28")));
  EXPECT_FALSE(found(support::close_frame_of({3})));
  EXPECT_FALSE(found(close_frame(1000, std::string(124, 'r'))));
  EXPECT_FALSE(found(close_frame(1000).first()));
  EXPECT_FALSE(found(close_frame(1000).compressed()));
  EXPECT_FALSE(found(support::ping("\x03\xe8")));
  support::Frame wrong_mask = close_frame(1000);
  wrong_mask.masked = GetParam() == Side::server;
  EXPECT_FALSE(found(wrong_mask));
}

// An empty one is two telling bytes: it counts only as a segment of its own.
TEST_P(CloseAtEnd, IsBelievedEmptyOnlyAsASegment) {
  const ByteString frame = encode(close_frame(), GetParam());
  const auto alone = find_close_at_end(behind({1, 2, 3}, frame), GetParam(), frame.size());
  ASSERT_TRUE(alone);
  EXPECT_FALSE(alone->code);
  EXPECT_EQ(alone->reason(), "");
  for (const std::size_t segment : {frame.size() - 1, frame.size() + 1, frame.size() + 3}) {
    EXPECT_FALSE(find_close_at_end(behind({1, 2, 3}, frame), GetParam(), segment));
  }
}

TEST_P(CloseAtEnd, IsHardlyEverFoundInRandomBytes) {
  std::mt19937 random{20261122};  // NOLINT: the same bytes in every run
  int found = 0;
  ByteString tail(131);
  for (int i = 0; i < 20000; ++i) {
    for (std::uint8_t& byte : tail) byte = static_cast<std::uint8_t>(random());
    if (find_close_at_end(tail, GetParam(), 1448)) ++found;
  }
  EXPECT_LE(found, 1);
}

}  // namespace
}  // namespace websocket
