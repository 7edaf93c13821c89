#include "capture/config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "config/node.h"

namespace capture {
namespace {

using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

const std::filesystem::path kExample =
    std::filesystem::path(CLOSEWATCH_SOURCE_DIR) / "deploy/examples/capture.yaml";

Config good(std::string_view yaml) {
  std::vector<std::string> problems;
  std::optional<Config> config = read_config(yaml, "closewatch.yaml", problems);
  EXPECT_THAT(problems, IsEmpty()) << yaml;
  return config.value_or(Config{});
}

std::vector<std::string> problems_of(std::string_view yaml) {
  std::vector<std::string> problems;
  const bool is_read = read_config(yaml, "closewatch.yaml", problems).has_value();
  EXPECT_EQ(is_read, problems.empty()) << yaml;
  return problems;
}

TEST(Config, OfAFileThatSaysNothingIsTheDefault) {
  for (const std::string_view yaml : {"", "# nothing\n", "---\n", "{}", "limits:\nservices:\n"}) {
    const Config config = good(yaml);
    EXPECT_THAT(config.capture.interfaces, ElementsAre("any"));
    EXPECT_EQ(config.capture.filter, "tcp");
    EXPECT_EQ(config.limits.max_flows, 1'000'000U);
    EXPECT_EQ(config.metrics.listen, (config::ListenAddress{"127.0.0.1", 10060}));
    EXPECT_THAT(config.service_table().names(), ElementsAre("default"));
  }
}

TEST(Config, ReadsEveryKey) {
  const Config config = good(R"(
capture: {interfaces: [eth0, lo], filter: "tcp port 80", snapshot_length: 65535, buffer_size: 1GiB}
checksum: strict
metrics: {listen: "[::1]:9100"}
limits:
  max_flows: 5
  buffered_bytes: 1MiB
  buffered_segments_per_flow: 7
  fragments: 9
  fragment_bytes: 0
  report_connections: 11
thresholds: {idle: 1m, ping: 250ms, half_close_grace: 1s, vanish: 1h30m, opening_handshake: 10s}
services: [{name: a, ports: [1, 65535], hosts: ["*.a.example"], paths: [/a], codes: {4001: x y}}]
code_profiles: [{name: p, services: [a], subprotocols: [s], hosts: [h], paths: [/p], codes: {3000: "z"}}]
)");
  EXPECT_THAT(config.capture.interfaces, ElementsAre("eth0", "lo"));
  EXPECT_EQ(config.capture.filter, "tcp port 80");
  EXPECT_EQ(config.capture.snapshot_length, 65535U);
  EXPECT_EQ(config.capture.buffer_size, 1U << 30U);
  EXPECT_EQ(config.checksum, ChecksumMode::strict);
  EXPECT_EQ(config.metrics.listen, (config::ListenAddress{"::1", 9100}));
  EXPECT_EQ(config.limits.max_flows, 5U);
  EXPECT_EQ(config.limits.buffered_bytes, 1U << 20U);
  EXPECT_EQ(config.limits.buffered_segments_per_flow, 7U);
  EXPECT_EQ(config.limits.fragments, 9U);
  EXPECT_EQ(config.limits.fragment_bytes, 0U);
  EXPECT_EQ(config.limits.report_connections, 11U);
  EXPECT_EQ(config.thresholds.outcome_limits().idle, seconds{60});
  EXPECT_EQ(config.thresholds.outcome_limits().ping, std::chrono::milliseconds{250});
  EXPECT_EQ(config.thresholds.half_close_grace, seconds{1});
  EXPECT_EQ(config.thresholds.vanish, seconds{5400});
  EXPECT_EQ(config.thresholds.opening_handshake, seconds{10});
  ASSERT_EQ(config.services.size(), 1U);
  const ServiceRule& service = config.services[0];
  EXPECT_EQ(service.name, "a");
  EXPECT_THAT(service.ports, ElementsAre(1, 65535));
  EXPECT_THAT(service.hosts, ElementsAre("*.a.example"));
  EXPECT_THAT(service.paths, ElementsAre("/a"));
  EXPECT_THAT(service.codes, ElementsAre(config::CodeName{4001, "x y"}));
  ASSERT_EQ(config.code_profiles.size(), 1U);
  EXPECT_THAT(config.code_profiles[0].subprotocols, ElementsAre("s"));
  EXPECT_THAT(config.all_code_profiles(),
              ElementsAre(config::CodeProfile{"a", {"a"}, {}, {}, {}, {{4001, "x y"}}},
                          config::CodeProfile{"p", {"a"}, {"s"}, {"h"}, {"/p"}, {{3000, "z"}}}));
}

TEST(Config, SaysWhatIsWrongAndWhere) {
  struct Case {
    std::string_view yaml;
    std::vector<std::string> sentences;  // without the file's name
  };
  const std::vector<Case> cases{
      // Numbers.
      {"limits:\n  max_flows: lots\n",
       {R"(2:14: limits.max_flows: expected a number from 1 to 100000000, found "lots")"}},
      {"limits: {max_flows: 0}",
       {R"(1:21: limits.max_flows: expected a number from 1 to 100000000, found "0")"}},
      {"limits: {max_flows: '5'}",
       {R"(1:21: limits.max_flows: expected a number from 1 to 100000000, found the text "5")"}},
      {"limits: {max_flows: 1e3}",
       {R"(1:21: limits.max_flows: expected a number from 1 to 100000000, found "1e3")"}},
      {"limits: {max_flows: }",
       {R"(1:21: limits.max_flows: expected a number from 1 to 100000000, found nothing)"}},
      {"limits: {max_flows: [1]}",
       {R"(1:21: limits.max_flows: expected a number from 1 to 100000000, found a list)"}},
      {"limits: {max_flows: {a: 1}}",
       {R"(1:21: limits.max_flows: expected a number from 1 to 100000000, found a mapping)"}},
      // Sizes and durations.
      {"capture: {buffer_size: 64}",
       {R"(1:24: capture.buffer_size: expected a size from 64KiB to 2097151KiB, found "64")"}},
      {"thresholds: {idle: 30}",
       {R"(1:20: thresholds.idle: expected a duration from 1s to 1d, found "30")"}},
      {"thresholds: {vanish: 1ms}",
       {R"(1:22: thresholds.vanish: expected a duration from 1s to 365d, found "1ms")"}},
      // Words, text, addresses.
      {"checksum: off", {R"(1:11: checksum: expected auto or strict, found "off")"}},
      {"metrics: {listen: 10060}",
       {"1:19: metrics.listen: expected ADDRESS:PORT, such as 127.0.0.1:10060 or [::1]:10060, "
        "found \"10060\""}},
      {"capture: {filter: ''}", {R"(1:19: capture.filter: expected text, found "")"}},
      {"capture: {interfaces: eth0}",
       {R"(1:23: capture.interfaces: expected a list, found "eth0")"}},
      {"capture: {interfaces: [a, {b: c}]}",
       {"1:27: capture.interfaces[1]: expected the name of an interface, found a mapping"}},
      // Sections.
      {"limits: 5", {R"(1:9: limits: expected a mapping of keys to values, found "5")"}},
      {"- limits", {"1:1: expected a mapping of keys to values, found a list"}},
      {"just text", {R"(1:1: expected a mapping of keys to values, found "just text")"}},
      // Keys.
      {"limits:\n  max_flow: 5",
       {R"(2:3: limits.max_flow: unknown key, did you mean "max_flows"?)"}},
      {"limit: {}", {R"(1:1: limit: unknown key, did you mean "limits"?)"}},
      {"zzz: 1",
       {"1:1: zzz: unknown key, expected one of capture, checksum, metrics, limits, thresholds, "
        "services, code_profiles, log, events, alerts"}},
      {"limits: {[a]: 1}", {"1:10: limits: expected a key, found a list"}},
      {"limits:\n  max_flows: 1\n  max_flows: 2\n",
       {"3:3: limits.max_flows: given twice, first on line 2"}},
      {"checksum: auto\nlimits: {}\n'checksum': auto",
       {"3:1: checksum: given twice, first on line 1"}},
      // Services.
      {"services:\n  - ports: [1]", {"2:5: services[0]: expected a name"}},
      {"services:\n  - name: a\n    codes: {}\n",
       {"2:5: services[0]: expected at least one of ports, hosts and paths"}},
      {"services: [{name: other, ports: [1]}]",
       {"1:19: services[0].name: the name other is kept for connections that no rule matches"}},
      {"services: [{name: a b, ports: [1]}]",
       {"1:19: services[0].name: expected 1 to 64 letters, digits, `_`, `-` or `.`, found \"a "
        "b\""}},
      {"services: [{name: a, ports: [0, 70000]}]",
       {R"(1:30: services[0].ports[0]: expected a number from 1 to 65535, found "0")",
        R"(1:33: services[0].ports[1]: expected a number from 1 to 65535, found "70000")"}},
      {"services: [{name: a, hosts: ['a:80']}]",
       {"1:30: services[0].hosts[0]: expected a host name without a port, such as "
        "chat.example.com or \"*.example.com\", found \"a:80\""}},
      {"services: [{name: a, paths: [ws]}]",
       {"1:30: services[0].paths[0]: expected a path that begins with / and has no query, found "
        "\"ws\""}},
      {"services: [{name: a, ports: [1], codes: {1000: x}}]",
       {R"(1:42: services[0].codes: expected a number from 3000 to 4999, found "1000")"}},
      {"services: [{name: a, ports: [1], codes: {4000: [x]}}]",
       {"1:48: services[0].codes.4000: expected a name of 1 to 64 printable characters, found a "
        "list"}},
      {"services: [{name: a, ports: [1], codes: {4000: x, 4000: y}}]",
       {"1:51: services[0].codes.4000: given twice, first on line 1"}},
      {"services: [{name: a, ports: [1], codes: [4000]}]",
       {"1:41: services[0].codes: expected a mapping of close codes to names, such as {4001: "
        "session-expired}, found a list"}},
      {"code_profiles: [{name: p}]", {"1:17: code_profiles[0]: expected codes"}},
      // YAML.
      {"a: b: c", {"1:5: not valid YAML: illegal map value"}},
      {"limits: [", {"2:1: not valid YAML: end of sequence flow not found"}},
      {"limits: &a {}", {"1:9: anchors are not supported, write the value out"}},
      {"--- {}\n--- {}\n", {"2:1: expected one document, found a second one"}},
      // Hostile text does not reach the terminal.
      {"checksum: \"\\e[31m\"", {R"(1:11: checksum: expected auto or strict, found "\x1b[31m")"}},
      {"\"\\e[31m\": 1",
       {"1:1: \\x1b[31m: unknown key, expected one of capture, checksum, metrics, limits, "
        "thresholds, services, code_profiles, log, events, alerts"}},
      // Several at once.
      {"checksum: no\nlimits: {max_flows: no}\nx: 1",
       {R"(1:11: checksum: expected auto or strict, found "no")",
        R"(2:21: limits.max_flows: expected a number from 1 to 100000000, found "no")",
        "3:1: x: unknown key, expected one of capture, checksum, metrics, limits, thresholds, "
        "services, code_profiles, log, events, alerts"}},
  };
  for (const Case& c : cases) {
    std::vector<std::string> expected;
    for (const std::string& sentence : c.sentences) {
      expected.push_back("closewatch.yaml:" + sentence);
    }
    EXPECT_EQ(problems_of(c.yaml), expected) << c.yaml;
  }
}

TEST(Config, RefusesWhatCouldGrowOrHide) {
  const auto first = [](std::string_view yaml) {
    const std::vector<std::string> problems = problems_of(yaml);
    return problems.empty() ? std::string() : problems.front();
  };
  EXPECT_EQ(first(std::string(config::kMaxYamlBytes + 1, '#')),
            "closewatch.yaml: expected at most 1 MiB, found more");
  EXPECT_EQ(first(std::string(100'000, '[')), "closewatch.yaml:1:9: nested too deeply");
  EXPECT_EQ(first(std::string_view("a: b\nc: \x04 d\n")),
            "closewatch.yaml:2:4: expected text in UTF-8, found the byte 0x04");
  EXPECT_EQ(first(std::string_view("a\0", 2)),
            "closewatch.yaml:1:2: expected text in UTF-8, found the byte 0x00");
  EXPECT_EQ(first("a: &x [1]\nb: *x\n"),
            "closewatch.yaml:1:4: anchors are not supported, write the value out");
  EXPECT_EQ(first("a: *x\n"),
            "closewatch.yaml:1:4: not valid YAML: the referenced anchor is not defined");

  std::string many = "services:\n";
  for (int i = 0; i < 64; ++i) many += "- {name: s" + std::to_string(i) + ", ports: [1]}\n";
  EXPECT_EQ(first(many), "closewatch.yaml:2:1: services: expected at most 63 names, found 64");
  std::string keys;
  for (int i = 0; i < 5000; ++i) keys += "k" + std::to_string(i) + ": 1\n";
  EXPECT_EQ(first(keys), "closewatch.yaml:4097:1: more than 4096 entries");
  keys.resize(keys.find("k4000"));
  EXPECT_EQ(problems_of(keys).size(), 50U) << "as many sentences as anybody reads";
}

TEST(Config, ExampleHasTheDefaults) {
  std::vector<std::string> problems;
  const std::optional<Config> config = load_config(kExample.string(), problems);
  EXPECT_THAT(problems, IsEmpty());
  ASSERT_TRUE(config);
  const Config defaults;
  EXPECT_EQ(config->capture.interfaces, defaults.capture.interfaces);
  EXPECT_EQ(config->capture.filter, defaults.capture.filter);
  EXPECT_EQ(config->capture.snapshot_length, defaults.capture.snapshot_length);
  EXPECT_EQ(config->capture.buffer_size, defaults.capture.buffer_size);
  EXPECT_EQ(config->checksum, defaults.checksum);
  EXPECT_EQ(config->metrics.listen, defaults.metrics.listen);
  EXPECT_EQ(config->limits, defaults.limits);
  EXPECT_EQ(config->thresholds, defaults.thresholds);
  EXPECT_EQ(config->operation.log, defaults.operation.log);
  EXPECT_EQ(config->operation.events, defaults.operation.events);
  EXPECT_EQ(config->operation.alerts.interval, defaults.operation.alerts.interval);
  EXPECT_EQ(config->operation.alerts.thresholds, defaults.operation.alerts.thresholds);
  EXPECT_EQ(config->operation.alerts.alertmanager, defaults.operation.alerts.alertmanager);
  EXPECT_THAT(config->service_table().names(), ElementsAre("chat", "ticker", "other"));
  const std::vector<config::CodeProfile> profiles = config->all_code_profiles();
  ASSERT_EQ(profiles.size(), 2U);
  EXPECT_EQ(profiles[0].codes[0], (config::CodeName{4001, "session-expired"}));
  EXPECT_EQ(profiles[1].codes[1], (config::CodeName{4009, "AuthenticationFailed"}));
}

TEST(Config, CutAnywhereIsReadOrRefused) {
  std::ifstream stream(kExample);
  std::stringstream text;
  text << stream.rdbuf();
  const std::string yaml = text.str();
  ASSERT_GT(yaml.size(), 1000U);
  for (std::size_t length = 0; length < yaml.size(); ++length) {
    problems_of(std::string_view(yaml).substr(0, length));
  }
}

TEST(Config, FileThatCannotBeReadIsAProblem) {
  std::vector<std::string> problems;
  EXPECT_FALSE(load_config("/nowhere/closewatch.yaml", problems));
  EXPECT_FALSE(load_config("/", problems));
  EXPECT_THAT(problems,
              ElementsAre("/nowhere/closewatch.yaml: cannot be read: No such file or directory",
                          "/: cannot be read: Is a directory"));
}

}  // namespace
}  // namespace capture
