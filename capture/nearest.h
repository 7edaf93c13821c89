#ifndef CLOSEWATCH_CAPTURE_NEAREST_H_
#define CLOSEWATCH_CAPTURE_NEAREST_H_

#include <optional>
#include <span>
#include <string_view>

namespace capture {

// The word nearest to a misspelt one, or nothing when none is near.
std::optional<std::string_view> nearest(std::string_view word,
                                        std::span<const std::string_view> words);

}  // namespace capture

#endif  // CLOSEWATCH_CAPTURE_NEAREST_H_
