#include "proxy/balance_key.h"

#include <gtest/gtest.h>

#include <bit>
#include <string>
#include <vector>

namespace proxy {
namespace {

using Values = std::vector<std::string_view>;

websocket::Endpoint ipv4(std::uint8_t last, std::uint16_t port) {
  return {.address = {10, 0, 0, last}, .port = port};
}

websocket::Endpoint ipv6(std::uint8_t network, std::uint8_t host) {
  websocket::Endpoint endpoint{
      .address = {0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, network}, .port = 1, .is_ipv6 = true};
  endpoint.address[15] = host;
  return endpoint;
}

ServiceOptions by(HashKey key, std::string name) {
  ServiceOptions options;
  options.balance = Balance::consistent_hash;
  options.hash_key = key;
  options.hash_name = std::move(name);
  return options;
}

TEST(StableHash, IsTheSameInEveryRelease) {
  EXPECT_EQ(stable_hash(""), mixed(0xcbf29ce484222325U));
  EXPECT_EQ(stable_hash("a"), mixed(0xaf63dc4c8601ec8cU));
  EXPECT_EQ(stable_hash("foobar"), mixed(0x85944171f73967e8U));
}

TEST(StableHash, TextsThatDifferLittleHashApart) {
  for (int i = 0; i < 100; ++i) {
    const std::uint64_t differing =
        stable_hash("10.0.0." + std::to_string(i)) ^ stable_hash("10.0.0." + std::to_string(i + 1));
    EXPECT_GT(std::popcount(differing), 12);
  }
}

TEST(BalanceKey, OfTheClientsAddress) {
  const ServiceOptions options = by(HashKey::client_address, "");
  EXPECT_EQ(balance_field(options), "");
  EXPECT_EQ(balance_key(options, ipv4(1, 1000), {}), balance_key(options, ipv4(1, 2000), {}));
  EXPECT_NE(balance_key(options, ipv4(1, 1000), {}), balance_key(options, ipv4(2, 1000), {}));
  EXPECT_EQ(balance_key(options, ipv6(1, 1), {}), balance_key(options, ipv6(1, 2), {}));
  EXPECT_NE(balance_key(options, ipv6(1, 1), {}), balance_key(options, ipv6(2, 1), {}));
}

TEST(BalanceKey, OfAHeaderElseOfTheAddress) {
  const ServiceOptions options = by(HashKey::header, "X-User");
  EXPECT_EQ(balance_field(options), "X-User");
  const auto key = [&](const Values& values) { return balance_key(options, ipv4(1, 1), values); };
  EXPECT_EQ(key({"ann"}), stable_hash("ann"));
  EXPECT_EQ(key({" ann\t"}), stable_hash("ann"));
  EXPECT_EQ(key({"", "ann", "bob"}), stable_hash("ann"));
  const std::uint64_t of_address = balance_key(by(HashKey::client_address, ""), ipv4(1, 9), {});
  EXPECT_EQ(key({}), of_address);
  EXPECT_EQ(key({" "}), of_address);
}

TEST(BalanceKey, OfACookie) {
  const ServiceOptions options = by(HashKey::cookie, "sid");
  EXPECT_EQ(balance_field(options), "Cookie");
  const auto key = [&](const Values& values) { return balance_key(options, ipv4(1, 1), values); };
  EXPECT_EQ(key({"a=b; sid=42; c=d"}), stable_hash("42"));
  EXPECT_EQ(key({"a=b", "sid=42"}), stable_hash("42"));
  EXPECT_EQ(key({"a=sid=42"}), balance_key(by(HashKey::client_address, ""), ipv4(1, 9), {}));
}

TEST(BalanceKey, OnlyConsistentHashNeedsAField) {
  ServiceOptions options = by(HashKey::cookie, "sid");
  options.balance = Balance::round_robin;
  EXPECT_EQ(balance_field(options), "");
}

TEST(CookieValue, IsFoundByItsWholeName) {
  const struct {
    std::string_view field, name;
    std::optional<std::string_view> value;
  } cases[] = {
      {"sid=42", "sid", "42"},
      {"a=1;sid=42;b=2", "sid", "42"},
      {"a=1;  sid = 42 ; b=2", "sid", "42"},
      {"sid=\"42\"", "sid", "42"},
      {"sid=\"", "sid", "\""},
      {"sid=", "sid", ""},
      {"sid=a=b", "sid", "a=b"},
      {"sid=1; sid=2", "sid", "1"},
      {"xsid=1; SID=2; sidx=3", "sid", std::nullopt},
      {"sid", "sid", std::nullopt},
      {"", "sid", std::nullopt},
      {";;;", "sid", std::nullopt},
      {"=1", "sid", std::nullopt},
  };
  for (const auto& one : cases)
    EXPECT_EQ(cookie_value(one.field, one.name), one.value) << one.field;
}

}  // namespace
}  // namespace proxy
