#include "metrics/listen_address.h"

#include <gtest/gtest.h>

#include <stdexcept>

namespace metrics {
namespace {

TEST(ListenAddress, HostAndPort) {
  EXPECT_EQ(parse_listen_address("127.0.0.1:10060"), (ListenAddress{"127.0.0.1", 10060}));
  EXPECT_EQ(parse_listen_address("[::1]:10060"), (ListenAddress{"::1", 10060}));
  EXPECT_EQ(parse_listen_address("localhost:0"), (ListenAddress{"localhost", 0}));
  EXPECT_EQ(parse_listen_address(":65535"), (ListenAddress{"", 65535}));
}

TEST(ListenAddress, WrittenAsRead) {
  for (const char* text : {"127.0.0.1:10060", "[::1]:10060", "localhost:0", ":1"}) {
    EXPECT_EQ(to_string(parse_listen_address(text)), text);
  }
}

TEST(ListenAddress, AnythingElseIsRefusedWithASentenceThatNamesIt) {
  for (const char* text : {"", "10060", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "::1:10060",
                           "[::1]", "[::1]10060", "[]:1", "[::1:1", "host:1x", "host:-1", "a b:1",
                           "http://host:1", "host: 1"}) {
    try {
      parse_listen_address(text);
      ADD_FAILURE() << text;
    } catch (const std::invalid_argument& error) {
      EXPECT_NE(std::string(error.what()).find("\"" + std::string(text) + "\""), std::string::npos);
    }
  }
}

}  // namespace
}  // namespace metrics
