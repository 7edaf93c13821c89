#include "capture/service.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace capture {
namespace {

using ::testing::ElementsAre;

ServiceRule rule(std::string name, std::vector<std::uint16_t> ports, std::vector<std::string> hosts,
                 std::vector<std::string> paths) {
  return {std::move(name), std::move(ports), std::move(hosts), std::move(paths), {}};
}

TEST(ServiceTable, IsOneDefaultWithoutRules) {
  const ServiceTable services;
  EXPECT_THAT(services.names(), ElementsAre("default"));
  EXPECT_EQ(services.match(80, "chat.example", "/ws"), 0);
}

TEST(ServiceTable, TakesTheFirstRuleThatMatches) {
  const ServiceTable services({rule("api", {8080}, {}, {"/ws"}), rule("chat", {8080, 8081}, {}, {}),
                               rule("api", {9000}, {}, {})});
  ASSERT_THAT(services.names(), ElementsAre("api", "chat", "other"));

  struct Case {
    std::uint16_t port;
    std::string_view path;
    std::string_view service;
  };
  for (const Case& c : std::vector<Case>{{8080, "/ws", "api"},
                                         {8080, "/", "chat"},
                                         {8081, "/ws", "chat"},
                                         {9000, "", "api"},
                                         {9001, "/ws", "other"},
                                         {0, "", "other"}}) {
    EXPECT_EQ(services.names()[services.match(c.port, "", c.path)], c.service)
        << c.port << " " << c.path;
  }
}

TEST(ServiceTable, NeedsEveryKindThatARuleNames) {
  const ServiceTable services({rule("a", {1, 2}, {"a.example", "B.example"}, {"/x", "/y"})});
  EXPECT_EQ(services.match(2, "b.EXAMPLE:2", "/y/z"), 0);
  EXPECT_EQ(services.match(3, "a.example", "/x"), 1);
  EXPECT_EQ(services.match(1, "c.example", "/x"), 1);
  EXPECT_EQ(services.match(1, "a.example", "/z"), 1);
  EXPECT_EQ(services.match(1, "", ""), 1) << "a host and a path that were not seen match no rule";
}

}  // namespace
}  // namespace capture
