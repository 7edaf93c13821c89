#include "capture/explain.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>

#include "config/alert_options.h"
#include "websocket/close_code.h"
#include "websocket/outcome.h"
#include "websocket/violation.h"

namespace capture {
namespace {

using testing::ElementsAreArray;
using testing::HasSubstr;
using testing::StartsWith;

std::vector<std::string> terms(std::span<const Explanation> rows) {
  std::vector<std::string> names;
  for (const Explanation& row : rows) names.emplace_back(row.term);
  return names;
}

TEST(Explain, EveryRegisteredCodeHasARow) {
  std::vector<std::string> codes;
  for (const auto& row : websocket::registered_codes()) codes.push_back(std::to_string(row.code));
  EXPECT_THAT(terms(explained_codes()), ElementsAreArray(codes));
}

TEST(Explain, EveryCauseViolationAndAlertHasARow) {
  EXPECT_THAT(terms(explained_causes()), ElementsAreArray(websocket::kCauseNames));
  EXPECT_THAT(terms(explained_violations()), ElementsAreArray(websocket::kViolationNames));
  EXPECT_THAT(terms(explained_alerts()), ElementsAreArray(config::kAlertNames));
}

TEST(Explain, EveryRowSaysEverything) {
  for (const auto table :
       {explained_codes(), explained_causes(), explained_violations(), explained_alerts()}) {
    for (const Explanation& row : table) {
      EXPECT_THAT(row.means, testing::EndsWith(".")) << row.term;
      EXPECT_THAT(row.who, testing::EndsWith(".")) << row.term;
      EXPECT_FALSE(row.causes.empty() || row.look_at.empty()) << row.term;
    }
  }
}

TEST(Explain, AnswersAsAPage) {
  EXPECT_EQ(*explain("1012", 80),
            "1012 Service Restart (restart)\n"
            "\n"
            "  The service restarts; come back.\n"
            "  By whom: Servers, and closewatch-proxy when it drains.\n"
            "\n"
            "Usual causes\n"
            "  - a deploy\n"
            "  - a drain\n"
            "\n"
            "Look at\n"
            "  - how fast clients come back: opened handshakes beside closes\n");
}

TEST(Explain, NoLineIsLongerThanTheTerminal) {
  for (const auto table :
       {explained_codes(), explained_causes(), explained_violations(), explained_alerts()}) {
    for (const Explanation& row : table) {
      std::istringstream lines(*explain(row.term, 76));
      for (std::string line; std::getline(lines, line);) EXPECT_LE(line.size(), 76U) << line;
    }
  }
}

TEST(Explain, CodesWithoutARowAreExplainedByTheirRange) {
  EXPECT_THAT(*explain("4001", 0), StartsWith("4001 (application)\n"));
  EXPECT_THAT(*explain("3500", 0), HasSubstr("registered with IANA"));
  for (const char* invalid : {"999", "1016", "2999", "5000", "0", "65535"}) {
    EXPECT_THAT(*explain(invalid, 0), HasSubstr("no endpoint may send")) << invalid;
  }
  EXPECT_THAT(*explain("unknown", 0), HasSubstr("the code were not seen"));
  EXPECT_THAT(*explain("1001", 0), StartsWith("1001 Going Away (restart where clients observe it, "
                                              "normal where servers do)\n"));
}

TEST(Explain, WhatIsNoTermIsOneSentence) {
  EXPECT_FALSE(explain("65536", 0));
  EXPECT_FALSE(explain("", 0));
  EXPECT_EQ(unknown_term("idle_timeut"),
            "\"idle_timeut\" is no close code, cause, violation or alert; did you mean "
            "idle_timeout?");
  EXPECT_EQ(unknown_term("\x1b[31m"), "\"\\x1b[31m\" is no close code, cause, violation or alert.");
}

}  // namespace
}  // namespace capture
