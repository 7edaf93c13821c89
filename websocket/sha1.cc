#include "websocket/sha1.h"

#include <bit>
#include <cstdint>
#include <span>

namespace websocket {
namespace {

using State = std::array<std::uint32_t, 5>;

void add_block(State& state, std::span<const std::uint8_t, 64> block) {
  std::array<std::uint32_t, 80> w;
  for (std::size_t i = 0; i < 16; ++i) {
    w[i] = (std::uint32_t{block[4 * i]} << 24U) | (std::uint32_t{block[4 * i + 1]} << 16U) |
           (std::uint32_t{block[4 * i + 2]} << 8U) | block[4 * i + 3];
  }
  for (std::size_t i = 16; i < 80; ++i) {
    w[i] = std::rotl(w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16], 1);
  }
  std::uint32_t a = state[0];
  std::uint32_t b = state[1];
  std::uint32_t c = state[2];
  std::uint32_t d = state[3];
  std::uint32_t e = state[4];
  const auto step = [&](std::uint32_t f, std::uint32_t k, std::uint32_t word) {
    const std::uint32_t next = std::rotl(a, 5) + f + e + k + word;
    e = d;
    d = c;
    c = std::rotl(b, 30);
    b = a;
    a = next;
  };
#pragma GCC unroll 20
  for (std::size_t i = 0; i < 20; ++i) step((b & c) | (~b & d), 0x5a827999U, w[i]);
#pragma GCC unroll 20
  for (std::size_t i = 20; i < 40; ++i) step(b ^ c ^ d, 0x6ed9eba1U, w[i]);
#pragma GCC unroll 20
  for (std::size_t i = 40; i < 60; ++i) step((b & c) | (b & d) | (c & d), 0x8f1bbcdcU, w[i]);
#pragma GCC unroll 20
  for (std::size_t i = 60; i < 80; ++i) step(b ^ c ^ d, 0xca62c1d6U, w[i]);
  state[0] += a;
  state[1] += b;
  state[2] += c;
  state[3] += d;
  state[4] += e;
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
