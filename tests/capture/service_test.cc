#include "capture/service.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "capture/host_and_path.h"

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

TEST(Host, MatchesWithoutCaseOrPort) {
  struct Case {
    std::string_view pattern;
    std::string_view host;
    bool matches;
  };
  for (const Case& c : std::vector<Case>{{"chat.example.com", "chat.example.com", true},
                                         {"chat.example.com", "Chat.Example.COM:8443", true},
                                         {"Chat.Example.com", "chat.example.com.", true},
                                         {"chat.example.com", "xchat.example.com", false},
                                         {"chat.example.com", "", false},
                                         {"*.example.com", "a.example.com:1", true},
                                         {"*.example.com", "a.b.example.com", true},
                                         {"*.example.com", "example.com", false},
                                         {"*.example.com", ".example.com", false},
                                         {"*.example.com", "aexample.com", false},
                                         {"[::1]", "[::1]:8080", true},
                                         {"[2001:DB8::1]", "[2001:db8::1]", true},
                                         {"[::1]", "[::1", false},
                                         {"10.0.0.1", "10.0.0.1:80", true}}) {
    EXPECT_EQ(host_matches(normal_host(c.pattern), normal_host(c.host)), c.matches)
        << c.pattern << " " << c.host;
  }
}

TEST(Host, PatternsAreNamesAndAddresses) {
  for (const std::string_view good :
       {"localhost", "chat.example.com", "*.example.com", "10.0.0.1", "[::1]", "a_b.example"}) {
    EXPECT_TRUE(is_host_pattern(good)) << good;
  }
  for (const std::string_view bad : {"", "*", "*.", "a*.example.com", "example.com:80", "::1", "[]",
                                     "a b", "http://a", "a/b", ".example.com", "*.*.example.com"}) {
    EXPECT_FALSE(is_host_pattern(bad)) << bad;
  }
}

TEST(Path, MatchesWholeSegments) {
  struct Case {
    std::string_view prefix;
    std::string_view path;
    bool matches;
  };
  for (const Case& c : std::vector<Case>{{"/ws", "/ws", true},
                                         {"/ws", "/ws/", true},
                                         {"/ws", "/ws/1", true},
                                         {"/ws", "/ws?token=1", true},
                                         {"/ws", "/wsx", false},
                                         {"/ws", "/w", false},
                                         {"/ws", "/WS", false},
                                         {"/ws/", "/ws", true},
                                         {"/ws/", "/ws/1", true},
                                         {"/", "/", true},
                                         {"/", "/anything", true},
                                         {"/", "", true}}) {
    EXPECT_EQ(path_matches(c.prefix, c.path), c.matches) << c.prefix << " " << c.path;
  }
}

TEST(ServiceName, IsALabelValueForPeople) {
  EXPECT_TRUE(is_service_name("chat"));
  EXPECT_TRUE(is_service_name("3rd-party_v1.2"));
  EXPECT_TRUE(is_service_name(std::string(64, 'a')));
  for (const std::string& bad : std::vector<std::string>{"", "-a", "a b", "a\"", "a\n",
                                                         "caf\xc3\xa9", std::string(65, 'a')}) {
    EXPECT_FALSE(is_service_name(bad)) << bad;
  }
}

}  // namespace
}  // namespace capture
