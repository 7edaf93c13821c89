#include "proxy/header_rules.h"

#include <string_view>

#include "proxy/field_names.h"
#include "proxy/fields.h"
#include "proxy/request_target.h"
#include "websocket/http_head.h"

namespace proxy {
namespace {

std::string problem_with_name(const std::string& name) {
  if (!is_token(name)) return "\"" + name + "\" is no name of a header.";
  if (is_connection_field(name) || is_websocket_field(name) ||
      websocket::equals_ignoring_case(name, "Trailer")) {
    return name + " belongs to the connection and cannot be set or removed.";
  }
  return {};
}

bool is_host(std::string_view name) { return websocket::equals_ignoring_case(name, "Host"); }

}  // namespace

std::string problem_with(const HeaderRules& rules) {
  for (const auto& [name, value] : rules.set) {
    if (std::string problem = problem_with_name(name); !problem.empty()) return problem;
    if (!is_field_value(value) || trim_whitespace(value) != value) {
      return "The value of " + name + " holds control characters, or spaces around it.";
    }
    if (is_host(name) && !is_authority(value)) return "\"" + value + "\" is no host.";
  }
  for (const std::string& name : rules.remove) {
    if (std::string problem = problem_with_name(name); !problem.empty()) return problem;
    if (is_host(name)) return "Host can be set, but not removed.";
  }
  return {};
}

}  // namespace proxy
