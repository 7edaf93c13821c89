#include "config/host_and_path.h"

#include <algorithm>

namespace config {
namespace {

constexpr bool is_alphanumeric(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

constexpr char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool is_ipv6_literal(std::string_view text) {
  return text.size() > 3 && text.front() == '[' && text.back() == ']' &&
         std::ranges::all_of(text.substr(1, text.size() - 2),
                             [](char c) { return is_alphanumeric(c) || c == ':' || c == '.'; });
}

std::string_view without_port(std::string_view host) {
  if (host.starts_with('[')) {
    const std::size_t bracket = host.find(']');
    return bracket == std::string_view::npos ? host : host.substr(0, bracket + 1);
  }
  return host.substr(0, host.find(':'));
}

}  // namespace

std::string normal_host(std::string_view host) {
  host = without_port(host);
  if (host.ends_with('.')) host.remove_suffix(1);
  std::string normal(host);
  std::ranges::transform(normal, normal.begin(), lower);
  return normal;
}

bool is_host_pattern(std::string_view pattern) {
  if (is_ipv6_literal(pattern)) return true;
  if (pattern.starts_with("*.")) pattern.remove_prefix(2);
  return !pattern.empty() && pattern.size() <= 253 && pattern.front() != '.' &&
         std::ranges::all_of(pattern, [](char c) {
           return is_alphanumeric(c) || c == '-' || c == '.' || c == '_';
         });
}

bool host_matches(std::string_view pattern, std::string_view host) {
  if (!pattern.starts_with("*.")) return pattern == host;
  const std::string_view suffix = pattern.substr(1);
  return host.size() > suffix.size() && host.ends_with(suffix);
}

bool path_matches(std::string_view prefix, std::string_view path) {
  if (prefix.ends_with('/')) prefix.remove_suffix(1);
  if (!path.starts_with(prefix)) return false;
  if (path.size() == prefix.size()) return true;
  const char next = path[prefix.size()];
  return next == '/' || next == '?';
}

}  // namespace config
