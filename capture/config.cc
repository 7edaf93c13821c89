#include "capture/config.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <fstream>
#include <system_error>

#include "capture/config_fields.h"
#include "capture/host_and_path.h"

namespace capture {
namespace {

constexpr std::uint64_t kKiB = 1024;
constexpr std::uint64_t kMiB = 1024 * kKiB;
constexpr std::uint64_t kGiB = 1024 * kMiB;
constexpr std::int64_t kSecond = 1000;  // in milliseconds
constexpr std::int64_t kDay = std::int64_t{86'400} * kSecond;

std::optional<std::string> not_empty(const ConfigValue& value) {
  return value.text("text", [](std::string_view text) { return !text.empty(); });
}

std::optional<std::string> interface(const ConfigValue& value) {
  return value.text("the name of an interface", [](std::string_view text) {
    return !text.empty() && text.size() < 64 && text.find('/') == std::string_view::npos;
  });
}

std::optional<ChecksumMode> checksum_mode(const ConfigValue& value) {
  constexpr std::array<std::string_view, 2> kWords{"auto", "strict"};
  const auto index = value.one_of(kWords);
  return index ? std::optional(static_cast<ChecksumMode>(*index)) : std::nullopt;
}

std::optional<std::uint16_t> port(const ConfigValue& value) {
  const auto number = value.number(1, 65535);
  return number ? std::optional(static_cast<std::uint16_t>(*number)) : std::nullopt;
}

std::optional<std::string> host(const ConfigValue& value) {
  return value.text("a host name without a port, such as chat.example.com or \"*.example.com\"",
                    is_host_pattern);
}

std::optional<std::string> path(const ConfigValue& value) {
  return value.text("a path that begins with / and has no query", [](std::string_view text) {
    return text.starts_with('/') && text.find_first_of("?#") == std::string_view::npos;
  });
}

std::optional<std::string> service_name(const ConfigValue& value) {
  std::optional<std::string> name =
      value.text("1 to 64 letters, digits, `_`, `-` or `.`", is_service_name);
  if (name != kOtherService) return name;
  value.complain("the name other is kept for connections that no rule matches");
  return std::nullopt;
}

std::optional<std::string> code_name(const ConfigValue& value) {
  return value.text("a name of 1 to 64 printable characters", [](std::string_view text) {
    return !text.empty() && text.size() <= 64 &&
           std::ranges::all_of(text, [](char c) { return c >= 0x20 && c < 0x7f; });
  });
}

// The codes an application may give a meaning (RFC 6455 section 7.4.2): 3000-4999.
std::optional<std::vector<CodeName>> codes(const ConfigValue& value) {
  std::optional<std::vector<CodeName>> codes(std::in_place);
  value.each_entry("a mapping of close codes to names, such as {4001: session-expired}",
                   [&](const ConfigValue& key, const ConfigValue& item) {
                     const auto code = key.number(3000, 4999);
                     std::optional<std::string> name = code_name(item);
                     if (!code || !name) return;
                     codes->push_back({static_cast<websocket::CloseCode>(*code), *std::move(name)});
                   });
  return codes;
}

constexpr auto kCaptureKeys = std::to_array<ConfigKey<CaptureOptions>>({
    {"interfaces", field<&CaptureOptions::interfaces, list<interface>>},
    {"filter", field<&CaptureOptions::filter, not_empty>},
    {"snapshot_length", field<&CaptureOptions::snapshot_length, number<64, 262'144>>},
    {"buffer_size", field<&CaptureOptions::buffer_size, size<64 * kKiB, 2 * kGiB - kKiB>>},
});

constexpr auto kLimitKeys = std::to_array<ConfigKey<Limits>>({
    {"max_flows", field<&Limits::max_flows, number<1, 100'000'000>>},
    {"buffered_bytes", field<&Limits::buffered_bytes, size<64 * kKiB, 1024 * kGiB>>},
    {"buffered_segments_per_flow",
     field<&Limits::buffered_segments_per_flow, number<1, 1'000'000>>},
    {"fragments", field<&Limits::fragments, number<0, 1'000'000>>},
    {"fragment_bytes", field<&Limits::fragment_bytes, size<0, 16 * kGiB>>},
    {"report_connections", field<&Limits::report_connections, number<0, 100'000'000>>},
});

constexpr auto kThresholdKeys = std::to_array<ConfigKey<Thresholds>>({
    {"idle", field<&Thresholds::idle, duration<kSecond, kDay>>},
    {"ping", field<&Thresholds::ping, duration<1, kDay>>},
    {"half_close_grace", field<&Thresholds::half_close_grace, duration<1, kDay>>},
    {"vanish", field<&Thresholds::vanish, duration<kSecond, 365 * kDay>>},
    {"opening_handshake", field<&Thresholds::opening_handshake, duration<1, kDay>>},
});

constexpr auto kServiceKeys = std::to_array<ConfigKey<ServiceRule>>({
    {"name", field<&ServiceRule::name, service_name>},
    {"ports", field<&ServiceRule::ports, list<port>>},
    {"hosts", field<&ServiceRule::hosts, list<host>>},
    {"paths", field<&ServiceRule::paths, list<path>>},
    {"codes", field<&ServiceRule::codes, codes>},
});

constexpr auto kProfileKeys = std::to_array<ConfigKey<CodeProfile>>({
    {"name", field<&CodeProfile::name, service_name>},
    {"services", field<&CodeProfile::services, list<service_name>>},
    {"subprotocols", field<&CodeProfile::subprotocols, list<not_empty>>},
    {"hosts", field<&CodeProfile::hosts, list<host>>},
    {"paths", field<&CodeProfile::paths, list<path>>},
    {"codes", field<&CodeProfile::codes, codes>},
});

constexpr auto kMetricsKeys = std::to_array<ConfigKey<MetricsOptions>>({
    {"listen", field<&MetricsOptions::listen, listen_address>},
});

std::optional<ServiceRule> service(const ConfigValue& value) {
  ServiceRule rule;
  read_mapping(value, kServiceKeys, rule);
  if (!value.has("name")) value.complain("expected a name");
  if (!value.has("ports") && !value.has("hosts") && !value.has("paths")) {
    value.complain("expected at least one of ports, hosts and paths");
  }
  return rule;
}

std::optional<std::vector<ServiceRule>> services(const ConfigValue& value) {
  std::optional<std::vector<ServiceRule>> rules = list<service>(value);
  const std::size_t count = ServiceTable(*rules).names().size();
  if (count > kMaxServices) {
    value.complain("expected at most " + std::to_string(kMaxServices - 1) + " names, found " +
                   std::to_string(count - 1));
  }
  return rules;
}

std::optional<CodeProfile> code_profile(const ConfigValue& value) {
  CodeProfile profile;
  read_mapping(value, kProfileKeys, profile);
  if (!value.has("codes")) value.complain("expected codes");
  return profile;
}

constexpr auto kKeys = std::to_array<ConfigKey<Config>>({
    {"capture", section<&Config::capture, kCaptureKeys>},
    {"checksum", field<&Config::checksum, checksum_mode>},
    {"metrics", section<&Config::metrics, kMetricsKeys>},
    {"limits", section<&Config::limits, kLimitKeys>},
    {"thresholds", section<&Config::thresholds, kThresholdKeys>},
    {"services", field<&Config::services, services>},
    {"code_profiles", field<&Config::code_profiles, list<code_profile>>},
});

}  // namespace

std::vector<CodeProfile> Config::all_code_profiles() const {
  std::vector<CodeProfile> profiles;
  for (const ServiceRule& rule : services) {
    if (!rule.codes.empty()) profiles.push_back({rule.name, {rule.name}, {}, {}, {}, rule.codes});
  }
  profiles.insert(profiles.end(), code_profiles.begin(), code_profiles.end());
  return profiles;
}

std::optional<Config> read_config(std::string_view yaml, std::string_view file,
                                  std::vector<std::string>& problems) {
  ConfigProblems found{std::string(file)};
  Config config;
  if (const std::optional<ConfigNode> root = parse_config(yaml, found)) {
    read_mapping(ConfigValue(*root, found), kKeys, config);
  }
  problems.insert(problems.end(), found.sentences().begin(), found.sentences().end());
  return found.empty() ? std::optional(std::move(config)) : std::nullopt;
}

std::optional<Config> load_config(const std::string& file, std::vector<std::string>& problems) {
  std::ifstream stream(file, std::ios::binary);
  std::string yaml(kMaxConfigBytes + 1, '\0');  // one more than allowed: told by its size
  stream.read(yaml.data(), static_cast<std::streamsize>(yaml.size()));
  if (!stream.is_open() || stream.bad() || (stream.fail() && !stream.eof())) {
    problems.push_back(file + ": cannot be read: " + std::generic_category().message(errno));
    return std::nullopt;
  }
  yaml.resize(static_cast<std::size_t>(stream.gcount()));
  return read_config(yaml, file, problems);
}

}  // namespace capture
