#ifndef CLOSEWATCH_CONFIG_COMMAND_LINE_H_
#define CLOSEWATCH_CONFIG_COMMAND_LINE_H_

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace config {

inline constexpr int kExitUsage = 2;

// What the help text says of a program, and the errors.
struct Program {
  std::string_view name;          // "closewatch-capture"
  std::string_view introduction;  // what it does and its usage, whole lines
};

// One option of a program. --version and --help every program has.
struct Option {
  std::string_view names;  // "-i,--interface": the long one last
  std::string_view value;  // "IFACE"; empty for a flag
  std::string_view group;  // the heading above it in the help text
  std::string_view help;
};

// What a row expected instead of the value; empty when it is fine.
using Expected = std::string;

// A row of a program's table: an option, and what becomes of its value in an `Options`. A flag is
// read with an empty value.
template <class Options>
struct OptionRow {
  Option option;
  Expected (*read)(const std::string& value, Options& options);
};

// What a command line asks for. Each option may be repeated.
template <class Options>
struct ParsedCommandLine {
  Options options = {};
  std::vector<std::string> words;  // that are no options, and whatever follows "--"
  // Set when there is nothing else to do: print `text` on standard output (0: help, version) or
  // standard error (kExitUsage) and leave with it.
  std::optional<int> exit_code;
  std::string text;

  // Makes it one that says what is wrong, in one sentence.
  void refuse(const Program& program, const std::string& sentence);
};

// A command line that is taken apart, its values not yet read.
struct Arguments {
  std::vector<std::vector<std::string>> values;  // by option; of a flag an empty one each time
  std::vector<std::string> words;
  bool help = false;
  bool version = false;
  std::string error;  // a sentence, or empty; help and version come before it
};

// `arguments` without the program's name.
Arguments take_apart(std::span<const Option> options, std::vector<std::string> arguments);

std::string help_text(const Program& program, std::span<const Option> options);
std::string usage_error(const Program& program, const std::string& sentence);
std::string value_error(const Option& option, const Expected& expected, const std::string& found);

template <class Options, std::size_t N>
std::vector<Option> options_of(std::span<const OptionRow<Options>, N> rows) {
  std::vector<Option> options;
  for (const OptionRow<Options>& row : rows) options.push_back(row.option);
  return options;
}

template <class Options>
void ParsedCommandLine<Options>::refuse(const Program& program, const std::string& sentence) {
  *this = {
      .options = {}, .words = {}, .exit_code = kExitUsage, .text = usage_error(program, sentence)};
}

template <class Options>
ParsedCommandLine<Options> parse_command_line(const Program& program, std::string_view version,
                                              std::span<const OptionRow<Options>> rows,
                                              std::vector<std::string> arguments) {
  ParsedCommandLine<Options> parsed;
  const std::vector<Option> options = options_of(rows);
  Arguments apart = take_apart(options, std::move(arguments));
  if (apart.help || apart.version) {
    parsed.exit_code = 0;
    parsed.text = apart.help ? help_text(program, options)
                             : std::string(program.name).append(" ").append(version) + "\n";
    return parsed;
  }
  if (!apart.error.empty()) {
    parsed.refuse(program, apart.error);
    return parsed;
  }
  for (std::size_t i = 0; i < rows.size(); ++i) {
    for (const std::string& value : apart.values[i]) {
      const Expected expected = rows[i].read(value, parsed.options);
      if (expected.empty()) continue;
      parsed.refuse(program, value_error(rows[i].option, expected, value));
      return parsed;
    }
  }
  parsed.words = std::move(apart.words);
  return parsed;
}

}  // namespace config

#endif  // CLOSEWATCH_CONFIG_COMMAND_LINE_H_
