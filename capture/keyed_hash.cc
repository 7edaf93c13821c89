#include "capture/keyed_hash.h"

#include <random>

namespace capture {

KeyedHash KeyedHash::random() {
  std::random_device source;
  Key key{};
  // Odd, so that no word of the key is 0.
  for (std::uint64_t& word : key) word = (std::uint64_t{source()} << 32U) | source() | 1U;
  return KeyedHash{key};
}

}  // namespace capture
