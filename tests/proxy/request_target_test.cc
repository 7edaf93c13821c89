#include "proxy/request_target.h"

#include <gtest/gtest.h>

#include <string>

namespace proxy {
namespace {

TEST(RequestTarget, IsTakenApart) {
  struct Row {
    std::string_view text, authority, path, query;
  };
  for (const Row& row : {Row{"/", "", "/", ""}, Row{"/a/b?c=/d?e", "", "/a/b", "?c=/d?e"},
                         Row{"//evil.example/x", "", "//evil.example/x", ""}, Row{"*", "", "*", ""},
                         Row{"http://a.example/b?c", "a.example", "/b", "?c"},
                         Row{"HTTPS://a.example:8443", "a.example:8443", "", ""},
                         Row{"http://[2001:db8::1]:80?q", "[2001:db8::1]:80", "", "?q"},
                         Row{"/a\"<>^`{|}?\\", "", "/a\"<>^`{|}", "?\\"}}) {
    const auto target = parse_request_target(row.text);
    ASSERT_TRUE(target) << row.text;
    EXPECT_EQ(target->authority, row.authority) << row.text;
    EXPECT_EQ(target->path, row.path) << row.text;
    EXPECT_EQ(target->query, row.query) << row.text;
  }
}

TEST(RequestTarget, RefusesEveryOtherForm) {
  for (const std::string_view text : {"",
                                      "a",
                                      "a.example:443",
                                      "/a b",
                                      "/a#b",
                                      "/a\xc3\xa4",
                                      "/a\x7f",
                                      "**",
                                      "*/",
                                      "?q",
                                      "http:/a",
                                      "http://",
                                      "http:///a",
                                      "http://user@a/",
                                      "http://user:pass@a/",
                                      "ftp://a/",
                                      "ws://a/",
                                      "http://a:0/",
                                      "http://a:65536/",
                                      "http://a:/",
                                      "http://a b/",
                                      "http://[::1/",
                                      "http://[10.0.0.1]/",
                                      "/a\\b",
                                      "http://a\\b/"}) {
    EXPECT_FALSE(parse_request_target(text)) << text;
  }
}

TEST(RoutingPath, IsOneForEverySpellingOfAPath) {
  struct Row {
    std::string_view path, routed;
  };
  for (const Row& row :
       {Row{"/", "/"}, Row{"/admin", "/admin"}, Row{"/%61dmin", "/admin"}, Row{"//admin", "/admin"},
        Row{"/x//admin///", "/x/admin/"}, Row{"/admin;x=1/y;z", "/admin/y"},
        Row{"/;x/admin", "/admin"}, Row{"/admin%2Fy", "/admin/y"}, Row{"/admin%5cy", "/admin/y"},
        Row{"/%2fadmin%3bx", "/admin"}, Row{"/a/", "/a/"}, Row{"/a/;x", "/a/"}, Row{"/...", "/..."},
        Row{"/.well-known/x..y", "/.well-known/x..y"}, Row{"/%252e%252e/a", "/%2e%2e/a"},
        Row{"*", "*"}}) {
    EXPECT_EQ(routing_path(row.path), std::string{row.routed}) << row.path;
  }
}

TEST(RoutingPath, RefusesWhatUpstreamsResolveDifferently) {
  for (const std::string_view path : {"",
                                      "a",
                                      "/x/../admin",
                                      "/..",
                                      "/.",
                                      "/x/.",
                                      "/x/./y",
                                      "/%2e%2e/admin",
                                      "/x/.%2E/admin",
                                      "/x%2f..%2fadmin",
                                      "/x/..;/admin",
                                      "/x/..;a=b/admin",
                                      "/x/..%3b/admin",
                                      "/x%5c..%5cadmin",
                                      "/%",
                                      "/%4",
                                      "/%zz",
                                      "/%0g",
                                      "/%+1",
                                      "/%0x",
                                      "/a%00"}) {
    EXPECT_FALSE(routing_path(path)) << path;
  }
}

TEST(Authority, IsAHostWithOrWithoutAPort) {
  for (const std::string_view text :
       {"a", "a.example", "A.EXAMPLE:80", "10.0.0.1:65535", "[::1]", "[2001:db8::1]:1",
        "under_score", "xn--bcher-kva.example.", "localhost:8080"}) {
    EXPECT_TRUE(is_authority(text)) << text;
  }
  for (const std::string_view text :
       {"",        ":80", "a:",  "a:0",        "a:65536",   "a:080808", "a:8x", "a:+8",
        "a:80:80", "a,b", "a b", "a/b",        "user@a",    "a%41",     "[::1", "::1",
        "[::1]x",  "[]",  "[1]", "[::1%eth0]", "a\xc3\xa4", "a?b",      "a\\b", "a\tb"}) {
    EXPECT_FALSE(is_authority(text)) << text;
  }
}

TEST(Authority, HasAHost) {
  EXPECT_EQ(host_of("a.example:80"), "a.example");
  EXPECT_EQ(host_of("a.example"), "a.example");
  EXPECT_EQ(host_of("[::1]:80"), "[::1]");
  EXPECT_EQ(host_of("[::1]"), "[::1]");
}

}  // namespace
}  // namespace proxy
