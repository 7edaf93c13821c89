#ifndef CLOSEWATCH_METRICS_CODE_PROFILES_H_
#define CLOSEWATCH_METRICS_CODE_PROFILES_H_

#include <string>
#include <string_view>
#include <vector>

#include "config/code_profile.h"
#include "websocket/close_code.h"

namespace metrics {

// The connection a code was observed on.
struct CodeContext {
  std::string_view service = {};
  std::string_view subprotocol = {};
  std::string_view host = {};  // as in the Host header field
  std::string_view path = {};
};

// Names of close codes: by the first profile that applies and has the code, else by the IANA
// registry. Immutable after the last add().
class CodeProfiles {
 public:
  // The built-in profiles: graphql-transport-ws.
  CodeProfiles();

  // A configured profile: after those added before, ahead of the built-in ones.
  void add(config::CodeProfile profile);

  // Empty for a code without a name. The name lives until the next add().
  std::string_view name(websocket::CloseCode code, const CodeContext& connection) const;

  // Every name of the registry and the profiles, one row a code in ascending order; a code that
  // several profiles name differently has all its names: "BadResponse / Authentication failed".
  std::vector<config::CodeName> all() const;

 private:
  std::vector<config::CodeProfile> profiles_;  // hosts as of normal_host()
  std::size_t configured_ = 0;                 // so many of them, the first
};

}  // namespace metrics

#endif  // CLOSEWATCH_METRICS_CODE_PROFILES_H_
