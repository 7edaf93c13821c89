#ifndef CLOSEWATCH_CONFIG_WEB_ADDRESS_H_
#define CLOSEWATCH_CONFIG_WEB_ADDRESS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace config {

// An http or https URL without user, query and fragment (RFC 3986), taken apart.
struct WebAddress {
  bool tls = false;
  std::string host;  // a name or an address; IPv6 without brackets
  std::uint16_t port = 0;
  std::string path;  // "" or "/prefix", never with a slash at its end

  static std::optional<WebAddress> parse(std::string_view url);
  // host:port, with brackets around an IPv6 address.
  std::string authority() const;

  friend bool operator==(const WebAddress&, const WebAddress&) = default;
};

}  // namespace config

#endif  // CLOSEWATCH_CONFIG_WEB_ADDRESS_H_
