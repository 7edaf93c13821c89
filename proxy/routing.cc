#include "proxy/routing.h"

#include <algorithm>
#include <charconv>

#include "config/host_and_path.h"
#include "proxy/request_target.h"
#include "websocket/http_head.h"

namespace proxy {
namespace {

// RFC 3986 section 2.3.
constexpr bool is_unreserved(char c) {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '-' ||
         c == '.' || c == '_' || c == '~';
}

constexpr char upper(char c) { return c >= 'a' && c <= 'f' ? static_cast<char>(c - 'a' + 'A') : c; }

// Without escapes that mean the same as the character; in the others the digits are upper case (RFC
// 3986 section 6.2.2). Bad escapes stay as they are.
std::string equivalent_path(std::string_view path) {
  std::string text;
  for (std::size_t i = 0; i < path.size(); ++i) {
    text += path[i];
    const std::string_view digits = path.substr(i + 1, 2);
    unsigned char value = 0;
    const char* end = digits.data() + digits.size();
    if (path[i] != '%' || digits.size() != 2 ||
        std::from_chars(digits.data(), end, value, 16).ptr != end) {
      continue;
    }
    if (const char c = static_cast<char>(value); is_unreserved(c)) {
      text.back() = c;
    } else {
      text += {upper(digits[0]), upper(digits[1])};
    }
    i += 2;
  }
  return text;
}

bool has_dot_segment(std::string_view path) {
  while (!path.empty()) {
    const std::size_t slash = std::min(path.find('/'), path.size());
    const std::string_view segment = path.substr(0, slash);
    if (segment == "." || segment == "..") return true;
    path.remove_prefix(std::min(slash + 1, path.size()));
  }
  return false;
}

// A name may end with the dot of the root; more than one is a spelling that only deceives.
std::string host_to_match(std::string_view host) {
  std::string normal = config::normal_host(host);
  while (normal.ends_with('.')) normal.pop_back();
  return normal;
}

std::optional<std::size_t> index_of_service(const ProxyConfig& config, std::string_view name) {
  if (name.empty()) return std::nullopt;
  const auto found = std::ranges::find(config.services, name, &ServiceOptions::name);
  if (found == config.services.end()) return std::nullopt;
  return static_cast<std::size_t>(found - config.services.begin());
}

}  // namespace

Routes::Routes(const ProxyConfig& config) {
  for (const RouteOptions& options : config.routes) {
    Route route{.options = options,
                .hosts = {},
                .paths = {},
                .service = index_of_service(config, options.service)};
    for (const std::string& host : options.hosts) route.hosts.push_back(host_to_match(host));
    for (const std::string& path : options.paths) {
      route.paths[as_it_stands].push_back(equivalent_path(path));
      route.paths[decoded].push_back(routing_path(path).value_or(path));
    }
    routes_.push_back(std::move(route));
  }
  if (config.routes.empty() && !config.services.empty()) {
    routes_.push_back(Route{.options = {}, .hosts = {}, .paths = {}, .service = 0});
  }
}

std::variant<RouteMatch, Rejection> Routes::match(std::string_view host, std::string_view path,
                                                  std::string_view path_as_decoded) const {
  const std::string plain_path = equivalent_path(path);
  if (has_dot_segment(plain_path) || has_dot_segment(path_as_decoded)) return Rejection::denied;

  const std::string normal_host = host_to_match(host);
  const Route* plain = first_match(normal_host, plain_path, as_it_stands);
  const Route* normal = first_match(normal_host, path_as_decoded, decoded);
  for (const Route* route : {plain, normal}) {
    if (route != nullptr && !route->service) return Rejection::denied;
  }
  if (plain == nullptr || normal == nullptr) return Rejection::no_route;
  const bool only_plain_checks =
      !plain->options.allowed_origins.empty() && normal->options.allowed_origins.empty();
  const Route& chosen = only_plain_checks ? *plain : *normal;
  return RouteMatch{.options = &chosen.options, .service = *chosen.service};
}

const Routes::Route* Routes::first_match(std::string_view host, std::string_view path,
                                         Reading reading) const {
  const auto matches = [&](const Route& route) {
    const auto is_its_host = [&](std::string_view pattern) {
      return config::host_matches(pattern, host);
    };
    const auto is_its_path = [&](std::string_view prefix) {
      return config::path_matches(prefix, path);
    };
    return (route.hosts.empty() || std::ranges::any_of(route.hosts, is_its_host)) &&
           (route.options.paths.empty() || std::ranges::any_of(route.paths[reading], is_its_path));
  };
  const auto found = std::ranges::find_if(routes_, matches);
  return found == routes_.end() ? nullptr : &*found;
}

bool allows_origin(const RouteOptions& route, std::optional<std::string_view> origin) {
  if (route.allowed_origins.empty()) return true;
  return origin && std::ranges::any_of(route.allowed_origins, [&](std::string_view allowed) {
           return websocket::equals_ignoring_case(allowed, *origin);
         });
}

}  // namespace proxy
