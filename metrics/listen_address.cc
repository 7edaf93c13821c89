#include "metrics/listen_address.h"

#include <charconv>
#include <optional>
#include <stdexcept>

namespace metrics {
namespace {

std::optional<std::uint16_t> parse_port(std::string_view text) {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return port;
}

// What the text says, without brackets; nothing when a colon could be the port's or the address's.
std::optional<std::string_view> parse_host(std::string_view text) {
  if (text.starts_with('[')) {
    if (text.size() < 3 || !text.ends_with(']')) return std::nullopt;
    return text.substr(1, text.size() - 2);
  }
  if (text.find_first_of(":[] \t/") != std::string_view::npos) return std::nullopt;
  return text;
}

}  // namespace

ListenAddress parse_listen_address(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  if (colon != std::string_view::npos) {
    const auto host = parse_host(text.substr(0, colon));
    const auto port = parse_port(text.substr(colon + 1));
    if (host && port) return {std::string(*host), *port};
  }
  throw std::invalid_argument("\"" + std::string(text) +
                              "\" is no address to listen on: expected HOST:PORT, [IPV6]:PORT or "
                              ":PORT, for instance 127.0.0.1:10060");
}

std::string to_string(const ListenAddress& address) {
  const bool is_ipv6 = address.host.find(':') != std::string::npos;
  return (is_ipv6 ? "[" + address.host + "]" : address.host) + ":" + std::to_string(address.port);
}

}  // namespace metrics
