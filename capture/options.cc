#include "capture/options.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <iterator>
#include <span>

#include "capture/nearest.h"
#include "capture/option_table.h"
#include "capture/printable.h"

namespace capture {
namespace {

ParsedOptions usage_error(const std::string& sentence) {
  return {.options = {},
          .exit_code = kExitUsage,
          .text = "closewatch-capture: " + sentence + "\nTry closewatch-capture --help.\n"};
}

std::string unknown_option(const std::string& word) {
  const std::string name = word.substr(0, word.find('='));
  std::vector<std::string_view> names;
  std::ranges::transform(option_rows(), std::back_inserter(names), long_name);
  const std::optional<std::string_view> near = nearest(name, names);
  return "There is no option " + printable(name, 60) +
         (near ? "; did you mean " + std::string(*near) + "?" : ".");
}

// What goes together; empty when all does.
std::string conflict(const Options& options) {
  if (options.check_config && options.config_file.empty()) return "--check-config needs --config.";
  if (std::ranges::count(options.savefiles, "-") > 1)
    return "Standard input can be read only once.";
  if (!options.reads_savefiles()) {
    if (options.output) return "--output needs -r: it is the format of the report on savefiles.";
    if (!options.metrics_once.empty()) {
      return "--metrics-once needs -r; a live capture serves its metrics, see --metrics-listen.";
    }
    return "";
  }
  if (!options.interfaces.empty()) {
    return "-i and -r exclude each other: capture from interfaces or read savefiles.";
  }
  if (options.metrics_listen) {
    return "--metrics-listen is for a live capture; with -r use --metrics-once.";
  }
  if (options.output && options.metrics_once == "-") {
    return "--output and --metrics-once - both write to standard output.";
  }
  return "";
}

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : " ") + word;
  return text;
}

// The values of each row; a flag has an empty one for each time it was given.
using Values = std::vector<std::vector<std::string>>;

// What CLI11 does not know, in order.
std::vector<std::string> parse_words(std::vector<std::string> arguments, Values& values) {
  CLI::App app;
  app.set_help_flag();
  app.allow_extras();
  const std::span<const OptionRow> rows = option_rows();
  std::vector<CLI::Option*> flags(rows.size());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const std::string names(rows[i].names);
    if (rows[i].value.empty()) {
      flags[i] = app.add_flag(names);
    } else {
      app.add_option(names, values[i])->allow_extra_args(false)->take_all();
    }
  }
  std::ranges::reverse(arguments);  // as CLI11 wants them
  app.parse(std::move(arguments));
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (flags[i] != nullptr) values[i].resize(flags[i]->count());
  }
  return app.remaining();
}

}  // namespace

std::optional<Output> Options::report() const {
  if (!reads_savefiles() || metrics_once == "-") return std::nullopt;
  return output.value_or(Output::table);
}

ParsedOptions parse_options(std::vector<std::string> arguments, std::string_view version) {
  // What follows "--" is the filter, whatever it looks like.
  const auto separator = std::ranges::find(arguments, "--");
  std::vector<std::string> after;
  if (separator != arguments.end()) after.assign(std::next(separator), arguments.end());
  arguments.erase(separator, arguments.end());

  const std::span<const OptionRow> rows = option_rows();
  Values values(rows.size());
  std::vector<std::string> words;
  try {
    words = parse_words(std::move(arguments), values);
  } catch (const CLI::ArgumentMismatch& error) {
    const std::string_view message = error.what();
    return usage_error(std::string(message.substr(0, message.find(':'))) + " needs a value.");
  } catch (const CLI::ParseError& error) {
    return usage_error(printable(error.what(), 200));
  }

  Parse parse;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    for (const std::string& value : values[i]) {
      const Expected expected = rows[i].read(value, parse);
      if (!expected.empty()) {
        return usage_error(std::string(long_name(rows[i])) + ": expected " + expected +
                           ", found \"" + printable(value, 60) + "\".");
      }
    }
  }
  if (parse.help) return {.options = {}, .exit_code = 0, .text = help_text()};
  if (parse.version) {
    return {
        .options = {}, .exit_code = 0, .text = "closewatch-capture " + std::string(version) + "\n"};
  }
  const auto unknown =
      std::ranges::find_if(words, [](const std::string& word) { return word.starts_with('-'); });
  if (unknown != words.end()) return usage_error(unknown_option(*unknown));
  const std::string reason = conflict(parse.options);
  if (!reason.empty()) return usage_error(reason);

  words.insert(words.end(), after.begin(), after.end());
  parse.options.filter = joined(words);
  return {.options = std::move(parse.options), .exit_code = std::nullopt, .text = {}};
}

std::string help_text() {
  constexpr std::size_t kColumn = 33;
  std::string text =
      "Tells why WebSocket connections end: the close code that each endpoint observed.\n\n"
      "Usage: closewatch-capture [-i IFACE]... [options] [filter expression]\n"
      "       closewatch-capture -r FILE... [options] [filter expression]\n\n"
      "The words that are no options are a filter as for tcpdump (man 7 pcap-filter);\n"
      "without one a live capture takes tcp, and of a savefile everything is read.\n";
  std::string_view group;
  for (const OptionRow& row : option_rows()) {
    if (row.group != group) text.append("\n").append(row.group).append(":\n");
    group = row.group;
    std::string left(row.names.starts_with("--") ? "      " : "  ");
    for (const char c : row.names) left += c == ',' ? std::string(", ") : std::string(1, c);
    if (!row.value.empty()) left.append(" ").append(row.value);
    left.resize(std::max(left.size() + 1, kColumn), ' ');
    for (const char c : row.help) {
      left += c;
      if (c == '\n') left.append(kColumn, ' ');
    }
    text += left + "\n";
  }
  return text;
}

void override_config(const Options& options, Config& config) {
  if (!options.interfaces.empty()) config.capture.interfaces = options.interfaces;
  if (!options.filter.empty() || options.reads_savefiles()) config.capture.filter = options.filter;
  if (options.snapshot_length) config.capture.snapshot_length = *options.snapshot_length;
  if (options.buffer_size) config.capture.buffer_size = *options.buffer_size;
  if (options.metrics_listen) config.metrics.listen = *options.metrics_listen;
}

}  // namespace capture
