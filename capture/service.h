#ifndef CLOSEWATCH_CAPTURE_SERVICE_H_
#define CLOSEWATCH_CAPTURE_SERVICE_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "config/code_profile.h"
#include "websocket/summary.h"

namespace capture {

// Which connections belong to a service. A rule that names several kinds of criteria (ports, hosts,
// paths) needs one match of each kind it names; a rule that names none matches every connection.
struct ServiceRule {
  std::string name;
  std::vector<std::uint16_t> ports;  // of the server
  // "chat.example.com", or "*.example.com" for every name below example.com at any depth.
  std::vector<std::string> hosts;
  // Prefixes that end where a segment of the path ends: "/ws" takes "/ws" and "/ws/1", not "/wsx".
  std::vector<std::string> paths;
  std::vector<config::CodeName> codes;  // what the application means by its codes
};

// The services of a configuration. Immutable.
class ServiceTable {
 public:
  // Without rules there is one service, `default`. With rules (names at most
  // config::kMaxServices - 1) the
  // services are theirs in order and, last, `other`; rules of the same name are one service.
  explicit ServiceTable(std::vector<ServiceRule> rules = {});

  // The service of the first rule that matches. `host` is the Host header field, with or without a
  // port, empty when it was not seen; `path` is the target of the request, its query is ignored.
  websocket::ServiceId match(std::uint16_t server_port, std::string_view host,
                             std::string_view path) const;

  // By ServiceId.
  const std::vector<std::string>& names() const { return names_; }

 private:
  struct Entry {
    ServiceRule rule;  // hosts in lower case
    websocket::ServiceId service;
  };
  std::vector<Entry> entries_;
  std::vector<std::string> names_;
};

}  // namespace capture

#endif  // CLOSEWATCH_CAPTURE_SERVICE_H_
