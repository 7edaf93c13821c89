#include "capture/option_table.h"

#include <algorithm>
#include <array>

#include "config/option_readers.h"
#include "config/quantity.h"

namespace capture {
namespace {

using config::Expected;
using config::OptionRow;

constexpr std::uint32_t kMaxSnapshotLength = 262'144;

Expected read_snapshot_length(const std::string& value, Options& options) {
  const std::optional<std::uint64_t> length = config::parse_number(value);
  if (!length || *length > kMaxSnapshotLength || (*length != 0 && *length < 64)) {
    return "a number of bytes from 64 to 262144";
  }
  // As for tcpdump, 0 is the default.
  options.snapshot_length = *length == 0 ? kMaxSnapshotLength : static_cast<std::uint32_t>(*length);
  return "";
}

Expected read_buffer_size(const std::string& value, Options& options) {
  constexpr std::uint64_t kKiB = 1024;
  const std::optional<std::uint64_t> size = config::parse_size(value, kKiB);
  if (!size || *size < 64 * kKiB || *size > 2097151 * kKiB) {
    return "a size from 64KiB to 2097151KiB, such as 64MiB";
  }
  options.buffer_size = *size;
  return "";
}

Expected read_output(const std::string& value, Options& options) {
  constexpr std::array<std::string_view, 3> kWords{"table", "json", "csv"};
  const auto* word = std::ranges::find(kWords, value);
  if (word == kWords.end()) return "table, json or csv";
  options.output = static_cast<Output>(word - kWords.begin());
  return "";
}

Expected read_interface(const std::string& value, Options& options) {
  options.interfaces.push_back(value);
  return value.empty() ? "the name of an interface" : "";
}

Expected read_explain(const std::string& value, Options& options) {
  options.explain = value;
  return value.empty() ? "a close code, a cause, a violation or an alert, such as 1006" : "";
}

Expected read_savefile(const std::string& value, Options& options) {
  options.savefiles.push_back(value);
  return value.empty() ? "the name of a file" : "";
}

constexpr auto kRows = std::to_array<OptionRow<Options>>({
    {{"-i,--interface", "IFACE", "Live capture", "capture here; repeat it for several [any]"},
     read_interface},
    {{"-s,--snapshot-length", "BYTES", "Live capture", "take so much of each packet [262144]"},
     read_snapshot_length},
    {{"-B,--buffer-size", "SIZE", "Live capture", "for packets waiting; in KiB or 64MiB [64MiB]"},
     read_buffer_size},
    {{"--metrics-listen", "ADDR:PORT", "Live capture", "serve metrics here [127.0.0.1:10060]"},
     config::set_listen_address<&Options::metrics_listen>},
    {{"-r,--read", "FILE", "Savefiles",
      "read pcap or pcapng, - is standard input;\nrepeat it for several"},
     read_savefile},
    {{"--output", "FORMAT", "Savefiles", "report as table, json or csv [table]"}, read_output},
    {{"--metrics-once", "FILE", "Savefiles",
      "write their metrics; - is standard output, in\nplace of the report"},
     config::set_file<&Options::metrics_once>},
    {{"--no-progress", "", "Savefiles", "no progress bar"},
     config::set_flag<&Options::no_progress>},
    {{"--explain", "WORD", "Both", "what a code, cause, violation or alert means"}, read_explain},
    {{"--config", "FILE", "Both", "services, code names and limits, in YAML"},
     config::set_file<&Options::config_file>},
    {{"--check-config", "", "Both", "check it, print the bound on series, leave"},
     config::set_flag<&Options::check_config>},
    {{"--show-reasons", "", "Both", "show reason texts; they may hold personal data"},
     config::set_flag<&Options::show_reasons>},
    {{"--user", "NAME", "Both",
      "whom to become when started as root; root stays\nroot [closewatch if there is one, else "
      "nobody]"},
     config::set_user<&Options::user>},
    {{"--sandbox", "on|off", "Both", "give up privileges and system calls [on]"},
     config::set_on_or_off<&Options::sandbox>},
});
constexpr auto kAllRows = config::joined(kRows, config::operation_rows<Options>("What it tells"));

}  // namespace

std::span<const OptionRow<Options>> option_rows() { return kAllRows; }

}  // namespace capture
