#ifndef CLOSEWATCH_PROXY_OPTIONS_H_
#define CLOSEWATCH_PROXY_OPTIONS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/command_line.h"
#include "config/listen_address.h"
#include "config/operation.h"
#include "proxy/config.h"

namespace proxy {

// What the command line asks for. Absent or empty means not said.
struct Options {
  std::vector<config::ListenAddress> listen;
  std::vector<config::ListenAddress> upstreams;
  std::string config_file;
  std::optional<std::uint32_t> threads;  // 0: one a core
  std::optional<config::ListenAddress> metrics_listen;
  config::OperationFlags operation;
  bool check_config = false;
  bool show_reasons = false;
  std::string user;  // whom root becomes
  bool sandbox = true;
};

// `arguments` without the program's name.
config::ParsedCommandLine<Options> parse_options(std::vector<std::string> arguments,
                                                 std::string_view version);

std::string help_text();

// What the command line says comes before what the configuration says: its listeners (plain ones)
// in place of all of those, its upstreams in place of those of the only service, which is `default`
// where none is configured. Returns one sentence when the two do not go together or do not make a
// proxy, else an empty one.
std::string override_config(const Options& options, ProxyConfig& config);

}  // namespace proxy

#endif  // CLOSEWATCH_PROXY_OPTIONS_H_
