#include "proxy/option_table.h"

#include <algorithm>
#include <array>

#include "config/option_readers.h"
#include "config/quantity.h"
#include "proxy/config_keys.h"

namespace proxy {
namespace {

using config::Expected;
using config::OptionRow;

Expected read_upstream(const std::string& value, Options& options) {
  const std::optional<config::ListenAddress> address = config::parse_listen_address(value);
  if (!address || !is_upstream(*address)) return std::string(kUpstreamForm);
  options.upstreams.push_back(*address);
  return {};
}

Expected read_threads(const std::string& value, Options& options) {
  const std::optional<std::uint64_t> number = config::parse_number(value);
  if (!number || *number > kMaxThreads) return "a number from 0 to " + std::to_string(kMaxThreads);
  options.threads = static_cast<std::uint32_t>(*number);
  return {};
}

constexpr auto kRows = std::to_array<OptionRow<Options>>({
    {{"--listen", "ADDR:PORT", "Traffic", "accept connections here; repeat it for several"},
     config::add_listen_address<&Options::listen>},
    {{"--upstream", "HOST:PORT", "Traffic", "pass them on to here; repeat it for several"},
     read_upstream},
    {{"--config", "FILE", "Traffic",
      "listeners, services, routes, TLS, limits and\ntimeouts, in YAML; SIGHUP reads it again"},
     config::set_file<&Options::config_file>},
    {{"--check-config", "", "Traffic", "check it, print the bound on series, leave"},
     config::set_flag<&Options::check_config>},
    {{"--threads", "N", "Traffic", "so many workers, 0 is one a core [0]"}, read_threads},
    {{"--metrics-listen", "ADDR:PORT", "What it tells", "serve metrics here [127.0.0.1:10061]"},
     config::set_listen_address<&Options::metrics_listen>},
    {{"--show-reasons", "", "What it tells", "show reason texts; they may hold personal data"},
     config::set_flag<&Options::show_reasons>},
    {{"--user", "NAME", "Privileges",
      "whom to become when started as root; root stays\nroot [closewatch if there is one, else "
      "nobody]"},
     config::set_user<&Options::user>},
    {{"--sandbox", "on|off", "Privileges", "give up privileges and system calls [on]"},
     config::set_on_or_off<&Options::sandbox>},
});
constexpr auto kAllRows = config::joined(kRows, config::operation_rows<Options>("What it tells"));

}  // namespace

std::span<const OptionRow<Options>> option_rows() { return kAllRows; }

}  // namespace proxy
