#include "config/shared_keys.h"

#include <algorithm>

#include "config/host_and_path.h"
#include "config/service_name.h"

namespace config {
namespace {

std::optional<std::string> code_name(const Value& value) {
  return value.text("a name of 1 to 64 printable characters", [](std::string_view text) {
    return !text.empty() && text.size() <= 64 &&
           std::ranges::all_of(text, [](char c) { return c >= 0x20 && c < 0x7f; });
  });
}

constexpr auto kProfileKeys = std::to_array<Key<CodeProfile>>({
    {"name", field<&CodeProfile::name, service_name>},
    {"services", field<&CodeProfile::services, list<service_name>>},
    {"subprotocols", field<&CodeProfile::subprotocols, list<not_empty>>},
    {"hosts", field<&CodeProfile::hosts, list<host_pattern>>},
    {"paths", field<&CodeProfile::paths, list<path_prefix>>},
    {"codes", field<&CodeProfile::codes, code_names>},
});

}  // namespace

std::optional<std::string> not_empty(const Value& value) {
  return value.text("text", [](std::string_view text) { return !text.empty(); });
}

std::optional<std::string> service_name(const Value& value) {
  std::optional<std::string> name =
      value.text("1 to 64 letters, digits, `_`, `-` or `.`", is_service_name);
  if (name != kOtherService) return name;
  value.complain("the name other is kept for connections that no rule matches");
  return std::nullopt;
}

std::optional<std::string> host_pattern(const Value& value) {
  return value.text("a host name without a port, such as chat.example.com or \"*.example.com\"",
                    is_host_pattern);
}

std::optional<std::string> path_prefix(const Value& value) {
  return value.text("a path that begins with / and has no query", [](std::string_view text) {
    return text.starts_with('/') && text.find_first_of("?#") == std::string_view::npos;
  });
}

std::optional<std::vector<CodeName>> code_names(const Value& value) {
  std::optional<std::vector<CodeName>> codes(std::in_place);
  value.each_entry("a mapping of close codes to names, such as {4001: session-expired}",
                   [&](const Value& key, const Value& item) {
                     const auto code = key.number(3000, 4999);
                     std::optional<std::string> name = code_name(item);
                     if (!code || !name) return;
                     codes->push_back({static_cast<websocket::CloseCode>(*code), *std::move(name)});
                   });
  return codes;
}

std::optional<CodeProfile> code_profile(const Value& value) {
  CodeProfile profile;
  read_mapping(value, kProfileKeys, profile);
  if (!value.has("codes")) value.complain("expected codes");
  return profile;
}

}  // namespace config
