#include "config/web_address.h"

#include <algorithm>

#include "config/quantity.h"

namespace config {
namespace {

bool is_host_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
         c == '-' || c == '_';
}

// What stands behind it in an HTTP request line and in a log: no spaces, no controls.
bool is_path_character(char c) { return c > 0x20 && c < 0x7f && c != '?' && c != '#'; }

bool take_prefix(std::string_view& text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return false;
  text.remove_prefix(prefix.size());
  return true;
}

// The host at the start of `text`, which is moved past it; empty when there is none.
std::string take_host(std::string_view& text) {
  const bool brackets = text.starts_with('[');
  const std::size_t end = brackets ? text.find(']') : text.find(':');
  if (brackets && end == std::string_view::npos) return {};
  const std::string_view host = brackets ? text.substr(1, end - 1) : text.substr(0, end);
  const bool valid = std::ranges::all_of(
      host, [brackets](char c) { return is_host_character(c) || (brackets && c == ':'); });
  text.remove_prefix(brackets ? end + 1 : host.size());
  return valid ? std::string(host) : std::string();
}

}  // namespace

std::optional<WebAddress> WebAddress::parse(std::string_view url) {
  WebAddress address;
  address.tls = take_prefix(url, "https://");
  if (!address.tls && !take_prefix(url, "http://")) return std::nullopt;
  std::string_view authority = url.substr(0, url.find('/'));
  std::string_view path = url.substr(authority.size());
  while (path.ends_with('/')) path.remove_suffix(1);
  if (!std::ranges::all_of(path, is_path_character)) return std::nullopt;
  address.path = path;
  address.host = take_host(authority);
  address.port = address.tls ? 443 : 80;
  if (address.host.empty()) return std::nullopt;
  if (authority.empty()) return address;
  if (!take_prefix(authority, ":")) return std::nullopt;
  const std::optional<std::uint64_t> port = parse_number(authority);
  if (!port || *port == 0 || *port > 65'535) return std::nullopt;
  address.port = static_cast<std::uint16_t>(*port);
  return address;
}

std::string WebAddress::authority() const {
  const bool brackets = host.find(':') != std::string::npos;
  return (brackets ? '[' + host + ']' : host) + ':' + std::to_string(port);
}

}  // namespace config
