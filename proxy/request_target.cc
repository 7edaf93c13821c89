#include "proxy/request_target.h"

#include <algorithm>
#include <charconv>

#include "proxy/address_range.h"
#include "websocket/http_head.h"

namespace proxy {
namespace {

bool is_target_byte(char c) { return c > ' ' && c < '\x7f' && c != '#'; }

bool is_host_byte(char c) {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
         std::string_view{"-._~"}.find(c) != std::string_view::npos;
}

// The target without its scheme, from the authority on; empty when it is not in absolute-form.
std::string_view behind_scheme(std::string_view target) {
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (websocket::equals_ignoring_case(target.substr(0, scheme.size()), scheme)) {
      return target.substr(scheme.size());
    }
  }
  return {};
}

bool is_port(std::string_view text) {
  unsigned port = 0;
  const char* end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data(), end, port);
  return text.size() <= 5 && parsed.ec == std::errc{} && parsed.ptr == end && port > 0 &&
         port <= 65535;
}

// Percent-decoded once, with "/" for "\".
std::optional<std::string> decode(std::string_view path) {
  std::string decoded;
  while (!path.empty()) {
    char c = path.front();
    std::size_t width = 1;
    if (c == '%') {
      unsigned value = 0;
      const std::string_view digits = path.substr(1, 2);
      const char* end = digits.data() + digits.size();
      const auto parsed = std::from_chars(digits.data(), end, value, 16);
      if (digits.size() != 2 || parsed.ptr != end || value == 0) return std::nullopt;
      c = static_cast<char>(value);
      width = 3;
    }
    decoded += c == '\\' ? '/' : c;
    path.remove_prefix(width);
  }
  return decoded;
}

}  // namespace

std::optional<RequestTarget> parse_request_target(std::string_view text) {
  if (!std::ranges::all_of(text, is_target_byte)) return std::nullopt;
  if (text == "*") return RequestTarget{.authority = {}, .path = text, .query = {}};
  RequestTarget target;
  if (!text.starts_with('/')) {
    text = behind_scheme(text);
    target.authority = text.substr(0, text.find_first_of("/?"));
    if (!is_authority(target.authority)) return std::nullopt;
    text.remove_prefix(target.authority.size());
  }
  target.path = text.substr(0, text.find('?'));
  target.query = text.substr(target.path.size());
  if (target.path.find('\\') != std::string_view::npos) return std::nullopt;
  return target;
}

std::optional<std::string> routing_path(std::string_view path) {
  if (path == "*") return std::string{path};
  const std::optional<std::string> decoded = decode(path);
  if (!decoded || !decoded->starts_with('/')) return std::nullopt;
  std::string normal;
  std::string_view rest = *decoded;
  while (!rest.empty()) {
    rest.remove_prefix(1);
    const std::string_view segment = rest.substr(0, rest.find('/'));
    rest.remove_prefix(segment.size());
    const std::string_view plain = segment.substr(0, segment.find(';'));
    if (plain == "." || plain == "..") return std::nullopt;
    if (!plain.empty() || rest.empty()) normal.append("/").append(plain);
  }
  return normal;
}

bool is_authority(std::string_view text) {
  const std::string_view host = host_of(text);
  const std::string_view port = text.substr(host.size());
  if (!port.empty() && !(port.starts_with(':') && is_port(port.substr(1)))) return false;
  if (!host.starts_with('[')) return !host.empty() && std::ranges::all_of(host, is_host_byte);
  if (!host.ends_with(']')) return false;
  const auto address = parse_address(host.substr(1, host.size() - 2));
  return address && address->is_ipv6;
}

std::string_view host_of(std::string_view authority) {
  if (!authority.starts_with('[')) return authority.substr(0, authority.find(':'));
  const std::size_t bracket = authority.find(']');
  return bracket == std::string_view::npos ? authority : authority.substr(0, bracket + 1);
}

}  // namespace proxy
