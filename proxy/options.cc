#include "proxy/options.h"

#include <algorithm>

#include "config/printable.h"
#include "config/service_name.h"
#include "proxy/config_keys.h"
#include "proxy/option_table.h"

namespace proxy {
namespace {

constexpr config::Program kProgram{
    .name = "closewatch-proxy",
    .introduction =
        "Stands in front of WebSocket services and tells why their connections end.\n\n"
        "Usage: closewatch-proxy --listen ADDR:PORT --upstream HOST:PORT [options]\n"
        "       closewatch-proxy --config FILE [options]\n\n"
        "Bytes pass unchanged. The command line comes before the file.\n"
        "SIGTERM closes every connection with 1012, spread over a while, and leaves;\n"
        "a second one leaves at once.\n"};

// What goes together; empty when all does.
std::string conflict(const config::ParsedCommandLine<Options>& parsed) {
  const Options& options = parsed.options;
  if (!parsed.words.empty()) {
    return "\"" + config::printable(parsed.words.front(), 60) +
           "\" is no option; did you mean --upstream or --config?";
  }
  if (options.check_config && options.config_file.empty()) return "--check-config needs --config.";
  if (!options.sandbox && !options.user.empty()) {
    return "--user needs --sandbox=on, which is what becomes another user.";
  }
  if (!options.config_file.empty()) return "";
  if (options.listen.empty()) return "--listen is missing: where are connections accepted?";
  if (options.upstreams.empty()) return "--upstream is missing: where do connections go?";
  return "";
}

ListenerOptions plain_listener(const config::ListenAddress& address) {
  ListenerOptions listener;
  listener.address = address;
  return listener;
}

// The first address that two listeners share, or a listener and the metrics.
std::string shared_place(const ProxyConfig& config) {
  for (auto one = config.listeners.begin(); one != config.listeners.end(); ++one) {
    if (is_same_place(one->address, config.metrics_listen)) {
      return "Connections and metrics cannot share " + to_string(one->address) + ".";
    }
    if (std::any_of(config.listeners.begin(), one, [&](const ListenerOptions& before) {
          return is_same_place(before.address, one->address);
        })) {
      return "There are two listeners on " + to_string(one->address) + ".";
    }
  }
  return "";
}

}  // namespace

config::ParsedCommandLine<Options> parse_options(std::vector<std::string> arguments,
                                                 std::string_view version) {
  config::ParsedCommandLine<Options> parsed =
      config::parse_command_line(kProgram, version, option_rows(), std::move(arguments));
  if (parsed.exit_code) return parsed;
  const std::string reason = conflict(parsed);
  if (!reason.empty()) parsed.refuse(kProgram, reason);
  return parsed;
}

std::string help_text() { return config::help_text(kProgram, config::options_of(option_rows())); }

std::string override_config(const Options& options, ProxyConfig& config) {
  if (!options.listen.empty()) {
    config.listeners.clear();
    std::ranges::transform(options.listen, std::back_inserter(config.listeners), plain_listener);
  }
  if (!options.upstreams.empty()) {
    if (config.services.size() > 1) {
      return "--upstream needs a configuration with one service: it cannot say which of several.";
    }
    if (config.services.empty()) {
      ServiceOptions& service = config.services.emplace_back();
      service.name = config::kDefaultService;
      service.timeouts = config.timeouts;
    }
    config.services.front().upstreams = options.upstreams;
  }
  options.operation.override_in(config.operation);
  if (options.threads) config.threads = *options.threads;
  if (options.metrics_listen) config.metrics_listen = *options.metrics_listen;
  if (config.listeners.empty())
    return "There is no listener: give --listen or configure listeners.";
  if (config.services.empty()) return "There is no service: give --upstream or configure services.";
  return shared_place(config);
}

}  // namespace proxy
