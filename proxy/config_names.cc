// What names something else in the configuration, checked when all of it is read.

#include <algorithm>

#include "config/nearest.h"
#include "config/service_name.h"
#include "proxy/config_keys.h"

namespace proxy {
namespace {

using config::Value;

// Calls `read(index, const Value&)` for each item of the list under a key.
template <class Read>
void each_item(const Value& mapping, std::string_view key, Read&& read) {
  const std::optional<Value> items = mapping.find(key);
  if (!items) return;
  std::size_t index = 0;
  items->each_item("a list", [&](const Value& item) { read(index++, item); });
}

void finish_services(const Value& root, ProxyConfig& config) {
  each_item(root, "services", [&](std::size_t index, const Value& item) {
    ServiceOptions& options = config.services[index];
    options.timeouts = config.timeouts;
    if (const auto timeouts = item.find("timeouts")) {
      read_service_timeouts(*timeouts, options.timeouts);
    }
    const auto first = std::ranges::find(config.services, options.name, &ServiceOptions::name);
    if (&*first == &options) return;
    item.find("name")->complain("the name of services[" +
                                std::to_string(first - config.services.begin()) + "] already");
  });
  if (config.services.size() >= config::kMaxServices) {
    root.find("services")
        ->complain("expected at most " + std::to_string(config::kMaxServices - 1) +
                   " services, found " + std::to_string(config.services.size()));
  }
}

void check_service_name(const Value& value, const std::string& name, const ProxyConfig& config) {
  std::vector<std::string_view> names;
  for (const ServiceOptions& options : config.services) names.push_back(options.name);
  if (std::ranges::find(names, name) != names.end()) return;
  std::string sentence = "there is no service " + config::quoted(name);
  if (const auto near = config::nearest(name, names)) {
    sentence += ", did you mean " + config::quoted(*near) + "?";
  }
  value.complain(sentence);
}

void check_routes(const Value& root, const ProxyConfig& config) {
  each_item(root, "routes", [&](std::size_t index, const Value& item) {
    const RouteOptions& options = config.routes[index];
    if (const auto service = item.find("service")) {
      check_service_name(*service, options.service, config);
    }
    if (options.hosts.empty() && options.paths.empty() && index + 1 < config.routes.size()) {
      item.warn("takes every request, so that the routes after it never do");
    }
  });
}

void check_code_profiles(const Value& root, const ProxyConfig& config) {
  each_item(root, "code_profiles", [&](std::size_t profile, const Value& item) {
    each_item(item, "services", [&](std::size_t index, const Value& service) {
      check_service_name(service, config.code_profiles[profile].services[index], config);
    });
  });
}

void check_listeners(const Value& root, const ProxyConfig& config) {
  const auto& all = config.listeners;
  const auto first_like = [&](const config::ListenAddress& address) {
    const auto found = std::ranges::find_if(all, [&](const ListenerOptions& options) {
      return is_same_place(options.address, address);
    });
    return static_cast<std::size_t>(found - all.begin());
  };
  const auto complain = [](const Value& value, std::size_t listener) {
    value.complain("where listeners[" + std::to_string(listener) + "] listens already");
  };
  each_item(root, "listeners", [&](std::size_t index, const Value& item) {
    const std::size_t first = first_like(all[index].address);
    if (first < index) complain(*item.find("address"), first);
  });
  const std::optional<Value> metrics = root.find("metrics");
  const std::optional<Value> listen = metrics ? metrics->find("listen") : std::nullopt;
  const std::size_t first = first_like(config.metrics_listen);
  if (listen && first < all.size()) complain(*listen, first);
}

void check_drain(const Value& root, const ProxyConfig& config) {
  const std::optional<Value> drain = root.find("drain");
  if (!drain || config.drain.window <= config.drain.deadline) return;
  drain->complain("expected a window that is not longer than the deadline");
}

}  // namespace

bool is_same_place(const config::ListenAddress& one, const config::ListenAddress& other) {
  const auto is_every = [](const config::ListenAddress& address) {
    return address.host.empty() || address.host == "0.0.0.0" || address.host == "::";
  };
  return one.port != 0 && one.port == other.port &&
         (one.host == other.host ||
          (is_every(one) && is_every(other) && (one.host.empty() || other.host.empty())));
}

void finish_config(const Value& root, ProxyConfig& config) {
  finish_services(root, config);
  check_routes(root, config);
  check_code_profiles(root, config);
  check_listeners(root, config);
  check_drain(root, config);
}

}  // namespace proxy
