#include "proxy/setup.h"

#include <algorithm>
#include <optional>
#include <utility>

namespace proxy {
namespace {

std::optional<AddressRanges> trusted_hops(const ProxyConfig& config,
                                          std::vector<std::string>& problems) {
  std::vector<AddressRange> ranges;
  for (const std::string& text : config.trusted_hops) {
    if (const auto range = AddressRange::parse(text)) {
      ranges.push_back(*range);
    } else {
      problems.push_back("the trusted hop \"" + text + "\" is no block of addresses");
    }
  }
  if (ranges.size() != config.trusted_hops.size()) return std::nullopt;
  return AddressRanges{std::move(ranges)};
}

const Service* service_named(const Setup* setup, std::string_view name) {
  if (setup == nullptr) return nullptr;
  const auto found =
      std::find_if(setup->services.begin(), setup->services.end(),
                   [&](const Service& service) { return service.options->name == name; });
  return found == setup->services.end() ? nullptr : &*found;
}

// False when its TLS cannot be used.
bool add_service(Setup& setup, const ServiceOptions& options, const Service* before,
                 const ServiceIds& ids, std::vector<std::string>& problems) {
  Service service;
  service.id = ids(options.name);
  service.options = std::make_shared<const ServiceOptions>(options);
  service.upstreams = std::make_shared<const UpstreamSet>(
      options, before == nullptr ? nullptr : before->upstreams.get());
  service.places =
      before == nullptr ? std::make_shared<Places>(options.max_connections) : before->places;
  if (options.tls.enabled) service.tls = UpstreamTlsContext::load(options.tls, problems);
  const bool usable = !options.tls.enabled || service.tls != nullptr;
  setup.services.push_back(std::move(service));
  return usable;
}

bool add_entrance(Setup& setup, const ListenerOptions& options,
                  std::vector<std::string>& problems) {
  Entrance entrance{.proxy_protocol = options.proxy_protocol};
  if (options.tls) entrance.tls = ServerTlsContext::load(*options.tls, problems);
  const bool usable = !options.tls || entrance.tls != nullptr;
  setup.entrances.push_back(std::make_shared<const Entrance>(std::move(entrance)));
  return usable;
}

}  // namespace

std::shared_ptr<const Setup> Setup::load(ProxyConfig config, const Setup* previous,
                                         const ServiceIds& ids,
                                         std::vector<std::string>& problems) {
  auto trusted = trusted_hops(config, problems);
  if (!trusted) return nullptr;
  const auto setup = std::make_shared<Setup>(std::move(config), std::move(*trusted));
  bool usable = true;
  for (const ServiceOptions& options : setup->config.services) {
    usable = add_service(*setup, options, service_named(previous, options.name), ids, problems) &&
             usable;
  }
  for (const ListenerOptions& options : setup->config.listeners) {
    usable = add_entrance(*setup, options, problems) && usable;
  }
  setup->no_service =
      setup->services.size() == 1 ? setup->services.front().id : ids(std::string_view{});
  return usable ? setup : nullptr;
}

HeadLimits Setup::head_limits() const {
  return {.bytes = static_cast<std::size_t>(config.limits.request_head_bytes),
          .fields = static_cast<std::size_t>(config.limits.request_head_fields)};
}

std::vector<HealthChecked> Setup::health_checked() const {
  std::vector<HealthChecked> checked;
  for (const Service& service : services) {
    checked.push_back({service.options, service.upstreams, service.tls});
  }
  return checked;
}

}  // namespace proxy
