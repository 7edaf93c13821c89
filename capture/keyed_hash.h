#ifndef CLOSEWATCH_CAPTURE_KEYED_HASH_H_
#define CLOSEWATCH_CAPTURE_KEYED_HASH_H_

#include <array>
#include <cstdint>

namespace capture {

// A hash that depends on a secret: without it nobody can choose addresses and ports that fall into
// one place of the table. Each pair of words, mixed with the secret, is multiplied to 128 bits and
// folded; the hash never leaves the process, so nothing can be learned about the secret.
class KeyedHash {
 public:
  using Key = std::array<std::uint64_t, 3>;

  // A key from the operating system's random source.
  static KeyedHash random();
  constexpr explicit KeyedHash(const Key& key) : key_(key) {}

  constexpr std::uint64_t operator()(std::uint64_t a, std::uint64_t b) const {
    return fold(fold(a ^ key_[0], b ^ key_[1]) ^ key_[2], key_[0]);
  }
  // Goes on from an earlier hash.
  constexpr std::uint64_t operator()(std::uint64_t hash, std::uint64_t a, std::uint64_t b) const {
    return fold(fold(a ^ key_[0], b ^ key_[1]) ^ hash, key_[2]);
  }

 private:
  static constexpr std::uint64_t fold(std::uint64_t a, std::uint64_t b) {
    __extension__ using Wide = unsigned __int128;
    const Wide product = Wide{a} * b;
    return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64U);
  }

  Key key_;
};

}  // namespace capture

#endif  // CLOSEWATCH_CAPTURE_KEYED_HASH_H_
