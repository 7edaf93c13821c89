#include "proxy/header_rules.h"

#include <gtest/gtest.h>

#include <string>

namespace proxy {
namespace {

TEST(HeaderRules, AreFine) {
  EXPECT_EQ(problem_with({}), "");
  EXPECT_EQ(
      problem_with({.set = {{"Host", "a.example:80"}, {"X-A", ""}, {"X-Forwarded-For", "x y"}},
                    .remove = {"Cookie", "Forwarded"}}),
      "");
}

TEST(HeaderRules, HaveOneSentenceForWhatIsWrong) {
  EXPECT_EQ(problem_with({.set = {{"A b", "x"}}}), "\"A b\" is no name of a header.");
  EXPECT_EQ(problem_with({.remove = {""}}), "\"\" is no name of a header.");
  EXPECT_EQ(problem_with({.set = {{"A", "x\r\nB: y"}}}),
            "The value of A holds control characters, or spaces around it.");
  EXPECT_EQ(problem_with({.set = {{"A", " x"}}}),
            "The value of A holds control characters, or spaces around it.");
  EXPECT_EQ(problem_with({.set = {{"Host", "a b"}}}), "\"a b\" is no host.");
  EXPECT_EQ(problem_with({.remove = {"host"}}), "Host can be set, but not removed.");
  for (const std::string name : {"connection", "Upgrade", "TE", "Transfer-Encoding",
                                 "Content-Length", "Keep-Alive", "Trailer", "Sec-WebSocket-Key"}) {
    const std::string sentence = name + " belongs to the connection and cannot be set or removed.";
    EXPECT_EQ(problem_with({.set = {{name, "x"}}}), sentence);
    EXPECT_EQ(problem_with({.remove = {name}}), sentence);
  }
}

}  // namespace
}  // namespace proxy
