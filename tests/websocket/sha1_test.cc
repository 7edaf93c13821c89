#include "websocket/sha1.h"

#include <gtest/gtest.h>

#include <string>

#include "tests/support/upgrade.h"

namespace websocket {
namespace {

std::string hex(std::string_view text) {
  std::string digits;
  for (const std::uint8_t byte : sha1(text)) {
    digits += "0123456789abcdef"[byte >> 4U];
    digits += "0123456789abcdef"[byte & 15U];
  }
  return digits;
}

TEST(Sha1, OfTheExamplesOfFips180) {
  EXPECT_EQ(hex(""), "da39a3ee5e6b4b0d3255bfef95601890afd80709");
  EXPECT_EQ(hex("abc"), "a9993e364706816aba3e25717850c26c9cd0d89d");
  EXPECT_EQ(hex("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
            "84983e441c3bd26ebaae4aa1f95129e5e54670f1");
  EXPECT_EQ(hex(std::string(1'000'000, 'a')), "34aa973cd4c4daa4f61eeb2bdbad27316534016f");
}

TEST(AcceptFor, TheExampleOfRfc6455) {
  EXPECT_EQ(accept_for("dGhlIHNhbXBsZSBub25jZQ=="), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
}

// Lengths around the end of a block, against OpenSSL.
TEST(AcceptFor, KeysOfAnyLength) {
  for (std::size_t length = 0; length < 200; ++length) {
    const std::string key(length, static_cast<char>('A' + length % 26));
    EXPECT_EQ(accept_for(key), support::websocket_accept(key)) << length;
  }
}

}  // namespace
}  // namespace websocket
