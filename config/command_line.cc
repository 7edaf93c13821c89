#include "config/command_line.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <iterator>

#include "config/nearest.h"
#include "config/printable.h"

namespace config {
namespace {

// The long name, "--interface".
std::string_view long_name(const Option& option) {
  return option.names.substr(option.names.rfind(',') + 1);
}

// The options of the program, and those of every program in the group of its last.
std::vector<Option> all_options(std::span<const Option> options) {
  std::vector<Option> all(options.begin(), options.end());
  const std::string_view group = options.empty() ? "Options" : options.back().group;
  all.push_back({"--version", "", group, "print the version and leave"});
  all.push_back({"-h,--help", "", group, "print this and leave"});
  return all;
}

std::string unknown_option(const std::string& word, std::span<const Option> options) {
  const std::string name = word.substr(0, word.find('='));
  std::vector<std::string_view> names;
  std::ranges::transform(options, std::back_inserter(names), long_name);
  const std::optional<std::string_view> near = nearest(name, names);
  return "There is no option " + printable(name, 60) +
         (near ? "; did you mean " + std::string(*near) + "?" : ".");
}

// Fills in the values, the words and what is wrong with a flag.
void parse(std::span<const Option> options, std::vector<std::string> arguments, Arguments& apart) {
  CLI::App app;
  app.set_help_flag();
  app.allow_extras();
  std::vector<CLI::Option*> flags(options.size());
  for (std::size_t i = 0; i < options.size(); ++i) {
    const std::string names(options[i].names);
    if (options[i].value.empty()) {
      flags[i] = app.add_flag(names);
    } else {
      app.add_option(names, apart.values[i])->allow_extra_args(false)->take_all();
    }
  }
  std::ranges::reverse(arguments);  // as CLI11 wants them
  app.parse(std::move(arguments));
  for (std::size_t i = 0; i < options.size(); ++i) {
    if (flags[i] == nullptr) continue;
    for (const std::string& said : flags[i]->results()) {
      if (said != "true") apart.error = std::string(long_name(options[i])) + " takes no value.";
      apart.values[i].emplace_back();
    }
  }
  apart.words = app.remaining();
}

// A line of the help text.
std::string help_line(const Option& option) {
  constexpr std::size_t kColumn = 33;
  std::string line(option.names.starts_with("--") ? "      " : "  ");
  for (const char c : option.names) line += c == ',' ? std::string(", ") : std::string(1, c);
  if (!option.value.empty()) line.append(" ").append(option.value);
  line.resize(std::max(line.size() + 1, kColumn), ' ');
  for (const char c : option.help) {
    line += c;
    if (c == '\n') line.append(kColumn, ' ');
  }
  return line + "\n";
}

}  // namespace

Arguments take_apart(std::span<const Option> options, std::vector<std::string> arguments) {
  // What follows "--" is no option, whatever it looks like.
  const auto separator = std::ranges::find(arguments, "--");
  std::vector<std::string> after;
  if (separator != arguments.end()) after.assign(std::next(separator), arguments.end());
  arguments.erase(separator, arguments.end());

  const std::vector<Option> all = all_options(options);
  Arguments apart;
  apart.values.resize(all.size());
  try {
    parse(all, std::move(arguments), apart);
  } catch (const CLI::ArgumentMismatch& error) {
    const std::string_view message = error.what();
    apart.error = std::string(message.substr(0, message.find(':'))) + " needs a value.";
    return apart;
  } catch (const CLI::ParseError& error) {
    apart.error = printable(error.what(), 200);
    return apart;
  }
  if (!apart.error.empty()) return apart;
  apart.version = !apart.values[options.size()].empty();
  apart.help = !apart.values[options.size() + 1].empty();
  const auto unknown = std::ranges::find_if(
      apart.words, [](const std::string& word) { return word.starts_with('-'); });
  if (unknown != apart.words.end()) apart.error = unknown_option(*unknown, all);
  apart.words.insert(apart.words.end(), after.begin(), after.end());
  return apart;
}

std::string help_text(const Program& program, std::span<const Option> options) {
  std::string text(program.introduction);
  std::string_view group;
  for (const Option& option : all_options(options)) {
    if (option.group != group) text.append("\n").append(option.group).append(":\n");
    group = option.group;
    text += help_line(option);
  }
  return text;
}

std::string usage_error(const Program& program, const std::string& sentence) {
  const std::string name(program.name);
  return name + ": " + sentence + "\nTry " + name + " --help.\n";
}

std::string value_error(const Option& option, const Expected& expected, const std::string& found) {
  return std::string(long_name(option)) + ": expected " + expected + ", found \"" +
         printable(found, 60) + "\".";
}

}  // namespace config
