#ifndef CLOSEWATCH_CAPTURE_KEYED_HASH_H_
#define CLOSEWATCH_CAPTURE_KEYED_HASH_H_

#include <bit>
#include <cstdint>
#include <span>

namespace capture {

// SipHash-1-3: without the key nobody can choose addresses and ports that fall into one bucket.
class KeyedHash {
 public:
  // A key from the operating system's random source.
  static KeyedHash random();
  constexpr KeyedHash(std::uint64_t key0, std::uint64_t key1) : key0_(key0), key1_(key1) {}

  // The hash of whole 64-bit words.
  constexpr std::uint64_t operator()(std::span<const std::uint64_t> words) const {
    std::uint64_t v0 = key0_ ^ 0x736f6d6570736575U;
    std::uint64_t v1 = key1_ ^ 0x646f72616e646f6dU;
    std::uint64_t v2 = key0_ ^ 0x6c7967656e657261U;
    std::uint64_t v3 = key1_ ^ 0x7465646279746573U;
    const auto round = [&] {
      v0 += v1;
      v2 += v3;
      v1 = std::rotl(v1, 13) ^ v0;
      v3 = std::rotl(v3, 16) ^ v2;
      v0 = std::rotl(v0, 32) + v3;
      v2 += v1;
      v1 = std::rotl(v1, 17) ^ v2;
      v3 = std::rotl(v3, 21) ^ v0;
      v2 = std::rotl(v2, 32);
    };
    const auto absorb = [&](std::uint64_t word) {
      v3 ^= word;
      round();
      v0 ^= word;
    };
    for (const std::uint64_t word : words) absorb(word);
    absorb(std::uint64_t{words.size() * 8} << 56U);
    v2 ^= 0xff;
    for (int i = 0; i < 3; ++i) round();
    return v0 ^ v1 ^ v2 ^ v3;
  }

 private:
  std::uint64_t key0_;
  std::uint64_t key1_;
};

}  // namespace capture

#endif  // CLOSEWATCH_CAPTURE_KEYED_HASH_H_
