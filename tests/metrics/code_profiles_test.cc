#include "metrics/code_profiles.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace metrics {
namespace {

using config::CodeName;
using config::CodeProfile;

std::string_view row_name(const std::vector<CodeName>& rows, websocket::CloseCode code) {
  const auto row = std::ranges::find(rows, code, &CodeName::code);
  return row == rows.end() ? std::string_view{} : std::string_view(row->name);
}

TEST(CodeProfiles, TheRegistryNamesWhatNoProfileDoes) {
  const CodeProfiles profiles;
  EXPECT_EQ(profiles.name(1006, {}), "Abnormal Closure");
  EXPECT_EQ(profiles.name(4400, {}), "");
  EXPECT_EQ(profiles.name(4400, {.subprotocol = "graphql-transport-ws"}), "BadRequest");
  EXPECT_EQ(profiles.name(4504, {.subprotocol = "graphql-transport-ws"}),
            "ConnectionAcknowledgementTimeout");
  EXPECT_EQ(profiles.name(1000, {.subprotocol = "graphql-transport-ws"}), "Normal Closure");
}

TEST(CodeProfiles, AProfileAppliesWhereOneOfEachKindMatches) {
  CodeProfiles profiles;
  CodeProfile discord;
  discord.hosts = {"gateway.example", "*.chat.example"};
  discord.paths = {"/ws", "/v2/"};
  discord.codes = {{4004, "Authentication failed"}};
  profiles.add(discord);
  const auto name = [&](std::string_view host, std::string_view path) {
    return profiles.name(4004, {.host = host, .path = path});
  };
  EXPECT_EQ(name("gateway.example", "/ws"), "Authentication failed");
  EXPECT_EQ(name("GATEWAY.example:8443", "/ws/1"), "Authentication failed");
  EXPECT_EQ(name("eu.chat.example", "/v2/x"), "Authentication failed");
  EXPECT_EQ(name("eu.chat.example", "/v2"), "Authentication failed");
  EXPECT_EQ(name("chat.example", "/ws"), "");
  EXPECT_EQ(name("gateway.example", "/wsx"), "");
  EXPECT_EQ(name("", "/ws"), "");
}

TEST(CodeProfiles, IPv6Hosts) {
  CodeProfiles profiles;
  CodeProfile profile;
  profile.hosts = {"[::1]"};
  profile.codes = {{4000, "Mine"}};
  profiles.add(profile);
  EXPECT_EQ(profiles.name(4000, {.host = "[::1]:8080"}), "Mine");
  EXPECT_EQ(profiles.name(4000, {.host = "[::1]"}), "Mine");
  EXPECT_EQ(profiles.name(4000, {.host = "[::1"}), "");
}

TEST(CodeProfiles, ConfiguredProfilesComeFirstInTheirOrder) {
  CodeProfiles profiles;
  CodeProfile first;
  first.services = {"chat"};
  first.codes = {{4400, "First"}};
  CodeProfile second;
  second.codes = {{4400, "Second"}, {3000, "Mine"}};
  profiles.add(first);
  profiles.add(second);
  EXPECT_EQ(profiles.name(4400, {.service = "chat"}), "First");
  EXPECT_EQ(profiles.name(4400, {.subprotocol = "graphql-transport-ws"}), "Second");
  EXPECT_EQ(profiles.name(3000, {}), "Mine");
}

TEST(CodeProfiles, AllHasOneRowACode) {
  CodeProfiles profiles;
  CodeProfile profile;
  profile.codes = {{4401, "No token"}, {1000, "Normal Closure"}};
  profiles.add(profile);
  const auto rows = profiles.all();
  EXPECT_EQ(row_name(rows, 4401), "No token / Unauthorized");
  EXPECT_EQ(row_name(rows, 1000), "Normal Closure");
  EXPECT_EQ(row_name(rows, 1012), "Service Restart");
  EXPECT_TRUE(std::ranges::is_sorted(rows, {}, &CodeName::code));
  EXPECT_EQ(std::ranges::adjacent_find(rows, {}, &CodeName::code), rows.end());
}

}  // namespace
}  // namespace metrics
