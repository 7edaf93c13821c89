#include "metrics/code_labels.h"

#include <gtest/gtest.h>

#include <array>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace metrics {
namespace {

using websocket::CloseCode;
using websocket::CloseFrame;
using websocket::Violation;

std::string observed(CodeLabels& labels, websocket::ObservedCode code) {
  return labels.text(labels.observed(code));
}

std::string sent(CodeLabels& labels, std::optional<CloseCode> code) {
  CloseFrame frame;
  frame.code = code;
  return labels.text(labels.sent(frame));
}

TEST(CodeLabels, ObservedCodesInCommonUseAreExact) {
  CodeLabels labels;
  for (const int code : {1000, 1001, 1002, 1003, 1005, 1006, 1007, 1008, 1009, 1010, 1011, 1012,
                         1013, 1014, 1015, 3000, 3003, 3008}) {
    EXPECT_EQ(observed(labels, static_cast<CloseCode>(code)), std::to_string(code));
  }
  EXPECT_EQ(observed(labels, std::nullopt), "unknown");
}

TEST(CodeLabels, ObservedCodesThatNobodyMayReportAreInvalid) {
  CodeLabels labels;
  for (const int code : {0, 1, 999, 1004, 1016, 2000, 2999, 5000, 65535}) {
    EXPECT_EQ(observed(labels, static_cast<CloseCode>(code)), "invalid") << code;
  }
}

TEST(CodeLabels, OnTheWireCodesThatMayNotBeSentAreInvalid) {
  CodeLabels labels;
  for (const int code : {0, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000, 65535}) {
    EXPECT_EQ(sent(labels, static_cast<CloseCode>(code)), "invalid") << code;
  }
  EXPECT_EQ(sent(labels, 1000), "1000");
  EXPECT_EQ(sent(labels, 3003), "3003");
}

TEST(CodeLabels, AnEmptyBodyIsNoneAndAOneByteBodyIsInvalid) {
  CodeLabels labels;
  CloseFrame frame;
  EXPECT_EQ(labels.text(labels.sent(frame)), "none");
  frame.violations.add(Violation::one_byte_close);
  EXPECT_EQ(labels.text(labels.sent(frame)), "invalid");
}

TEST(CodeLabels, ACodeWithABrokenReasonIsStillThatCode) {
  CodeLabels labels;
  CloseFrame frame;
  frame.code = 1000;
  frame.violations.add(Violation::close_reason_not_utf8);
  EXPECT_EQ(labels.text(labels.sent(frame)), "1000");
}

TEST(CodeLabels, TheFirst32OtherCodesAreExactAndTheRestFold) {
  CodeLabels labels;
  const std::size_t size = labels.size();
  for (CloseCode code = 4000; code < 4032; ++code) {
    EXPECT_EQ(observed(labels, code), std::to_string(code));
  }
  EXPECT_EQ(observed(labels, 4032), "4xxx");
  EXPECT_EQ(observed(labels, 3999), "3xxx");
  EXPECT_EQ(sent(labels, 4999), "4xxx");
  EXPECT_TRUE(CodeLabels::is_overflow(labels.observed(4032)));
  EXPECT_TRUE(CodeLabels::is_overflow(labels.observed(3999)));
  EXPECT_EQ(observed(labels, 4031), "4031") << "what was seen stays exact";
  EXPECT_FALSE(CodeLabels::is_overflow(labels.observed(4031)));
  EXPECT_EQ(labels.size(), size);
}

TEST(CodeLabels, ListedCodesTakeNoneOfThe32) {
  const std::array<CloseCode, 3> listed{4999, 3500, 3000};
  CodeLabels labels(listed);
  for (CloseCode code = 4000; code < 4100; ++code) labels.observed(code);
  EXPECT_EQ(observed(labels, 4999), "4999");
  EXPECT_EQ(observed(labels, 3500), "3500");
  EXPECT_EQ(observed(labels, 3000), "3000");
  EXPECT_EQ(observed(labels, 4031), "4031");
  EXPECT_EQ(observed(labels, 4032), "4xxx");
  EXPECT_EQ(labels.size(), CodeLabels().size() + 2);
}

TEST(CodeLabels, ListedCodesAreChecked) {
  const std::array<CloseCode, 1> reserved{2999};
  EXPECT_THROW(CodeLabels{reserved}, std::invalid_argument);
  std::vector<CloseCode> many(CodeLabels::kMaxListedCodes + 1);
  for (std::size_t i = 0; i < many.size(); ++i) many[i] = static_cast<CloseCode>(4000 + i);
  EXPECT_THROW(CodeLabels{many}, std::invalid_argument);
  many.pop_back();
  EXPECT_EQ(CodeLabels{many}.size(), CodeLabels().size() + CodeLabels::kMaxListedCodes);
}

TEST(CodeLabels, EveryCodeHasOneOfTheValuesThatAreBounded) {
  CodeLabels labels;
  std::set<std::string> observed_texts{observed(labels, std::nullopt)};
  std::set<std::string> sent_texts{sent(labels, std::nullopt)};
  for (unsigned code = 0; code <= 0xFFFF; ++code) {
    observed_texts.insert(observed(labels, static_cast<CloseCode>(code)));
    sent_texts.insert(sent(labels, static_cast<CloseCode>(code)));
  }
  EXPECT_EQ(observed_texts.size(), labels.observed_values());
  EXPECT_EQ(sent_texts.size(), labels.sent_values());
  EXPECT_FALSE(observed_texts.contains("none"));
  EXPECT_FALSE(observed_texts.contains(""));
  for (const char* never_sent : {"1005", "1006", "1015", "unknown", ""}) {
    EXPECT_FALSE(sent_texts.contains(never_sent));
  }
}

TEST(CodeLabels, ThreadsAgreeOnTheLabels) {
  CodeLabels labels;
  std::array<std::vector<CodeLabel>, 2> seen;
  std::array<std::thread, 2> threads;
  for (std::size_t i = 0; i < threads.size(); ++i) {
    threads[i] = std::thread([&labels, &mine = seen[i]] {
      for (CloseCode code = 4000; code < 4064; ++code) mine.push_back(labels.observed(code));
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(seen[0], seen[1]);
}

}  // namespace
}  // namespace metrics
