#ifndef CLOSEWATCH_CAPTURE_OPTIONS_H_
#define CLOSEWATCH_CAPTURE_OPTIONS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "capture/config.h"
#include "config/command_line.h"
#include "config/listen_address.h"
#include "config/operation.h"

namespace capture {

enum class Output : std::uint8_t { table, json, csv };

// What the command line asks for. Absent means not said.
struct Options {
  std::vector<std::string> interfaces;
  std::vector<std::string> savefiles;  // "-" is standard input
  std::string filter;                  // empty: not said
  std::optional<std::uint32_t> snapshot_length;
  std::optional<std::uint64_t> buffer_size;  // bytes
  std::optional<config::ListenAddress> metrics_listen;
  std::optional<Output> output;
  std::string metrics_once;  // a file, "-" is standard output; empty: not said
  std::string config_file;   // empty: not said
  config::OperationFlags operation;
  std::string explain;  // a term for explain(); empty: not said
  bool check_config = false;
  bool show_reasons = false;
  bool no_progress = false;
  std::string user;  // whom root becomes; empty: not said
  bool sandbox = true;

  bool writes_metrics_file() const { return !metrics_once.empty() && metrics_once != "-"; }
  bool reads_savefiles() const { return !savefiles.empty(); }
  // The report goes to standard output; it yields to an exposition that goes there.
  std::optional<Output> report() const;
};

// `arguments` without the program's name.
config::ParsedCommandLine<Options> parse_options(std::vector<std::string> arguments,
                                                 std::string_view version);

std::string help_text();

// What the command line says comes before what the configuration says. The configured interfaces
// and filter are those of a live capture: for savefiles the filter is the command line's, or none.
void override_config(const Options& options, Config& config);

}  // namespace capture

#endif  // CLOSEWATCH_CAPTURE_OPTIONS_H_
