#include "proxy/address_range.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace proxy {
namespace {

using websocket::Endpoint;

Endpoint at(std::string_view text) { return parse_address(text).value(); }

AddressRanges ranges(const std::vector<std::string_view>& texts) {
  std::vector<AddressRange> list;
  for (const std::string_view text : texts) list.push_back(AddressRange::parse(text).value());
  return AddressRanges{std::move(list)};
}

TEST(Address, IsReadAndWritten) {
  for (const std::string text :
       {"0.0.0.0", "192.0.2.1", "::", "::1", "2001:db8::1", "::ffff:192.0.2.1"}) {
    EXPECT_EQ(address_text(at(text)), text);
  }
  EXPECT_EQ(address_text(unmapped(at("::ffff:192.0.2.1"))), "192.0.2.1");
  EXPECT_EQ(address_text(unmapped(at("::fffe:192.0.2.1"))), "::fffe:c000:201");
  for (const std::string_view text :
       {"", "1", "1.2.3", "1.2.3.4.5", "01.2.3.4", "1.2.3.256", "[::1]", ":::", "::1%eth0",
        "1.2.3.4:80", " 1.2.3.4", "example.com", "g::"}) {
    EXPECT_FALSE(parse_address(text)) << text;
  }
  EXPECT_FALSE(parse_address({"1.2.3.4\0x", 9}));
}

TEST(AddressRange, HoldsItsAddresses) {
  struct Row {
    std::string_view range;
    std::vector<std::string_view> inside, outside;
  };
  for (const Row& row : std::vector<Row>{
           {"10.0.0.0/8",
            {"10.0.0.0", "10.255.255.255", "::ffff:10.1.2.3"},
            {"11.0.0.0", "9.255.255.255", "::a00:1"}},
           {"10.1.2.3/8", {"10.0.0.0"}, {"11.0.0.0"}},
           {"192.0.2.128/25", {"192.0.2.128", "192.0.2.255"}, {"192.0.2.127", "192.0.3.128"}},
           {"192.0.2.1", {"192.0.2.1", "::ffff:192.0.2.1"}, {"192.0.2.0", "192.0.2.2"}},
           {"192.0.2.1/32", {"192.0.2.1"}, {"192.0.2.0"}},
           {"0.0.0.0/0", {"0.0.0.0", "255.255.255.255"}, {"::", "::1", "2001:db8::1"}},
           {"::/0", {"::", "2001:db8::1"}, {"10.0.0.1", "::ffff:10.0.0.1"}},
           {"2001:db8::/33", {"2001:db8:7fff::"}, {"2001:db8:8000::", "2001:db9::"}},
           {"::1", {"::1"}, {"::2", "0.0.0.1"}},
           {"::1/128", {"::1"}, {"::"}},
           {"::ffff:10.0.0.0/104", {"10.1.2.3", "::ffff:10.1.2.3"}, {"11.0.0.0"}},
           {"::ffff:0:0/96", {"10.1.2.3"}, {"::1"}}}) {
    const auto range = AddressRange::parse(row.range);
    ASSERT_TRUE(range) << row.range;
    for (const std::string_view text : row.inside)
      EXPECT_TRUE(range->holds(at(text))) << row.range << " " << text;
    for (const std::string_view text : row.outside)
      EXPECT_FALSE(range->holds(at(text))) << row.range << " " << text;
  }
}

TEST(AddressRange, IsAnAddressWithOrWithoutAPrefix) {
  for (const std::string_view text :
       {"", "/", "/8", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/8/8", "10.0.0.0/08x",
        "10.0.0.0/ 8", "10/8", "::/129", "::/4294967296", "x/8", "[::1]/8"}) {
    EXPECT_FALSE(AddressRange::parse(text)) << text;
  }
}

TEST(AddressRanges, HoldWhatOneOfThemHolds) {
  const AddressRanges both = ranges({"10.0.0.0/8", "2001:db8::/32"});
  EXPECT_TRUE(both.hold(at("10.0.0.1")));
  EXPECT_TRUE(both.hold(at("2001:db8::1")));
  EXPECT_FALSE(both.hold(at("192.0.2.1")));
  EXPECT_FALSE(AddressRanges{}.hold(at("10.0.0.1")));
  EXPECT_TRUE(AddressRanges{}.empty());
}

TEST(ClientAddress, IsTheRightmostThatIsNotTrusted) {
  const AddressRanges trusted = ranges({"10.0.0.0/8", "2001:db8::/32"});
  struct Row {
    std::string_view peer;
    std::vector<std::string_view> forwarded;
    std::string client;
  };
  for (const Row& row :
       std::vector<Row>{{"10.0.0.1", {}, "10.0.0.1:99"},
                        {"10.0.0.1", {"192.0.2.1"}, "192.0.2.1:0"},
                        {"::ffff:10.0.0.1", {"192.0.2.1"}, "192.0.2.1:0"},
                        {"192.0.2.9", {"198.51.100.1"}, "192.0.2.9:99"},
                        {"::ffff:192.0.2.9", {"198.51.100.1"}, "192.0.2.9:99"},
                        {"10.0.0.1", {"198.51.100.1, 192.0.2.1"}, "192.0.2.1:0"},
                        {"10.0.0.1", {"192.0.2.1, 10.0.0.3 ,10.0.0.2"}, "192.0.2.1:0"},
                        {"10.0.0.1", {"198.51.100.1", "192.0.2.1", "10.0.0.2"}, "192.0.2.1:0"},
                        {"10.0.0.1", {"10.0.0.3, 10.0.0.2"}, "10.0.0.3:0"},
                        {"10.0.0.1", {"192.0.2.1, unknown, 10.0.0.2"}, "10.0.0.2:0"},
                        {"10.0.0.1", {"192.0.2.1, _hidden"}, "10.0.0.1:99"},
                        {"10.0.0.1", {"", ","}, "10.0.0.1:99"},
                        {"10.0.0.1", {"192.0.2.1:8080"}, "192.0.2.1:8080"},
                        {"10.0.0.1", {"[2001:db9::1]:8080"}, "[2001:db9::1]:8080"},
                        {"10.0.0.1", {"[2001:db9::1]"}, "[2001:db9::1]:0"},
                        {"10.0.0.1", {"2001:db9::1"}, "[2001:db9::1]:0"},
                        {"10.0.0.1", {"::ffff:192.0.2.1"}, "192.0.2.1:0"},
                        {"10.0.0.1", {"192.0.2.1:"}, "10.0.0.1:99"},
                        {"10.0.0.1", {"192.0.2.1:65536"}, "10.0.0.1:99"},
                        {"10.0.0.1", {"[192.0.2.1]"}, "10.0.0.1:99"},
                        {"10.0.0.1", {"[2001:db9::1"}, "10.0.0.1:99"},
                        {"10.0.0.1", {"[]:80"}, "10.0.0.1:99"},
                        {"2001:db8::1", {"192.0.2.1, 2001:db8::2"}, "192.0.2.1:0"}}) {
    Endpoint peer = at(row.peer);
    peer.port = 99;
    EXPECT_EQ(to_string(client_address_from_forwarded(peer, row.forwarded, trusted)), row.client)
        << row.peer << " " << testing::PrintToString(row.forwarded);
  }
}

}  // namespace
}  // namespace proxy
