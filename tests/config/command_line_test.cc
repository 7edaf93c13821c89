#include "config/command_line.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/option_readers.h"

namespace config {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

struct Options {
  std::vector<ListenAddress> listen;
  std::optional<ListenAddress> metrics;
  std::string file;
  bool loud = false;
};

constexpr Program kProgram{.name = "ring", .introduction = "Rings.\n"};
constexpr auto kRows = std::to_array<OptionRow<Options>>({
    {{"-l,--listen", "ADDR:PORT", "Where", "ring here;\nrepeat it for several"},
     add_listen_address<&Options::listen>},
    {{"--metrics", "ADDR:PORT", "Where", "metrics"}, set_listen_address<&Options::metrics>},
    {{"--file", "FILE", "How", "read it"}, set_file<&Options::file>},
    {{"--loud", "", "How", "louder"}, set_flag<&Options::loud>},
});

ParsedCommandLine<Options> parse(std::vector<std::string> arguments) {
  return parse_command_line(kProgram, "1.2.3", std::span<const OptionRow<Options>>(kRows),
                            std::move(arguments));
}

TEST(CommandLine, FillsAStructByItsTable) {
  const auto parsed = parse({"-l", "a:1", "one", "--listen=b:2", "--loud", "two", "--metrics",
                             "[::1]:3", "--file", "-", "--", "--loud", "--", "-x"});
  EXPECT_EQ(parsed.exit_code, std::nullopt) << parsed.text;
  EXPECT_THAT(parsed.options.listen, ElementsAre(ListenAddress{"a", 1}, ListenAddress{"b", 2}));
  EXPECT_EQ(parsed.options.metrics, (ListenAddress{"::1", 3}));
  EXPECT_EQ(parsed.options.file, "-");
  EXPECT_TRUE(parsed.options.loud);
  EXPECT_THAT(parsed.words, ElementsAre("one", "two", "--loud", "--", "-x"));
}

TEST(CommandLine, OfNothingIsTheDefaults) {
  const auto parsed = parse({});
  EXPECT_EQ(parsed.exit_code, std::nullopt);
  EXPECT_THAT(parsed.options.listen, IsEmpty());
  EXPECT_FALSE(parsed.options.loud);
  EXPECT_THAT(parsed.words, IsEmpty());
}

TEST(CommandLine, IsRefusedWithOneSentence) {
  struct Case {
    std::vector<std::string> arguments;
    std::string sentence;
  };
  for (const Case& c : std::vector<Case>{
           {{"--liste", "a:1"}, "There is no option --liste; did you mean --listen?"},
           {{"--verson"}, "There is no option --verson; did you mean --version?"},
           {{"-q"}, "There is no option -q."},
           {{"--listen"}, "--listen needs a value."},
           {{"--listen", "a"},
            "--listen: expected ADDRESS:PORT, such as 127.0.0.1:10060 or [::1]:10060, found "
            "\"a\"."},
           {{"--file", ""}, "--file: expected the name of a file, found \"\"."},
           {{"--loud=false"}, "--loud takes no value."},
           {{"--\x1b[31m"}, "There is no option --\\x1b[31m."}}) {
    const auto parsed = parse(c.arguments);
    EXPECT_EQ(parsed.exit_code, kExitUsage) << c.sentence;
    EXPECT_EQ(parsed.text, "ring: " + c.sentence + "\nTry ring --help.\n");
  }
}

TEST(CommandLine, HelpAndVersionLeaveWhateverElseIsSaid) {
  const std::string help =
      "Rings.\n"
      "\n"
      "Where:\n"
      "  -l, --listen ADDR:PORT         ring here;\n"
      "                                 repeat it for several\n"
      "      --metrics ADDR:PORT        metrics\n"
      "\n"
      "How:\n"
      "      --file FILE                read it\n"
      "      --loud                     louder\n"
      "      --version                  print the version and leave\n"
      "  -h, --help                     print this and leave\n";
  for (const std::vector<std::string>& arguments : std::vector<std::vector<std::string>>{
           {"-h"}, {"--help"}, {"--listen", "nowhere", "-h"}, {"--what", "--help", "--version"}}) {
    const auto parsed = parse(arguments);
    EXPECT_EQ(parsed.exit_code, 0);
    EXPECT_EQ(parsed.text, help);
  }
  EXPECT_EQ(parse({"--version"}).exit_code, 0);
  EXPECT_EQ(parse({"--version"}).text, "ring 1.2.3\n");
}

}  // namespace
}  // namespace config
