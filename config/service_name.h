#ifndef CLOSEWATCH_CONFIG_SERVICE_NAME_H_
#define CLOSEWATCH_CONFIG_SERVICE_NAME_H_

#include <cstddef>
#include <string_view>

namespace config {

// Every service is a label value of every metric, so their number is bounded; one is `other`.
inline constexpr std::size_t kMaxServices = 64;
inline constexpr std::string_view kDefaultService = "default";
inline constexpr std::string_view kOtherService = "other";

// Can this be a service's name: 1 to 64 letters, digits, `_`, `-` and `.`, the first a letter or a
// digit?
bool is_service_name(std::string_view name);

}  // namespace config

#endif  // CLOSEWATCH_CONFIG_SERVICE_NAME_H_
