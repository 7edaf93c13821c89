#include "proxy/balance_key.h"

#include <algorithm>
#include <string>

#include "proxy/client_places.h"

namespace proxy {
namespace {

std::string_view trim(std::string_view text) {
  while (text.starts_with(' ') || text.starts_with('\t')) text.remove_prefix(1);
  while (text.ends_with(' ') || text.ends_with('\t')) text.remove_suffix(1);
  return text;
}

std::uint64_t hash_of_client(const websocket::Endpoint& endpoint) {
  const ClientPlaces::Client client = ClientPlaces::client_of(endpoint);
  std::string text(client.address.begin(), client.address.end());
  text += client.is_ipv6 ? '6' : '4';
  return stable_hash(text);
}

}  // namespace

std::uint64_t stable_hash(std::string_view text) {
  std::uint64_t hash = 0xcbf29ce484222325U;  // FNV-1a
  for (const char c : text) {
    hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
  }
  // Its high bits hardly depend on the last characters; addresses differ in nothing else.
  return mixed(hash);
}

std::uint64_t mixed(std::uint64_t value) {
  value = (value ^ (value >> 30U)) * 0xbf58476d1ce4e5b9U;
  value = (value ^ (value >> 27U)) * 0x94d049bb133111ebU;
  return value ^ (value >> 31U);
}

std::string_view balance_field(const ServiceOptions& options) {
  if (options.balance != Balance::consistent_hash) return {};
  switch (options.hash_key) {
    case HashKey::client_address:
      return {};
    case HashKey::header:
      return options.hash_name;
    case HashKey::cookie:
      return "Cookie";
  }
  return {};
}

std::uint64_t balance_key(const ServiceOptions& options, const websocket::Endpoint& client,
                          std::span<const std::string_view> values) {
  if (!balance_field(options).empty()) {
    for (const std::string_view value : values) {
      const std::string_view key = options.hash_key == HashKey::cookie
                                       ? cookie_value(value, options.hash_name).value_or("")
                                       : trim(value);
      if (!key.empty()) return stable_hash(key);
    }
  }
  return hash_of_client(client);
}

std::optional<std::string_view> cookie_value(std::string_view field, std::string_view name) {
  while (!field.empty()) {
    const std::string_view pair = field.substr(0, field.find(';'));
    field.remove_prefix(std::min(pair.size() + 1, field.size()));
    const std::size_t equals = pair.find('=');
    if (equals == std::string_view::npos || trim(pair.substr(0, equals)) != name) continue;
    std::string_view value = trim(pair.substr(equals + 1));
    if (value.size() >= 2 && value.starts_with('"') && value.ends_with('"')) {
      value = value.substr(1, value.size() - 2);
    }
    return value;
  }
  return std::nullopt;
}

}  // namespace proxy
