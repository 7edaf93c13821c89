#include "websocket/sha1.h"

#include <bit>
#include <cstdint>
#include <span>
#include <utility>

namespace websocket {
namespace {

using State = std::array<std::uint32_t, 5>;

// Round I of 80 (FIPS 180-4 section 6.1.2). The five words change roles instead of places, and only
// the last 16 words of the message schedule are kept; with I known to the compiler all of it stays
// in registers.
template <std::size_t I>
void round(State& s, std::array<std::uint32_t, 16>& w) {
  constexpr std::array<std::uint32_t, 4> k{0x5a827999U, 0x6ed9eba1U, 0x8f1bbcdcU, 0xca62c1d6U};
  const std::uint32_t a = s[(5 - I % 5) % 5];
  std::uint32_t& b = s[(6 - I % 5) % 5];
  const std::uint32_t c = s[(7 - I % 5) % 5];
  const std::uint32_t d = s[(8 - I % 5) % 5];
  std::uint32_t& e = s[(9 - I % 5) % 5];
  if constexpr (I >= 16) {
    w[I % 16] = std::rotl(w[(I - 3) % 16] ^ w[(I - 8) % 16] ^ w[(I - 14) % 16] ^ w[I % 16], 1);
  }
  std::uint32_t f = b ^ c ^ d;
  if constexpr (I < 20) f = (b & c) | (~b & d);
  if constexpr (I >= 40 && I < 60) f = (b & c) | (b & d) | (c & d);
  e += std::rotl(a, 5) + f + k[I / 20] + w[I % 16];
  b = std::rotl(b, 30);
}

template <std::size_t... I>
void all_rounds(State& s, std::array<std::uint32_t, 16>& w, std::index_sequence<I...> /*rounds*/) {
  (round<I>(s, w), ...);
}

void add_block(State& state, std::span<const std::uint8_t, 64> block) {
  std::array<std::uint32_t, 16> w;
  for (std::size_t i = 0; i < 16; ++i) {
    w[i] = (std::uint32_t{block[4 * i]} << 24U) | (std::uint32_t{block[4 * i + 1]} << 16U) |
           (std::uint32_t{block[4 * i + 2]} << 8U) | block[4 * i + 3];
  }
  State s = state;
  all_rounds(s, w, std::make_index_sequence<80>{});
  for (std::size_t i = 0; i < state.size(); ++i) state[i] += s[i];
}

std::string base64(std::span<const std::uint8_t> bytes) {
  constexpr std::string_view alphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const auto at = [&](std::size_t j) { return j < bytes.size() ? bytes[j] : 0U; };
    const unsigned group = (at(i) << 16U) | (at(i + 1) << 8U) | at(i + 2);
    text += alphabet[group >> 18U];
    text += alphabet[(group >> 12U) & 63U];
    text += i + 1 < bytes.size() ? alphabet[(group >> 6U) & 63U] : '=';
    text += i + 2 < bytes.size() ? alphabet[group & 63U] : '=';
  }
  return text;
}

}  // namespace

std::array<std::uint8_t, 20> sha1(std::string_view text) {
  State state{0x67452301U, 0xefcdab89U, 0x98badcfeU, 0x10325476U, 0xc3d2e1f0U};
  std::array<std::uint8_t, 64> block{};
  std::size_t filled = 0;
  const auto put = [&](std::uint8_t byte) {
    block[filled++] = byte;
    if (filled == block.size()) {
      add_block(state, block);
      filled = 0;
    }
  };
  for (const char c : text) put(static_cast<std::uint8_t>(c));
  put(0x80);
  while (filled != 56) put(0);
  const std::uint64_t bits = std::uint64_t{text.size()} * 8;
  for (int shift = 56; shift >= 0; shift -= 8) put(static_cast<std::uint8_t>(bits >> shift));

  std::array<std::uint8_t, 20> digest{};
  for (std::size_t i = 0; i < digest.size(); ++i) {
    digest[i] = static_cast<std::uint8_t>(state[i / 4] >> (24U - 8U * (i % 4)));
  }
  return digest;
}

std::string accept_for(std::string_view key) {
  std::string text{key};
  text += "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
  return base64(sha1(text));
}

}  // namespace websocket
