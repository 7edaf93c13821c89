#include "websocket/endpoint.h"

#include <gtest/gtest.h>

#include <array>

namespace websocket {
namespace {

std::string ipv6(std::array<std::uint16_t, 8> groups, std::uint16_t port) {
  Endpoint endpoint{.address = {}, .port = port, .is_ipv6 = true};
  for (std::size_t i = 0; i < 8; ++i) {
    endpoint.address[2 * i] = static_cast<std::uint8_t>(groups[i] >> 8U);
    endpoint.address[2 * i + 1] = static_cast<std::uint8_t>(groups[i]);
  }
  return to_string(endpoint);
}

TEST(Endpoint, OfIpv4) {
  EXPECT_EQ(to_string(Endpoint{.address = {10, 0, 0, 1}, .port = 443}), "10.0.0.1:443");
  EXPECT_EQ(to_string(Endpoint{.address = {255, 255, 255, 255}, .port = 65535}),
            "255.255.255.255:65535");
  EXPECT_EQ(to_string(Endpoint{}), "0.0.0.0:0");
}

// RFC 5952 section 4.
TEST(Endpoint, OfIpv6) {
  EXPECT_EQ(ipv6({0x2001, 0xdb8, 0, 0, 0, 0, 0, 1}, 443), "[2001:db8::1]:443");
  EXPECT_EQ(ipv6({0, 0, 0, 0, 0, 0, 0, 0}, 0), "[::]:0");
  EXPECT_EQ(ipv6({0, 0, 0, 0, 0, 0, 0, 1}, 1), "[::1]:1");
  EXPECT_EQ(ipv6({1, 0, 0, 0, 0, 0, 0, 0}, 1), "[1::]:1");
  EXPECT_EQ(ipv6({1, 2, 3, 4, 5, 6, 7, 8}, 1), "[1:2:3:4:5:6:7:8]:1");
  EXPECT_EQ(ipv6({0xabcd, 0xef01, 0, 1, 1, 1, 1, 1}, 1), "[abcd:ef01:0:1:1:1:1:1]:1");
  EXPECT_EQ(ipv6({0, 0, 1, 1, 1, 1, 0, 0}, 1), "[::1:1:1:1:0:0]:1") << "the first of equals";
  EXPECT_EQ(ipv6({1, 0, 0, 1, 0, 0, 0, 1}, 1), "[1:0:0:1::1]:1") << "the longest";
  EXPECT_EQ(ipv6({0, 1, 0, 1, 0, 1, 0, 1}, 1), "[0:1:0:1:0:1:0:1]:1");
  EXPECT_EQ(ipv6({0, 0, 0, 0, 0, 0xffff, 0xc0a8, 0x0001}, 80), "[::ffff:192.168.0.1]:80");
}

}  // namespace
}  // namespace websocket
