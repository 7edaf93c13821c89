#include "capture/keyed_hash.h"

#include <random>

namespace capture {

KeyedHash KeyedHash::random() {
  std::random_device source;
  const auto word = [&source] { return (std::uint64_t{source()} << 32U) | source(); };
  const std::uint64_t key0 = word();
  return {key0, word()};
}

}  // namespace capture
