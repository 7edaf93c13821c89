#include "config/service_name.h"

#include <algorithm>

namespace config {

bool is_service_name(std::string_view name) {
  const auto is_alphanumeric = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  };
  return !name.empty() && name.size() <= 64 && is_alphanumeric(name.front()) &&
         std::ranges::all_of(
             name, [&](char c) { return is_alphanumeric(c) || c == '_' || c == '-' || c == '.'; });
}

}  // namespace config
