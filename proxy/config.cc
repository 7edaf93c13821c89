#include "proxy/config.h"

#include "config/document.h"
#include "config/shared_keys.h"
#include "proxy/address_range.h"
#include "proxy/config_keys.h"

namespace proxy {
namespace {

using config::field;
using config::Key;
using config::Value;

constexpr std::uint64_t kKiB = 1024;
constexpr std::int64_t kSecond = 1000;  // in milliseconds
constexpr std::int64_t kDay = 86'400 * kSecond;
constexpr std::uint64_t kMany = 100'000'000;

constexpr std::array<std::string_view, 2> kAtLimits{"http_503", "close_1013"};

constexpr auto kLimitKeys = std::to_array<Key<ConnectionLimits>>({
    {"connections", field<&ConnectionLimits::connections, config::number<0, kMany>>},
    {"connections_per_client",
     field<&ConnectionLimits::connections_per_client, config::number<0, kMany>>},
    {"new_connections_per_second",
     field<&ConnectionLimits::new_connections_per_second, config::number<0, kMany>>},
    {"request_head_bytes",
     field<&ConnectionLimits::request_head_bytes, config::size<kKiB, 1024 * kKiB>>},
    {"request_head_fields",
     field<&ConnectionLimits::request_head_fields, config::number<10, 10'000>>},
    {"at_limit", field<&ConnectionLimits::at_limit, config::word<AtLimit, kAtLimits>>},
});

constexpr auto kDrainKeys = std::to_array<Key<DrainOptions>>({
    {"to_client", field<&DrainOptions::to_client, close_to_client>},
    {"to_upstream", field<&DrainOptions::to_upstream, close_to_send>},
    {"window", field<&DrainOptions::window, config::duration<0, kDay>>},
    {"deadline", field<&DrainOptions::deadline, config::duration<0, kDay>>},
});

constexpr auto kThresholdKeys = std::to_array<Key<websocket::OutcomeLimits>>({
    {"idle", field<&websocket::OutcomeLimits::idle, config::duration<kSecond, kDay>>},
    {"ping", field<&websocket::OutcomeLimits::ping, config::duration<1, kDay>>},
});

std::optional<std::string> trusted_hop(const Value& value) {
  return value.text("an address or a block of them, such as 10.0.0.0/8 or 2001:db8::/32",
                    [](std::string_view text) { return AddressRange::parse(text).has_value(); });
}

void metrics(const Value& value, ProxyConfig& config) {
  config::MetricsOptions options{.listen = config.metrics_listen};
  read_mapping(value, config::kMetricsKeys, options);
  config.metrics_listen = std::move(options.listen);
}

void timeouts(const Value& value, ProxyConfig& config) { read_timeouts(value, config.timeouts); }

constexpr auto kKeys = std::to_array<Key<ProxyConfig>>({
    {"listeners", field<&ProxyConfig::listeners, config::list<listener>>},
    {"services", field<&ProxyConfig::services, config::list<service>>},
    {"routes", field<&ProxyConfig::routes, config::list<route>>},
    {"timeouts", timeouts},
    {"limits", config::section<&ProxyConfig::limits, kLimitKeys>},
    {"drain", config::section<&ProxyConfig::drain, kDrainKeys>},
    {"trusted_hops", field<&ProxyConfig::trusted_hops, config::list<trusted_hop>>},
    {"threads", field<&ProxyConfig::threads, config::number<0, kMaxThreads>>},
    {"metrics", metrics},
    {"thresholds", config::section<&ProxyConfig::thresholds, kThresholdKeys>},
    {"code_profiles", field<&ProxyConfig::code_profiles, config::list<config::code_profile>>},
});
constexpr auto kAllKeys = config::joined(kKeys, config::operation_keys<ProxyConfig>());

}  // namespace

std::vector<config::CodeProfile> ProxyConfig::all_code_profiles() const {
  std::vector<config::CodeProfile> profiles;
  for (const ServiceOptions& options : services) {
    if (!options.codes.empty())
      profiles.push_back(config::service_profile(options.name, options.codes));
  }
  profiles.insert(profiles.end(), code_profiles.begin(), code_profiles.end());
  return profiles;
}

std::optional<ProxyConfig> read_config(std::string_view yaml, std::string_view file,
                                       std::vector<std::string>& problems) {
  return config::read_document<ProxyConfig>(yaml, file, kAllKeys, finish_config, problems);
}

std::optional<ProxyConfig> load_config(const std::string& file,
                                       std::vector<std::string>& problems) {
  const std::optional<std::string> yaml = config::read_file(file, problems);
  return yaml ? read_config(*yaml, file, problems) : std::nullopt;
}

}  // namespace proxy
