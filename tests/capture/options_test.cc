#include "capture/options.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

namespace capture {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::vector<std::string> words(const std::string& line) {
  std::istringstream stream(line);
  return {std::istream_iterator<std::string>(stream), {}};
}

Options good(const std::string& line) {
  const auto parsed = parse_options(words(line), "1.2.3");
  EXPECT_EQ(parsed.exit_code, std::nullopt) << line << "\n" << parsed.text;
  return parsed.options;
}

TEST(Options, CaptureFromAnyInterfaceWithoutAWord) {
  const Options options = good("");
  Config config;
  override_config(options, config);
  EXPECT_THAT(config.capture.interfaces, ElementsAre("any"));
  EXPECT_EQ(config.capture.filter, "tcp");
  EXPECT_EQ(config.capture.snapshot_length, 262144U);
  EXPECT_EQ(config.capture.buffer_size, 64U << 20U);
  EXPECT_EQ(config.metrics.listen, (config::ListenAddress{"127.0.0.1", 10060}));
  EXPECT_EQ(options.report(), std::nullopt);
}

TEST(Options, ReadLiveCapture) {
  const Options options = good(
      "-i eth0 --interface=lo -ieth1 -s 0 -B 4096 --metrics-listen [::1]:9 --show-reasons "
      "--config c.yaml tcp port 80");
  EXPECT_THAT(options.interfaces, ElementsAre("eth0", "lo", "eth1"));
  EXPECT_EQ(options.snapshot_length, 262144U);
  EXPECT_EQ(options.buffer_size, 4096U * 1024) << "KiB, as for tcpdump";
  EXPECT_EQ(options.metrics_listen, (config::ListenAddress{"::1", 9}));
  EXPECT_EQ(options.config_file, "c.yaml");
  EXPECT_TRUE(options.show_reasons);
  EXPECT_EQ(options.filter, "tcp port 80");
  EXPECT_FALSE(options.reads_savefiles());
}

TEST(Options, ReadSavefiles) {
  const Options options =
      good("-r a.pcap tcp -r - port 80 --output csv --metrics-once m.prom --no-progress");
  EXPECT_THAT(options.savefiles, ElementsAre("a.pcap", "-"));
  EXPECT_EQ(options.filter, "tcp port 80");
  EXPECT_EQ(options.report(), Output::csv);
  EXPECT_EQ(options.metrics_once, "m.prom");
  EXPECT_TRUE(options.no_progress);
  EXPECT_EQ(good("-r a").report(), Output::table);
  EXPECT_EQ(good("-r a --metrics-once -").report(), std::nullopt);
}

TEST(Options, SayWhoseTheSandboxIs) {
  EXPECT_TRUE(good("-i lo").sandbox);
  EXPECT_EQ(good("-i lo").user, "");
  EXPECT_EQ(good("-r a --user root --sandbox=on").user, "root");
  EXPECT_FALSE(good("-i lo --sandbox=off").sandbox);
}

TEST(Options, KeepTheFilterAsItWasWritten) {
  EXPECT_EQ(good("tcp [tcpflags] & tcp-syn != 0").filter, "tcp [tcpflags] & tcp-syn != 0");
  EXPECT_EQ(good("-i lo -- -1 < len and port 80").filter, "-1 < len and port 80");
  EXPECT_EQ(good("port 80 -i lo or port 81").filter, "port 80 or port 81");
}

TEST(Options, LastOfSeveralCounts) {
  EXPECT_EQ(good("-s 100 -s 200").snapshot_length, 200U);
  EXPECT_EQ(good("-B 64MiB --buffer-size 128MiB").buffer_size, 128U << 20U);
  EXPECT_TRUE(good("--show-reasons --show-reasons").show_reasons);
}

TEST(Options, ComeBeforeTheConfiguration) {
  Config config;
  config.capture.interfaces = {"eth0"};
  config.capture.filter = "port 80";
  config.capture.buffer_size = 1 << 20;
  override_config(good("--buffer-size 2MiB"), config);
  EXPECT_THAT(config.capture.interfaces, ElementsAre("eth0"));
  EXPECT_EQ(config.capture.filter, "port 80");
  EXPECT_EQ(config.capture.buffer_size, 2U << 20U);
  override_config(good("-i lo -s 96 --metrics-listen [::]:1 port 81"), config);
  EXPECT_THAT(config.capture.interfaces, ElementsAre("lo"));
  EXPECT_EQ(config.capture.filter, "port 81");
  EXPECT_EQ(config.capture.snapshot_length, 96U);
  EXPECT_EQ(config.metrics.listen, (config::ListenAddress{"::", 1}));
  override_config(good("-r a"), config);
  EXPECT_EQ(config.capture.filter, "") << "the configured filter is that of a live capture";
}

TEST(Options, RefuseWithOneSentence) {
  struct Case {
    std::string line;
    std::string sentence;
  };
  for (
      const Case& c : std::vector<Case>{
          {"--outputt json", "There is no option --outputt; did you mean --output?"},
          {"--frobnicate=1", "There is no option --frobnicate."},
          {"-x", "There is no option -x."},
          {"--show-reasons=no", "--show-reasons takes no value."},
          {"--help=no", "--help takes no value."},
          {"-r", "--read needs a value."},
          {"--output", "--output needs a value."},
          {"-r a --output xml", "--output: expected table, json or csv, found \"xml\"."},
          {"-s 5", "--snapshot-length: expected a number of bytes from 64 to 262144, found \"5\"."},
          {"-s all",
           "--snapshot-length: expected a number of bytes from 64 to 262144, found \"all\"."},
          {"-B big",
           "--buffer-size: expected a size from 64KiB to 2097151KiB, such as 64MiB, found "
           "\"big\"."},
          {"-B 4GiB",
           "--buffer-size: expected a size from 64KiB to 2097151KiB, such as 64MiB, found "
           "\"4GiB\"."},
          {"--metrics-listen 10060",
           "--metrics-listen: expected ADDRESS:PORT, such as 127.0.0.1:10060 or [::1]:10060, found "
           "\"10060\"."},
          {"--config=", "--config needs a value."},
          {"--output json", "--output needs -r: it is the format of the report on savefiles."},
          {"--metrics-once m",
           "--metrics-once needs -r; a live capture serves its metrics, see --metrics-listen."},
          {"-i lo -r a",
           "-i and -r exclude each other: capture from interfaces or read savefiles."},
          {"-r a --metrics-listen [::1]:1",
           "--metrics-listen is for a live capture; with -r use --metrics-once."},
          {"-r a --metrics-once - --output json",
           "--output and --metrics-once - both write to standard output."},
          {"-r - -r -", "Standard input can be read only once."},
          {"--sandbox=maybe", "--sandbox: expected on or off, found \"maybe\"."},
          {"--user nobody --sandbox=off",
           "--user needs --sandbox=on, which is what becomes another user."},
          {"--check-config", "--check-config needs --config."}}) {
    const auto parsed = parse_options(words(c.line), "");
    EXPECT_EQ(parsed.exit_code, config::kExitUsage) << c.line;
    EXPECT_EQ(parsed.text,
              "closewatch-capture: " + c.sentence + "\nTry closewatch-capture --help.\n");
  }
}

TEST(Options, PrintVersionAndHelp) {
  const auto version = parse_options({"--version"}, "1.2.3");
  EXPECT_EQ(version.exit_code, 0);
  EXPECT_EQ(version.text, "closewatch-capture 1.2.3\n");
  for (const std::string flag : {"-h", "--help"}) {
    const auto help = parse_options({flag, "-i", "lo"}, "1.2.3");
    EXPECT_EQ(help.exit_code, 0);
    EXPECT_EQ(help.text, help_text());
  }
}

TEST(Options, HelpFitsAScreen) {
  std::istringstream help(help_text());
  std::size_t lines = 0;
  for (std::string line; std::getline(help, line); ++lines) EXPECT_LE(line.size(), 80U) << line;
  EXPECT_LE(lines, 40U);
  EXPECT_THAT(help_text(), HasSubstr("\n  -r, --read FILE                read pcap or pcapng"));
  EXPECT_THAT(help_text(), HasSubstr("\n      --output FORMAT            report as table, json"));
}

TEST(Options, HostileArgumentsDoNotReachTheTerminal) {
  const auto parsed = parse_options({"--\x1b[31m"}, "");
  EXPECT_EQ(parsed.exit_code, config::kExitUsage);
  EXPECT_EQ(parsed.text.find('\x1b'), std::string::npos) << parsed.text;
}

}  // namespace
}  // namespace capture
