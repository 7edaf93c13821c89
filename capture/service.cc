#include "capture/service.h"

#include <algorithm>
#include <utility>

#include "config/host_and_path.h"
#include "config/service_name.h"

namespace capture {
namespace {

websocket::ServiceId index_of(std::vector<std::string>& names, const std::string& name) {
  const auto found = std::ranges::find(names, name);
  const auto position = found - names.begin();
  if (found == names.end()) names.push_back(name);
  return static_cast<websocket::ServiceId>(position);
}

bool matches(const ServiceRule& rule, std::uint16_t port, std::string_view host,
             std::string_view path) {
  const auto any = [](const auto& criteria, auto&& is_met) {
    return criteria.empty() || std::ranges::any_of(criteria, is_met);
  };
  return any(rule.ports, [&](std::uint16_t wanted) { return wanted == port; }) &&
         any(rule.hosts,
             [&](const std::string& wanted) { return config::host_matches(wanted, host); }) &&
         any(rule.paths,
             [&](const std::string& wanted) { return config::path_matches(wanted, path); });
}

}  // namespace

ServiceTable::ServiceTable(std::vector<ServiceRule> rules) {
  for (ServiceRule& rule : rules) {
    for (std::string& host : rule.hosts) host = config::normal_host(host);
    const websocket::ServiceId service = index_of(names_, rule.name);
    entries_.push_back({std::move(rule), service});
  }
  names_.emplace_back(entries_.empty() ? config::kDefaultService : config::kOtherService);
}

websocket::ServiceId ServiceTable::match(std::uint16_t server_port, std::string_view host,
                                         std::string_view path) const {
  if (!entries_.empty()) {
    const std::string normal = config::normal_host(host);
    for (const Entry& entry : entries_) {
      if (matches(entry.rule, server_port, normal, path)) return entry.service;
    }
  }
  return static_cast<websocket::ServiceId>(names_.size() - 1);
}

}  // namespace capture
