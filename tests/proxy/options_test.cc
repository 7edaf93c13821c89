#include "proxy/options.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

namespace proxy {
namespace {

using config::ListenAddress;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::vector<std::string> words(const std::string& line) {
  std::istringstream stream(line);
  return {std::istream_iterator<std::string>(stream), {}};
}

ListenerOptions at(const ListenAddress& address) {
  ListenerOptions listener;
  listener.address = address;
  return listener;
}

Options good(const std::string& line) {
  const auto parsed = parse_options(words(line), "1.2.3");
  EXPECT_EQ(parsed.exit_code, std::nullopt) << line << "\n" << parsed.text;
  return parsed.options;
}

ProxyConfig configured(std::string_view yaml) {
  std::vector<std::string> problems;
  std::optional<ProxyConfig> config = read_config(yaml, "p.yaml", problems);
  EXPECT_THAT(problems, IsEmpty());
  return config.value_or(ProxyConfig{});
}

TEST(ProxyOptions, AreEnoughWithoutAFile) {
  const Options options = good("--listen 0.0.0.0:8080 --upstream 127.0.0.1:9000");
  ProxyConfig config;
  EXPECT_EQ(override_config(options, config), "");
  EXPECT_THAT(config.listeners, ElementsAre(at({"0.0.0.0", 8080})));
  ServiceOptions service;
  service.name = "default";
  service.upstreams = {{"127.0.0.1", 9000}};
  EXPECT_THAT(config.services, ElementsAre(service));
  EXPECT_THAT(config.routes, IsEmpty()) << "everything goes to the first service";
  EXPECT_EQ(config.metrics_listen, (ListenAddress{"127.0.0.1", 10061}));
  EXPECT_EQ(config.threads, 0U);
}

TEST(ProxyOptions, AreRead) {
  const Options options = good(
      "--listen :1 --listen=[::1]:2 --upstream a:3 --upstream b:4 --threads 8 "
      "--metrics-listen [::]:5 --events - --show-reasons --config c.yaml --check-config");
  EXPECT_THAT(options.listen, ElementsAre(ListenAddress{"", 1}, ListenAddress{"::1", 2}));
  EXPECT_THAT(options.upstreams, ElementsAre(ListenAddress{"a", 3}, ListenAddress{"b", 4}));
  EXPECT_EQ(options.threads, 8U);
  EXPECT_EQ(options.metrics_listen, (ListenAddress{"::", 5}));
  EXPECT_EQ(options.operation.events, "-");
  EXPECT_EQ(options.config_file, "c.yaml");
  EXPECT_TRUE(options.show_reasons);
  EXPECT_TRUE(options.check_config);
  const Options silent = good("--config c.yaml");
  EXPECT_FALSE(silent.show_reasons);
  EXPECT_FALSE(silent.check_config);
  EXPECT_FALSE(silent.operation.events);
}

TEST(ProxyOptions, SayWhoseTheSandboxIs) {
  EXPECT_TRUE(good("--config c.yaml").sandbox);
  EXPECT_EQ(good("--config c.yaml").user, "");
  EXPECT_EQ(good("--config c.yaml --user www-data").user, "www-data");
  EXPECT_FALSE(good("--config c.yaml --sandbox=off").sandbox);
}

TEST(ProxyOptions, ComeBeforeTheConfiguration) {
  ProxyConfig config = configured(R"(
listeners: [{address: "a:1", proxy_protocol: true}, {address: "b:2"}]
services: [{name: chat, upstreams: [c:3], max_connections: 7}]
metrics: {listen: ":4"}
threads: 2
)");
  EXPECT_EQ(override_config(good("--config c"), config), "");
  EXPECT_EQ(config.listeners.size(), 2U);
  EXPECT_THAT(config.services[0].upstreams, ElementsAre(ListenAddress{"c", 3}));
  EXPECT_EQ(config.metrics_listen, (ListenAddress{"", 4}));
  EXPECT_EQ(config.threads, 2U);

  EXPECT_EQ(
      override_config(good("--config c --listen d:5 --upstream e:6 --upstream f:7 --threads 0 "
                           "--metrics-listen g:8"),
                      config),
      "");
  EXPECT_THAT(config.listeners, ElementsAre(at({"d", 5})));
  ASSERT_EQ(config.services.size(), 1U);
  EXPECT_EQ(config.services[0].name, "chat");
  EXPECT_EQ(config.services[0].max_connections, 7U);
  EXPECT_THAT(config.services[0].upstreams,
              ElementsAre(ListenAddress{"e", 6}, ListenAddress{"f", 7}));
  EXPECT_EQ(config.metrics_listen, (ListenAddress{"g", 8}));
  EXPECT_EQ(config.threads, 0U);
}

TEST(ProxyOptions, UpstreamHasTheConfiguredTimeouts) {
  ProxyConfig config = configured("timeouts: {idle: 1m}");
  EXPECT_EQ(override_config(good("--config c --listen a:1 --upstream b:2"), config), "");
  EXPECT_EQ(config.services.at(0).timeouts.idle, std::chrono::minutes{1});
}

TEST(ProxyOptions, AndTheConfigurationMakeAProxyTogether) {
  struct Case {
    std::string yaml;
    std::string line;
    std::string sentence;
  };
  const std::string one = "services: [{name: a, upstreams: [a:1]}]\n";
  const std::string two = "services: [{name: a, upstreams: [a:1]}, {name: b, upstreams: [b:1]}]\n";
  for (const Case& c : std::vector<Case>{
           {one, "", "There is no listener: give --listen or configure listeners."},
           {"", "--listen a:1", "There is no service: give --upstream or configure services."},
           {two, "--listen a:1 --upstream c:1",
            "--upstream needs a configuration with one service: it cannot say which of several."},
           {two, "--listen a:1", ""},
           {one, "--listen :80 --listen 0.0.0.0:80", "There are two listeners on 0.0.0.0:80."},
           {one, "--listen 127.0.0.1:10061",
            "Connections and metrics cannot share 127.0.0.1:10061."},
           {one + "listeners: [{address: ':1'}]", "--metrics-listen :1",
            "Connections and metrics cannot share :1."}}) {
    ProxyConfig config = configured(c.yaml);
    EXPECT_EQ(override_config(good("--config c " + c.line), config), c.sentence)
        << c.yaml << c.line;
  }
}

TEST(ProxyOptions, RefuseWithOneSentence) {
  struct Case {
    std::string line;
    std::string sentence;
  };
  for (const Case& c : std::vector<Case>{
           {"", "--listen is missing: where are connections accepted?"},
           {"--upstream a:1", "--listen is missing: where are connections accepted?"},
           {"--listen a:1", "--upstream is missing: where do connections go?"},
           {"--listen 8080",
            "--listen: expected ADDRESS:PORT, such as 127.0.0.1:10060 or [::1]:10060, found "
            "\"8080\"."},
           {"--upstream :9000",
            "--upstream: expected HOST:PORT, such as 10.0.0.1:9000 or chat.internal:9000, found "
            "\":9000\"."},
           {"--upstream a:0",
            "--upstream: expected HOST:PORT, such as 10.0.0.1:9000 or chat.internal:9000, found "
            "\"a:0\"."},
           {"--upstream http://a:1",
            "--upstream: expected HOST:PORT, such as 10.0.0.1:9000 or chat.internal:9000, found "
            "\"http://a:1\"."},
           {"--threads 1025", "--threads: expected a number from 0 to 1024, found \"1025\"."},
           {"--threads many", "--threads: expected a number from 0 to 1024, found \"many\"."},
           {"--listen a:1 --upstream b:1 --check-config", "--check-config needs --config."},
           {"--config", "--config needs a value."},
           {"--config c --sandbox=no", "--sandbox: expected on or off, found \"no\"."},
           {"--config c --user x --sandbox=off",
            "--user needs --sandbox=on, which is what becomes another user."},
           {"--config c proxy.yaml",
            "\"proxy.yaml\" is no option; did you mean --upstream or --config?"},
           {"--config c -- --listen",
            "\"--listen\" is no option; did you mean --upstream or --config?"},
           {"--listn a:1", "There is no option --listn; did you mean --listen?"},
           {"--show-reasons=yes", "--show-reasons takes no value."}}) {
    const auto parsed = parse_options(words(c.line), "");
    EXPECT_EQ(parsed.exit_code, config::kExitUsage) << c.line;
    EXPECT_EQ(parsed.text, "closewatch-proxy: " + c.sentence + "\nTry closewatch-proxy --help.\n");
  }
}

TEST(ProxyOptions, PrintVersionAndHelp) {
  const auto version = parse_options({"--version"}, "1.2.3");
  EXPECT_EQ(version.exit_code, 0);
  EXPECT_EQ(version.text, "closewatch-proxy 1.2.3\n");
  EXPECT_EQ(parse_options({"--help"}, "").text, help_text());
  std::istringstream help(help_text());
  std::size_t lines = 0;
  for (std::string line; std::getline(help, line); ++lines) EXPECT_LE(line.size(), 80U) << line;
  EXPECT_LE(lines, 40U);
  EXPECT_THAT(help_text(), HasSubstr("\n      --listen ADDR:PORT         accept connections"));
}

}  // namespace
}  // namespace proxy
