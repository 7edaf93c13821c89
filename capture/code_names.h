#ifndef CLOSEWATCH_CAPTURE_CODE_NAMES_H_
#define CLOSEWATCH_CAPTURE_CODE_NAMES_H_

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "websocket/close_code.h"

namespace capture {

struct CodeName {
  websocket::CloseCode code = 0;
  std::string name;

  friend bool operator==(const CodeName&, const CodeName&) = default;
};

// What a protocol or an application means by its codes: 4004 is one thing to graphql-ws and another
// to the next. Applies to connections that match one criterion of each kind it names.
struct CodeProfile {
  std::string name;
  std::vector<std::string> subprotocols;
  std::vector<std::string> hosts;  // as in ServiceRule
  std::vector<std::string> paths;  // as in ServiceRule
  std::vector<CodeName> codes;
};

// The profiles that need no configuration.
std::vector<CodeProfile> built_in_code_profiles();

// The connection a code was observed on.
struct CodeContext {
  std::string_view service;
  std::string_view subprotocol;
  std::string_view host;
  std::string_view path;
};

struct ServiceRule;

// Names of close codes: by the rules of the service, else by the first profile that applies, else
// by the IANA registry. Immutable; the names live as long as it does.
class CodeNames {
 public:
  // Without configuration: the built-in profiles.
  CodeNames();
  // The profiles come before the built-in ones.
  CodeNames(const std::vector<ServiceRule>& services, std::vector<CodeProfile> profiles);

  // Empty for a code without a name.
  std::string_view name(websocket::CloseCode code, const CodeContext& connection) const;

  // Every configured code, for the metrics: which codes to count by their number, and their names.
  // In the order of the configuration, then the built-in profiles.
  std::vector<CodeName> all() const;

 private:
  struct ServiceCodes {
    std::string service;
    std::vector<CodeName> codes;
  };
  std::vector<ServiceCodes> services_;
  std::vector<CodeProfile> profiles_;
};

}  // namespace capture

#endif  // CLOSEWATCH_CAPTURE_CODE_NAMES_H_
