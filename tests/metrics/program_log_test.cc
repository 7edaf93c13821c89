#include "metrics/program_log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace metrics {
namespace {

using testing::MatchesRegex;

// What a log writes to standard error meanwhile.
template <class Say>
std::string said(const config::LogOptions& options, Say say) {
  const ProgramLog log{options};
  testing::internal::CaptureStderr();
  say(log);
  return testing::internal::GetCapturedStderr();
}

TEST(ProgramLog, AnEntryIsALine) {
  EXPECT_THAT(said({},
                   [](const ProgramLog& log) {
                     log.info("draining", {{"left", "3"}});
                   }),
              MatchesRegex("time=[0-9-]+T[0-9:.]+Z level=info msg=\"draining\" left=3\n"));
}

TEST(ProgramLog, ValuesAreQuotedWhereTheyMust) {
  EXPECT_EQ(logfmt_text("m", {{"a", "x y"}, {"b", ""}, {"c", "1=2"}, {"d", "\"q\""}}),
            R"(msg="m" a="x y" b="" c="1=2" d="\"q\"")");
}

TEST(ProgramLog, NobodyForgesALineOrAnEscapeSequence) {
  EXPECT_EQ(logfmt_text("a\nlevel=error", {{"host", "\x1b[31m\xff"}}),
            "msg=\"a\\nlevel=error\" host=\"\\u001b[31m\\ufffd\"");
}

TEST(ProgramLog, JsonIsJson) {
  const std::string line = said({.format = config::LogFormat::json}, [](const ProgramLog& log) {
    log.warning("alert is firing", {{"why", "fin by \"server\" 3\n"}});
  });
  const auto entry = nlohmann::json::parse(line);
  EXPECT_EQ(entry.at("level"), "warning");
  EXPECT_EQ(entry.at("msg"), "alert is firing");
  EXPECT_EQ(entry.at("why"), "fin by \"server\" 3\n");
  EXPECT_EQ(std::ranges::count(line, '\n'), 1);
}

TEST(ProgramLog, LessThanTheLevelIsNotSaid) {
  EXPECT_EQ(said({.level = config::LogLevel::error},
                 [](const ProgramLog& log) {
                   log.debug("a");
                   log.info("b");
                   log.warning("c");
                 }),
            "");
  EXPECT_NE(said({.level = config::LogLevel::debug}, [](const ProgramLog& log) { log.debug("a"); }),
            "");
}

}  // namespace
}  // namespace metrics
