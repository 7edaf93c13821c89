#include <algorithm>

#include "config/printable.h"
#include "config/shared_keys.h"
#include "proxy/config_keys.h"
#include "proxy/fields.h"
#include "proxy/request_target.h"

namespace proxy {
namespace {

using config::field;
using config::Key;
using config::Value;

// True when the rule can be used.
bool check(const HeaderRules& rule, const Value& value) {
  std::string problem = problem_with(rule);
  if (problem.ends_with('.')) problem.pop_back();
  if (!problem.empty()) value.complain(config::printable(problem, 200));
  return problem.empty();
}

void set_fields(const Value& value, HeaderRules& rules) {
  value.each_entry("a mapping of header names to values", [&](const Value& key, const Value& item) {
    const auto any = [](std::string_view) { return true; };
    const std::optional<std::string> name = key.text("the name of a header", any);
    const std::optional<std::string> text = item.text("the value of a header", any);
    if (!name || !text) return;
    const HeaderRules rule{.set = {{*name, *text}}, .remove = {}};
    if (check(rule, item)) rules.set.push_back(rule.set.front());
  });
}

void remove_fields(const Value& value, HeaderRules& rules) {
  value.each_item("a list", [&](const Value& item) {
    const std::optional<std::string> name = config::not_empty(item);
    if (name && check({.set = {}, .remove = {*name}}, item)) rules.remove.push_back(*name);
  });
}

constexpr auto kHeaderKeys = std::to_array<Key<HeaderRules>>({
    {"set", set_fields},
    {"remove", remove_fields},
});

// RFC 6454 section 6.2: a scheme, a host and perhaps a port; or null, as sandboxed pages send it.
bool is_origin(std::string_view text) {
  if (text == "null") return true;
  const std::size_t end = text.find("://");
  if (end == std::string_view::npos) return false;
  const std::string_view scheme = text.substr(0, end);
  return is_token(scheme) && is_authority(text.substr(end + 3));
}

std::optional<std::string> origin(const Value& value) {
  return value.text("an origin, such as https://chat.example.com or \"null\"", is_origin);
}

// One must not mean a list and get what an empty one means, everybody.
std::optional<std::vector<std::string>> origins(const Value& value) {
  if (value.is_empty()) value.complain("expected at least one origin, or not this key");
  return config::list<origin>(value);
}

// A route's `deny`, which its `service` has to be empty for.
void deny(const Value& value, RouteOptions& /*options*/) {
  if (value.boolean() == false) value.complain("expected true, or not this key");
}

constexpr auto kRouteKeys = std::to_array<Key<RouteOptions>>({
    {"hosts", field<&RouteOptions::hosts, config::list<config::host_pattern>>},
    {"paths", field<&RouteOptions::paths, config::list<config::path_prefix>>},
    {"service", field<&RouteOptions::service, config::service_name>},
    {"deny", deny},
    {"request_headers", config::section<&RouteOptions::request_headers, kHeaderKeys>},
    {"response_headers", config::section<&RouteOptions::response_headers, kHeaderKeys>},
    {"allowed_origins", field<&RouteOptions::allowed_origins, origins>},
});

}  // namespace

std::optional<std::string> token(const Value& value) {
  return value.text("a name of letters, digits and -, as in a header", is_token);
}

std::optional<RouteOptions> route(const Value& value) {
  RouteOptions options;
  read_mapping(value, kRouteKeys, options);
  if (value.kind() == config::Node::Kind::mapping && value.has("service") == value.has("deny")) {
    value.complain("expected a service or deny: true, one of the two");
  }
  return options;
}

}  // namespace proxy
