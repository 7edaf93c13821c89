#include "proxy/field_names.h"

#include <algorithm>
#include <array>
#include <string>

#include "websocket/http_head.h"

namespace proxy {
namespace {

using websocket::equals_ignoring_case;

constexpr std::array<std::string_view, 11> kConnectionFields{"Connection",
                                                             "Content-Length",
                                                             "HTTP2-Settings",
                                                             "Keep-Alive",
                                                             "Proxy",
                                                             "Proxy-Authenticate",
                                                             "Proxy-Authorization",
                                                             "Proxy-Connection",
                                                             "TE",
                                                             "Transfer-Encoding",
                                                             "Upgrade"};
constexpr std::array<std::string_view, 4> kNeededFields{"Host", "Origin", "Expect", "Trailer"};

bool is_one_of(std::string_view name, const auto& names) {
  return std::ranges::any_of(
      names, [name](std::string_view other) { return equals_ignoring_case(name, other); });
}

bool begins_with(std::string_view name, std::string_view prefix) {
  return equals_ignoring_case(name.substr(0, prefix.size()), prefix);
}

}  // namespace

bool is_connection_field(std::string_view name) { return is_one_of(name, kConnectionFields); }

bool is_websocket_field(std::string_view name) { return begins_with(name, "Sec-WebSocket-"); }

bool is_forwarding_field(std::string_view name) {
  return equals_ignoring_case(name, "Forwarded") || begins_with(name, "X-Forwarded-");
}

bool is_protected_field(std::string_view name) {
  return is_connection_field(name) || is_websocket_field(name) || is_forwarding_field(name) ||
         is_one_of(name, kNeededFields);
}

bool imitates_other_field(std::string_view name) {
  if (name.find('_') == std::string_view::npos) return false;
  std::string dashed{name};
  std::ranges::replace(dashed, '_', '-');
  return is_protected_field(dashed);
}

}  // namespace proxy
