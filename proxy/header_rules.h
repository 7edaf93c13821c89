#ifndef CLOSEWATCH_PROXY_HEADER_RULES_H_
#define CLOSEWATCH_PROXY_HEADER_RULES_H_

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace proxy {

// What a route changes in the heads that pass it. Names compare case-insensitively. First `remove`,
// then `set`, which replaces every field of that name.
struct HeaderRules {
  std::vector<std::pair<std::string, std::string>> set{};
  std::vector<std::string> remove{};

  friend bool operator==(const HeaderRules&, const HeaderRules&) = default;
};

// One sentence when the rules cannot be used, empty when they can: names are tokens, values are
// field values, and none is a field that frames a message or belongs to a connection or to the
// opening handshake. Host may be set, not removed.
std::string problem_with(const HeaderRules& rules);

}  // namespace proxy

#endif  // CLOSEWATCH_PROXY_HEADER_RULES_H_
