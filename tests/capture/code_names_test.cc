#include "capture/code_names.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "capture/service.h"

namespace capture {
namespace {

CodeNames example() {
  return CodeNames({{"chat", {1}, {}, {}, {{4001, "session-expired"}}},
                    {"chat", {2}, {}, {}, {{4002, "moved"}}}},
                   {{"centrifuge", {"centrifuge"}, {}, {}, {{3000, "shutdown"}}},
                    {"obs", {}, {"*.obs.example"}, {"/obs"}, {{4004, "InvalidDataFieldType"}}},
                    {"own-graphql", {"graphql-transport-ws"}, {}, {}, {{4400, "Ours"}}}});
}

TEST(CodeNames, ComeFromServiceThenProfileThenRegistry) {
  struct Case {
    websocket::CloseCode code;
    CodeContext connection;
    std::string_view name;
  };
  const CodeNames names = example();
  for (const Case& c : std::vector<Case>{
           {1000, {}, "Normal Closure"},
           {1006, {"chat", "", "", ""}, "Abnormal Closure"},
           {4001, {"chat", "", "", ""}, "session-expired"},
           {4002, {"chat", "", "", ""}, "moved"},
           {4001, {"other", "", "", ""}, ""},
           {3000, {"other", "", "", ""}, "Unauthorized"},
           {3000, {"other", "centrifuge", "", ""}, "shutdown"},
           {4004, {"other", "", "a.OBS.example:80", "/obs/1"}, "InvalidDataFieldType"},
           {4004, {"other", "", "a.obs.example", "/"}, ""},
           {4400, {"other", "graphql-transport-ws", "", ""}, "Ours"},
           {4401, {"other", "graphql-transport-ws", "", ""}, "Unauthorized"},
           {4401, {"other", "graphql-ws", "", ""}, ""}}) {
    EXPECT_EQ(names.name(c.code, c.connection), c.name) << c.code << " " << c.connection.service;
  }
}

TEST(CodeNames, WithoutConfigurationHaveTheBuiltInProfiles) {
  const CodeNames names;
  EXPECT_EQ(names.name(4429, {"default", "graphql-transport-ws", "", ""}),
            "TooManyInitialisationRequests");
  EXPECT_EQ(names.all().size(), 9U);
}

TEST(CodeNames, ListEveryConfiguredCode) {
  const std::vector<CodeName> all = example().all();
  ASSERT_EQ(all.size(), 14U);
  EXPECT_THAT(std::vector(all.begin(), all.begin() + 3),
              testing::ElementsAre(CodeName{4001, "session-expired"}, CodeName{4002, "moved"},
                                   CodeName{3000, "shutdown"}));
}

}  // namespace
}  // namespace capture
