#include "config/listen_address.h"

#include <gtest/gtest.h>

namespace config {
namespace {

TEST(ListenAddress, HostAndPort) {
  EXPECT_EQ(parse_listen_address("127.0.0.1:10060"), (ListenAddress{"127.0.0.1", 10060}));
  EXPECT_EQ(parse_listen_address("[::1]:10060"), (ListenAddress{"::1", 10060}));
  EXPECT_EQ(parse_listen_address("localhost:0"), (ListenAddress{"localhost", 0}));
  EXPECT_EQ(parse_listen_address("chat_1.internal:80"), (ListenAddress{"chat_1.internal", 80}));
  EXPECT_EQ(parse_listen_address(":65535"), (ListenAddress{"", 65535}));
}

TEST(ListenAddress, WrittenAsRead) {
  for (const char* text : {"127.0.0.1:10060", "[::1]:10060", "[::]:0", "localhost:0", ":1"}) {
    const std::optional<ListenAddress> address = parse_listen_address(text);
    ASSERT_TRUE(address) << text;
    EXPECT_EQ(to_string(*address), text);
  }
}

TEST(ListenAddress, AnythingElseIsRefused) {
  for (const char* text : {"",
                           ":",
                           "10060",
                           "127.0.0.1",
                           "127.0.0.1:",
                           "127.0.0.1:65536",
                           "::1:10060",
                           "[::1]",
                           "[::1]10060",
                           "[]:1",
                           "[::1:1",
                           "[::g]:80",
                           "[10.0.0.1]:80",
                           "[]]:1",
                           "host:1x",
                           "host:-1",
                           "host:+1",
                           "host:http",
                           "a b:1",
                           "http://host:1",
                           "host: 1",
                           "ho\x01st:1"}) {
    EXPECT_EQ(parse_listen_address(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace config
