#ifndef CLOSEWATCH_CONFIG_CODE_PROFILE_H_
#define CLOSEWATCH_CONFIG_CODE_PROFILE_H_

#include <string>
#include <vector>

#include "websocket/close_code.h"

namespace config {

struct CodeName {
  websocket::CloseCode code = 0;
  std::string name;

  friend bool operator==(const CodeName&, const CodeName&) = default;
};

// What a protocol or an application means by its codes: 4004 is one thing to graphql-ws and another
// to the next. Applies to connections that match one criterion of each kind it names.
struct CodeProfile {
  std::string name;
  std::vector<std::string> services;
  std::vector<std::string> subprotocols;
  std::vector<std::string> hosts;  // patterns, see config/host_and_path.h
  std::vector<std::string> paths;  // prefixes, see config/host_and_path.h
  std::vector<CodeName> codes;

  friend bool operator==(const CodeProfile&, const CodeProfile&) = default;
};

// The profile of a service's own codes.
inline CodeProfile service_profile(const std::string& service, const std::vector<CodeName>& codes) {
  return {service, {service}, {}, {}, {}, codes};
}

}  // namespace config

#endif  // CLOSEWATCH_CONFIG_CODE_PROFILE_H_
