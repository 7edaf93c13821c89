#include "tests/support/frame_builder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace support {
namespace {

using websocket::Side;

// RFC 6455 section 5.7 gives these bytes.
TEST(FrameBuilder, WritesTheExamplesOfTheRfc) {
  EXPECT_EQ(encode(text("Hello"), Side::server),
            (ByteString{0x81, 0x05, 0x48, 0x65, 0x6c, 0x6c, 0x6f}));
  EXPECT_EQ(encode(text("Hello"), Side::client),
            (ByteString{0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58}));
  EXPECT_EQ(encode({text("Hel").first(), continuation("lo")}, Side::server),
            (ByteString{0x01, 0x03, 0x48, 0x65, 0x6c, 0x80, 0x02, 0x6c, 0x6f}));
  EXPECT_EQ(encode(ping("Hello"), Side::server),
            (ByteString{0x89, 0x05, 0x48, 0x65, 0x6c, 0x6c, 0x6f}));
  EXPECT_EQ(encode(pong("Hello"), Side::client),
            (ByteString{0x8a, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58}));
}

TEST(FrameBuilder, WritesTheThreeLengthForms) {
  const ByteString small = encode(binary(ByteString(125)), Side::server);
  EXPECT_EQ(small.size(), 2 + 125);
  const ByteString medium = encode(binary(ByteString(256)), Side::server);
  EXPECT_EQ(medium.size(), 4 + 256);
  EXPECT_EQ((ByteString{medium.begin(), medium.begin() + 4}), (ByteString{0x82, 0x7e, 0x01, 0x00}));
  const ByteString large = encode(binary(ByteString(65536)), Side::server);
  EXPECT_EQ((ByteString{large.begin(), large.begin() + 10}),
            (ByteString{0x82, 0x7f, 0, 0, 0, 0, 0, 1, 0, 0}));
}

TEST(FrameBuilder, WritesCloseBodies) {
  EXPECT_EQ(encode(close_frame(), Side::server), (ByteString{0x88, 0x00}));
  EXPECT_EQ(encode(close_frame(1000, "bye"), Side::server),
            (ByteString{0x88, 0x05, 0x03, 0xe8, 'b', 'y', 'e'}));
  EXPECT_EQ(encode(close_frame_of({0x03}), Side::server), (ByteString{0x88, 0x01, 0x03}));
}

TEST(FrameBuilder, WritesWhatTheRfcForbids) {
  Frame frame = ping("x");
  frame.fin = false;
  frame.reserved_bits = 7;
  frame.opcode = 0xf;
  frame.masked = true;
  frame.masking_key = {0, 0, 0, 0};
  frame.length_form = LengthForm::bits_64;
  frame.declared_length = 0x8000000000000000;
  EXPECT_EQ(encode(frame, Side::server),
            (ByteString{0x7f, 0xff, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 'x'}));
}

}  // namespace
}  // namespace support
