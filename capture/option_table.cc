#include "capture/option_table.h"

#include <algorithm>
#include <array>

#include "capture/quantity.h"

namespace capture {
namespace {

constexpr std::uint32_t kMaxSnapshotLength = 262'144;

Expected read_file(const std::string& value, std::string& file) {
  file = value;
  return value.empty() ? "the name of a file" : "";
}

Expected read_snapshot_length(const std::string& value, Parse& parse) {
  const std::optional<std::uint64_t> length = parse_number(value);
  if (!length || *length > kMaxSnapshotLength || (*length != 0 && *length < 64)) {
    return "a number of bytes from 64 to 262144";
  }
  // As for tcpdump, 0 is the default.
  parse.options.snapshot_length =
      *length == 0 ? kMaxSnapshotLength : static_cast<std::uint32_t>(*length);
  return "";
}

Expected read_buffer_size(const std::string& value, Parse& parse) {
  constexpr std::uint64_t kKiB = 1024;
  const std::optional<std::uint64_t> size = parse_size(value, kKiB);
  if (!size || *size < 64 * kKiB || *size > 2097151 * kKiB) {
    return "a size from 64KiB to 2097151KiB, such as 64MiB";
  }
  parse.options.buffer_size = *size;
  return "";
}

Expected read_metrics_listen(const std::string& value, Parse& parse) {
  parse.options.metrics_listen = parse_listen_address(value);
  return parse.options.metrics_listen ? "" : "ADDRESS:PORT, such as 127.0.0.1:10060 or [::1]:10060";
}

Expected read_output(const std::string& value, Parse& parse) {
  constexpr std::array<std::string_view, 3> kWords{"table", "json", "csv"};
  const auto* word = std::ranges::find(kWords, value);
  if (word == kWords.end()) return "table, json or csv";
  parse.options.output = static_cast<Output>(word - kWords.begin());
  return "";
}

Expected read_interface(const std::string& value, Parse& parse) {
  parse.options.interfaces.push_back(value);
  return value.empty() ? "the name of an interface" : "";
}

Expected read_savefile(const std::string& value, Parse& parse) {
  parse.options.savefiles.push_back(value);
  return value.empty() ? "the name of a file" : "";
}

constexpr auto kRows = std::to_array<OptionRow>({
    {"-i,--interface", "IFACE", "Live capture", "capture here; repeat it for several [any]",
     read_interface},
    {"-s,--snapshot-length", "BYTES", "Live capture", "take so much of each packet [262144]",
     read_snapshot_length},
    {"-B,--buffer-size", "SIZE", "Live capture", "for packets waiting; in KiB or 64MiB [64MiB]",
     read_buffer_size},
    {"--metrics-listen", "ADDR:PORT", "Live capture", "serve metrics here [127.0.0.1:10060]",
     read_metrics_listen},
    {"-r,--read", "FILE", "Savefiles",
     "read pcap or pcapng, - is standard input;\nrepeat it for several", read_savefile},
    {"--output", "FORMAT", "Savefiles", "report as table, json or csv [table]", read_output},
    {"--metrics-once", "FILE", "Savefiles",
     "write their metrics; - is standard output, in\nplace of the report",
     [](const std::string& value, Parse& parse) {
       return read_file(value, parse.options.metrics_once);
     }},
    {"--no-progress", "", "Savefiles", "no progress bar",
     [](const std::string&, Parse& parse) {
       parse.options.no_progress = true;
       return Expected();
     }},
    {"--config", "FILE", "Both", "services, code names and limits, in YAML",
     [](const std::string& value, Parse& parse) {
       return read_file(value, parse.options.config_file);
     }},
    {"--check-config", "", "Both", "check it, print the bound on series, leave",
     [](const std::string&, Parse& parse) {
       parse.options.check_config = true;
       return Expected();
     }},
    {"--show-reasons", "", "Both", "show reason texts; they may hold personal data",
     [](const std::string&, Parse& parse) {
       parse.options.show_reasons = true;
       return Expected();
     }},
    {"--version", "", "Both", "print the version and leave",
     [](const std::string&, Parse& parse) {
       parse.version = true;
       return Expected();
     }},
    {"-h,--help", "", "Both", "print this and leave",
     [](const std::string&, Parse& parse) {
       parse.help = true;
       return Expected();
     }},
});

}  // namespace

std::span<const OptionRow> option_rows() { return kRows; }

std::string_view long_name(const OptionRow& row) {
  return row.names.substr(row.names.rfind(',') + 1);
}

}  // namespace capture
