#include "capture/options.h"

#include <algorithm>

#include "capture/explain.h"
#include "capture/option_table.h"

namespace capture {
namespace {

constexpr config::Program kProgram{
    .name = "closewatch-capture",
    .introduction =
        "Tells why WebSocket connections end: the close code that each endpoint observed.\n\n"
        "Usage: closewatch-capture [-i IFACE]... [options] [filter expression]\n"
        "       closewatch-capture -r FILE... [options] [filter expression]\n\n"
        "The words that are no options are a filter as for tcpdump (man 7 pcap-filter);\n"
        "without one a live capture takes tcp, and of a savefile everything is read.\n"};

// What goes together; empty when all does.
std::string conflict(const Options& options) {
  if (!options.explain.empty() && !explain(options.explain, 80)) {
    return unknown_term(options.explain);
  }
  if (options.check_config && options.config_file.empty()) return "--check-config needs --config.";
  if (std::ranges::count(options.savefiles, "-") > 1)
    return "Standard input can be read only once.";
  if (!options.sandbox && !options.user.empty()) {
    return "--user needs --sandbox=on, which is what becomes another user.";
  }
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
  if (options.operation.any_of_events()) {
    return "--events is for a live capture; with -r use --output json.";
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

}  // namespace

std::optional<Output> Options::report() const {
  if (!reads_savefiles() || metrics_once == "-") return std::nullopt;
  return output.value_or(Output::table);
}

config::ParsedCommandLine<Options> parse_options(std::vector<std::string> arguments,
                                                 std::string_view version) {
  config::ParsedCommandLine<Options> parsed =
      config::parse_command_line(kProgram, version, option_rows(), std::move(arguments));
  if (parsed.exit_code) return parsed;
  const std::string reason = conflict(parsed.options);
  if (!reason.empty()) {
    parsed.refuse(kProgram, reason);
    return parsed;
  }
  parsed.options.filter = joined(parsed.words);
  return parsed;
}

std::string help_text() { return config::help_text(kProgram, config::options_of(option_rows())); }

void override_config(const Options& options, Config& config) {
  if (!options.interfaces.empty()) config.capture.interfaces = options.interfaces;
  if (!options.filter.empty() || options.reads_savefiles()) config.capture.filter = options.filter;
  if (options.snapshot_length) config.capture.snapshot_length = *options.snapshot_length;
  if (options.buffer_size) config.capture.buffer_size = *options.buffer_size;
  if (options.metrics_listen) config.metrics.listen = *options.metrics_listen;
  options.operation.override_in(config.operation);
}

}  // namespace capture
