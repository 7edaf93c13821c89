#ifndef CLOSEWATCH_CONFIG_NEAREST_H_
#define CLOSEWATCH_CONFIG_NEAREST_H_

#include <optional>
#include <span>
#include <string_view>

namespace config {

// The word nearest to a misspelt one, or nothing when none is near.
std::optional<std::string_view> nearest(std::string_view word,
                                        std::span<const std::string_view> words);

}  // namespace config

#endif  // CLOSEWATCH_CONFIG_NEAREST_H_
