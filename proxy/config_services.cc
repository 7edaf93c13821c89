#include <algorithm>

#include "config/host_and_path.h"
#include "config/quantity.h"
#include "config/shared_keys.h"
#include "proxy/config_keys.h"
#include "proxy/fields.h"

namespace proxy {
namespace {

using config::field;
using config::Key;
using config::Value;

constexpr std::array<std::string_view, 3> kBalances{"round_robin", "least_connections",
                                                    "consistent_hash"};
constexpr std::array<std::string_view, 3> kProxyProtocols{"off", "v1", "v2"};
constexpr std::int64_t kDay = std::int64_t{86'400} * 1000;  // in milliseconds

std::optional<config::ListenAddress> upstream(const Value& value) {
  const std::optional<std::string> text = value.text(kUpstreamForm, [](std::string_view candidate) {
    const auto address = config::parse_listen_address(candidate);
    return address && is_upstream(*address);
  });
  return text ? config::parse_listen_address(*text) : std::nullopt;
}

std::optional<std::vector<config::ListenAddress>> upstreams(const Value& value) {
  std::vector<config::ListenAddress> all;
  value.each_item("a list", [&](const Value& item) {
    const std::optional<config::ListenAddress> address = upstream(item);
    if (!address) return;
    if (std::ranges::find(all, *address) != all.end())
      item.complain("this upstream is there twice");
    all.push_back(*address);
  });
  return all;
}

// What the consistent hash is of.
struct HashBy {
  HashKey key = HashKey::client_address;
  std::string name;
};

template <HashKey Which>
void hash_by_name(const Value& value, HashBy& hash_by) {
  hash_by.key = Which;
  if (std::optional<std::string> name = token(value)) hash_by.name = *std::move(name);
}

constexpr auto kHashByKeys = std::to_array<Key<HashBy>>({
    {"header", hash_by_name<HashKey::header>},
    {"cookie", hash_by_name<HashKey::cookie>},
});

void hash_by(const Value& value, ServiceOptions& options) {
  HashBy read;
  if (value.kind() == config::Node::Kind::mapping) {
    read_mapping(value, kHashByKeys, read);
    if (value.has("header") == value.has("cookie")) value.complain("expected a header or a cookie");
  } else if (!value.text("client_address, {header: NAME} or {cookie: NAME}",
                         [](std::string_view text) { return text == "client_address"; })) {
    return;
  }
  options.hash_key = read.key;
  options.hash_name = std::move(read.name);
}

std::optional<std::string> health_path(const Value& value) {
  return value.text("a path that begins with /", [](std::string_view text) {
    return text.starts_with('/') &&
           std::ranges::all_of(text, [](char c) { return c > 0x20 && c < 0x7f && c != '#'; });
  });
}

constexpr auto kActiveKeys = std::to_array<Key<ActiveHealthCheck>>({
    {"enabled", field<&ActiveHealthCheck::enabled, config::boolean>},
    {"path", field<&ActiveHealthCheck::path, health_path>},
    {"interval", field<&ActiveHealthCheck::interval, config::duration<100, kDay>>},
    {"timeout", field<&ActiveHealthCheck::timeout, config::duration<1, kDay>>},
    {"unhealthy_after", field<&ActiveHealthCheck::unhealthy_after, config::number<1, 1000>>},
    {"healthy_after", field<&ActiveHealthCheck::healthy_after, config::number<1, 1000>>},
});

// To have the section is to want it.
std::optional<ActiveHealthCheck> health_check(const Value& value) {
  ActiveHealthCheck check;
  check.enabled = true;
  read_mapping(value, kActiveKeys, check);
  return check;
}

constexpr auto kPassiveKeys = std::to_array<Key<PassiveHealthCheck>>({
    {"failures", field<&PassiveHealthCheck::failures, config::number<0, 1'000'000>>},
    {"pause", field<&PassiveHealthCheck::pause, config::duration<1, kDay>>},
});

void service_timeouts(const Value& value, ServiceOptions& options) {
  read_service_timeouts(value, options.timeouts);
}

constexpr auto kServiceKeys = std::to_array<Key<ServiceOptions>>({
    {"name", field<&ServiceOptions::name, config::service_name>},
    {"upstreams", field<&ServiceOptions::upstreams, upstreams>},
    {"balance", field<&ServiceOptions::balance, config::word<Balance, kBalances>>},
    {"hash_by", hash_by},
    {"tls", field<&ServiceOptions::tls, upstream_tls>},
    {"proxy_protocol",
     field<&ServiceOptions::proxy_protocol, config::word<ProxyProtocol, kProxyProtocols>>},
    {"health_check", field<&ServiceOptions::health_check, health_check>},
    {"passive_health_check", config::section<&ServiceOptions::passive_health_check, kPassiveKeys>},
    {"timeouts", service_timeouts},
    {"max_connections", field<&ServiceOptions::max_connections, config::number<0, 100'000'000>>},
    {"on_upstream_lost", field<&ServiceOptions::on_upstream_lost, close_to_client>},
    {"codes", field<&ServiceOptions::codes, config::code_names>},
});

}  // namespace

bool is_upstream(const config::ListenAddress& address) {
  return !address.host.empty() && address.port != 0;
}

std::optional<ServiceOptions> service(const Value& value) {
  ServiceOptions options;
  read_mapping(value, kServiceKeys, options);
  value.require("name");
  value.require("upstreams");
  if (const std::optional<Value> list = value.find("upstreams"); list && list->is_empty()) {
    list->complain("expected at least one upstream");
  }
  if (value.has("hash_by") && options.balance != Balance::consistent_hash) {
    value.find("hash_by")->complain("needs balance: consistent_hash");
  }
  return options;
}

}  // namespace proxy
