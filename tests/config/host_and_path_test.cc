#include "config/host_and_path.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace config {
namespace {

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

}  // namespace
}  // namespace config
