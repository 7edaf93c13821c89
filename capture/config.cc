#include "capture/config.h"

#include <array>

#include "config/document.h"
#include "config/fields.h"
#include "config/service_name.h"
#include "config/shared_keys.h"

namespace capture {
namespace {

using config::field;
using config::Key;
using config::Value;

constexpr std::uint64_t kKiB = 1024;
constexpr std::uint64_t kMiB = 1024 * kKiB;
constexpr std::uint64_t kGiB = 1024 * kMiB;
constexpr std::int64_t kSecond = 1000;  // in milliseconds
constexpr std::int64_t kDay = std::int64_t{86'400} * kSecond;

std::optional<std::string> interface(const Value& value) {
  return value.text("the name of an interface", [](std::string_view text) {
    return !text.empty() && text.size() < 64 && text.find('/') == std::string_view::npos;
  });
}

constexpr std::array<std::string_view, 2> kChecksumModes{"auto", "strict"};

std::optional<std::uint16_t> port(const Value& value) {
  const auto number = value.number(1, 65535);
  return number ? std::optional(static_cast<std::uint16_t>(*number)) : std::nullopt;
}

constexpr auto kCaptureKeys = std::to_array<Key<CaptureOptions>>({
    {"interfaces", field<&CaptureOptions::interfaces, config::list<interface>>},
    {"filter", field<&CaptureOptions::filter, config::not_empty>},
    {"snapshot_length", field<&CaptureOptions::snapshot_length, config::number<64, 262'144>>},
    {"buffer_size", field<&CaptureOptions::buffer_size, config::size<64 * kKiB, 2 * kGiB - kKiB>>},
});

constexpr auto kLimitKeys = std::to_array<Key<Limits>>({
    {"max_flows", field<&Limits::max_flows, config::number<1, 100'000'000>>},
    {"buffered_bytes", field<&Limits::buffered_bytes, config::size<64 * kKiB, 1024 * kGiB>>},
    {"buffered_segments_per_flow",
     field<&Limits::buffered_segments_per_flow, config::number<1, 1'000'000>>},
    {"fragments", field<&Limits::fragments, config::number<0, 1'000'000>>},
    {"fragment_bytes", field<&Limits::fragment_bytes, config::size<0, 16 * kGiB>>},
    {"report_connections", field<&Limits::report_connections, config::number<0, 100'000'000>>},
});

constexpr auto kThresholdKeys = std::to_array<Key<Thresholds>>({
    {"idle", field<&Thresholds::idle, config::duration<kSecond, kDay>>},
    {"ping", field<&Thresholds::ping, config::duration<1, kDay>>},
    {"half_close_grace", field<&Thresholds::half_close_grace, config::duration<1, kDay>>},
    {"vanish", field<&Thresholds::vanish, config::duration<kSecond, 365 * kDay>>},
    {"opening_handshake", field<&Thresholds::opening_handshake, config::duration<1, kDay>>},
});

constexpr auto kServiceKeys = std::to_array<Key<ServiceRule>>({
    {"name", field<&ServiceRule::name, config::service_name>},
    {"ports", field<&ServiceRule::ports, config::list<port>>},
    {"hosts", field<&ServiceRule::hosts, config::list<config::host_pattern>>},
    {"paths", field<&ServiceRule::paths, config::list<config::path_prefix>>},
    {"codes", field<&ServiceRule::codes, config::code_names>},
});

std::optional<ServiceRule> service(const Value& value) {
  ServiceRule rule;
  config::read_mapping(value, kServiceKeys, rule);
  if (!value.has("name")) value.complain("expected a name");
  if (!value.has("ports") && !value.has("hosts") && !value.has("paths")) {
    value.complain("expected at least one of ports, hosts and paths");
  }
  return rule;
}

std::optional<std::vector<ServiceRule>> services(const Value& value) {
  std::optional<std::vector<ServiceRule>> rules = config::list<service>(value);
  const std::size_t count = ServiceTable(*rules).names().size();
  if (count > config::kMaxServices) {
    value.complain("expected at most " + std::to_string(config::kMaxServices - 1) +
                   " names, found " + std::to_string(count - 1));
  }
  return rules;
}

constexpr auto kKeys = std::to_array<Key<Config>>({
    {"capture", config::section<&Config::capture, kCaptureKeys>},
    {"checksum", field<&Config::checksum, config::word<ChecksumMode, kChecksumModes>>},
    {"metrics", config::section<&Config::metrics, config::kMetricsKeys>},
    {"limits", config::section<&Config::limits, kLimitKeys>},
    {"thresholds", config::section<&Config::thresholds, kThresholdKeys>},
    {"services", field<&Config::services, services>},
    {"code_profiles", field<&Config::code_profiles, config::list<config::code_profile>>},
});
constexpr auto kAllKeys = config::joined(kKeys, config::operation_keys<Config>());

}  // namespace

std::vector<config::CodeProfile> Config::all_code_profiles() const {
  std::vector<config::CodeProfile> profiles;
  for (const ServiceRule& rule : services) {
    if (!rule.codes.empty()) profiles.push_back(config::service_profile(rule.name, rule.codes));
  }
  profiles.insert(profiles.end(), code_profiles.begin(), code_profiles.end());
  return profiles;
}

std::optional<Config> read_config(std::string_view yaml, std::string_view file,
                                  std::vector<std::string>& problems) {
  return config::read_document<Config>(
      yaml, file, kAllKeys, [](const Value&, const Config&) {}, problems);
}

std::optional<Config> load_config(const std::string& file, std::vector<std::string>& problems) {
  const std::optional<std::string> yaml = config::read_file(file, problems);
  return yaml ? read_config(*yaml, file, problems) : std::nullopt;
}

}  // namespace capture
