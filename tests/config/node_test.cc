#include "config/node.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace config {
namespace {

using ::testing::ElementsAre;

TEST(Yaml, WhatTheParserSaysOfHostileTextDoesNotReachTheTerminal) {
  Problems problems("c.yaml");
  EXPECT_FALSE(parse_yaml("a: \"\\\xf5\"\n", problems));
  EXPECT_THAT(problems.sentences(),
              ElementsAre("c.yaml:1:7: not valid YAML: unknown escape character: \\xf5"));
}

TEST(Yaml, WarningsAreNoProblems) {
  Problems problems("c.yaml");
  problems.warn({.line = 2, .column = 3}, "mind the gap");
  EXPECT_TRUE(problems.empty());
  EXPECT_THAT(problems.warnings(), ElementsAre("c.yaml:2:3: warning: mind the gap"));
}

}  // namespace
}  // namespace config
