#ifndef CLOSEWATCH_PROXY_SETUP_H_
#define CLOSEWATCH_PROXY_SETUP_H_

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "proxy/address_range.h"
#include "proxy/admission.h"
#include "proxy/config.h"
#include "proxy/head_reader.h"
#include "proxy/health_check.h"
#include "proxy/routing.h"
#include "proxy/tls_context.h"
#include "proxy/upstreams.h"
#include "websocket/summary.h"

namespace proxy {

// A service of one configuration.
struct Service {
  websocket::ServiceId id = 0;  // for life, by name
  std::shared_ptr<const ServiceOptions> options{};
  std::shared_ptr<const UpstreamSet> upstreams{};
  std::shared_ptr<const UpstreamTlsContext> tls{};  // null unless options->tls.enabled
  std::shared_ptr<Places> places{};                 // the same over reloads
};

// What a listener does with what it accepts.
struct Entrance {
  bool proxy_protocol = false;
  std::shared_ptr<const ServerTlsContext> tls{};  // null: plain
};

// The id of the service with this name, the same whenever it is asked for; of an empty name, the
// one under which is counted what belongs to no service.
using ServiceIds = std::function<websocket::ServiceId(std::string_view name)>;

// One configuration with all that is made from it: certificates, routes, the upstreams' states.
// Never changes; any thread may ask. Whoever still serves a request by it shares it while a reload
// makes a new one.
struct Setup {
  Setup(ProxyConfig its_config, AddressRanges its_trusted)
      : config(std::move(its_config)), routes(config), trusted(std::move(its_trusted)) {}

  // `previous`: what stays of it keeps its state; or null. Null when something cannot be used;
  // `problems` gets one sentence for each, and for each warning.
  static std::shared_ptr<const Setup> load(ProxyConfig config, const Setup* previous,
                                           const ServiceIds& ids,
                                           std::vector<std::string>& problems);

  // The first service's limits hold until it is known which service a request is for.
  const Timeouts& first_timeouts() const { return services.front().options->timeouts; }
  HeadLimits head_limits() const;
  std::vector<HealthChecked> health_checked() const;

  const ProxyConfig config;
  const Routes routes;
  const AddressRanges trusted;
  std::vector<Service> services;                           // as in the configuration
  std::vector<std::shared_ptr<const Entrance>> entrances;  // of config.listeners
  // Under which is counted what belongs to none: the only service, where there is but one.
  websocket::ServiceId no_service = 0;
};

}  // namespace proxy

#endif  // CLOSEWATCH_PROXY_SETUP_H_
