#include "config/alert_options.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/document.h"
#include "config/operation.h"
#include "config/web_address.h"

namespace config {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

struct File {
  Operation operation;
};

constexpr auto kKeys = operation_keys<File>();

struct Read {
  std::optional<File> file;
  std::vector<std::string> problems;
};

Read read(std::string_view yaml) {
  Read result;
  result.file = read_document<File>(
      yaml, "file.yaml", kKeys, [](const Value&, const File&) {}, result.problems);
  return result;
}

const AlertThreshold& threshold(const Read& result, Alert alert, std::string_view service = "") {
  return result.file->operation.alerts.of(service)[static_cast<std::size_t>(alert)];
}

TEST(AlertOptions, NothingSaidIsTheDefaults) {
  const Read result = read("{}");
  ASSERT_THAT(result.problems, IsEmpty());
  EXPECT_EQ(result.file->operation.alerts, AlertOptions{});
  EXPECT_EQ(threshold(result, Alert::mass_disconnect).minimum, 20U);
  EXPECT_EQ(threshold(result, Alert::mass_disconnect).share, 0.05);
}

TEST(AlertOptions, AServiceChangesWhatIsSetForAll) {
  const Read result = read(R"(
alerts:
  services:
    chat:
      WebSocketMassDisconnect: {share: 20%}
  rules:
    WebSocketMassDisconnect: {minimum: 50, for: 1m, keep_firing_for: 0}
    WebSocketReconnectStorm: {times: 2.5}
    WebSocketMassClosure: {enabled: false}
)");
  ASSERT_THAT(result.problems, IsEmpty());
  EXPECT_EQ(threshold(result, Alert::mass_disconnect, "chat"),
            (AlertThreshold{.minimum = 50, .share = 0.2, .pending = 1min}));
  EXPECT_EQ(threshold(result, Alert::mass_disconnect, "api"),
            (AlertThreshold{.minimum = 50, .share = 0.05, .pending = 1min}));
  EXPECT_EQ(threshold(result, Alert::reconnect_storm).times, 2.5);
  EXPECT_FALSE(threshold(result, Alert::mass_closure).enabled);
}

TEST(AlertOptions, AnAlertmanagerMayWantAPassword) {
  const Read result = read(R"(
alerts:
  interval: 5s
  alertmanager:
    urls: [http://127.0.0.1:9093, "https://[::1]:9093/prefix/"]
    username: closewatch
    password_file: /run/password
    labels: {cluster: blue}
    timeout: 3s
)");
  ASSERT_THAT(result.problems, IsEmpty());
  const AlertmanagerOptions& options = result.file->operation.alerts.alertmanager;
  EXPECT_EQ(options.urls.size(), 2U);
  EXPECT_EQ(options.username, "closewatch");
  EXPECT_THAT(options.labels, ElementsAre(std::pair{"cluster", "blue"}));
  EXPECT_EQ(options.timeout, 3s);
}

TEST(AlertOptions, WhatIsWrongIsOneSentence) {
  const struct {
    std::string_view yaml;
    std::string_view problem;
  } kCases[] = {
      {"alerts: {rules: {WebSocketMassDisconect: {}}}", "WebSocketMassDisconnect"},
      {"alerts: {rules: {WebSocketMassDisconnect: {share: 120%}}}", "expected a share from 0%"},
      {"alerts: {rules: {WebSocketMassDisconnect: {share: -5%}}}", "expected a share from 0%"},
      {"alerts: {rules: {WebSocketMassDisconnect: {times: 5}}}", "only WebSocketReconnectStorm"},
      {"alerts: {rules: {WebSocketReconnectStorm: {share: 5%}}}", "no `share`"},
      {"alerts: {rules: {WebSocketReconnectStorm: {times: 0.5}}}", "expected a number from 1"},
      {"alerts: {rules: {WebSocketMassClosure: {share: 5%}}}", "counts incidents"},
      {"alerts: {alertmanager: {urls: [127.0.0.1:9093]}}", "expected an address such as http://"},
      {"alerts: {alertmanager: {username: me}}", "go together"},
      {"alerts: {alertmanager: {labels: {a-b: c}}}", "expected a label's name"},
      {"events: {only: some}", "expected all or abnormal"},
      {"events: {sample: 0}", "expected a share above 0%"},
      {"log: {level: loud}", "debug, info, warning or error"},
  };
  for (const auto& [yaml, problem] : kCases) {
    const Read result = read(yaml);
    EXPECT_FALSE(result.file) << yaml;
    EXPECT_THAT(result.problems, ElementsAre(HasSubstr(std::string(problem)))) << yaml;
  }
}

TEST(WebAddress, IsTakenApart) {
  const struct {
    std::string_view url;
    WebAddress address;
  } kGood[] = {
      {"http://alerts", {false, "alerts", 80, ""}},
      {"https://alerts/", {true, "alerts", 443, ""}},
      {"http://10.0.0.1:9093", {false, "10.0.0.1", 9093, ""}},
      {"https://[2001:db8::1]:1/a/b/", {true, "2001:db8::1", 1, "/a/b"}},
  };
  for (const auto& [url, address] : kGood) EXPECT_EQ(WebAddress::parse(url), address) << url;
  for (const std::string_view bad :
       {"", "alerts", "ftp://a", "http://", "http://:1", "http://a:", "http://a:0",
        "http://a:65536", "http://a:1x", "http://u@a", "http://a b", "http://a/ b", "http://a/?q",
        "http://[::1", "http://[]", "http://a\r\nX: y", "http://a/\r\n"}) {
    EXPECT_FALSE(WebAddress::parse(bad)) << bad;
  }
  EXPECT_EQ(WebAddress::parse("http://[::1]:9093")->authority(), "[::1]:9093");
}

TEST(OperationFlags, ComeBeforeWhatIsConfigured) {
  OperationFlags flags;
  EXPECT_EQ(read_events("stderr", flags), "");
  EXPECT_EQ(read_events_only("abnormal", flags), "");
  EXPECT_EQ(read_events_sample("10%", flags), "");
  EXPECT_EQ(read_log_level("debug", flags), "");
  EXPECT_EQ(read_log_format("json", flags), "");
  Operation operation;
  flags.override_in(operation);
  EXPECT_EQ(operation.events.to, "stderr");
  EXPECT_EQ(operation.events.only, EventKind::abnormal);
  EXPECT_EQ(operation.events.sample, 0.1);
  EXPECT_EQ(operation.log.level, LogLevel::debug);
  EXPECT_EQ(operation.log.format, LogFormat::json);
  EXPECT_EQ(read_events_only("some", flags), "all or abnormal");
  EXPECT_NE(read_events_sample("0%", flags), "");
  EXPECT_NE(read_events("", flags), "");
}

}  // namespace
}  // namespace config
