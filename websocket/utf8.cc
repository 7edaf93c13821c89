#include "websocket/utf8.h"

#include <array>

namespace websocket {
namespace {

// One row of the table in RFC 3629 section 4: a first byte, how many follow, the range of the
// second.
struct Sequence {
  std::uint8_t first_low, first_high;
  std::uint8_t following;
  std::uint8_t second_low, second_high;
};
constexpr std::array<Sequence, 9> kSequences{{{0x00, 0x7f, 0, 0, 0},
                                              {0xc2, 0xdf, 1, 0x80, 0xbf},
                                              {0xe0, 0xe0, 2, 0xa0, 0xbf},
                                              {0xe1, 0xec, 2, 0x80, 0xbf},
                                              {0xed, 0xed, 2, 0x80, 0x9f},
                                              {0xee, 0xef, 2, 0x80, 0xbf},
                                              {0xf0, 0xf0, 3, 0x90, 0xbf},
                                              {0xf1, 0xf3, 3, 0x80, 0xbf},
                                              {0xf4, 0xf4, 3, 0x80, 0x8f}}};

// The length of the well-formed sequence at the start of `bytes`, 0 when there is none.
std::size_t sequence_length(Bytes bytes) {
  for (const Sequence& row : kSequences) {
    if (bytes[0] < row.first_low || bytes[0] > row.first_high) continue;
    if (bytes.size() <= row.following) return 0;
    for (std::size_t i = 1; i <= row.following; ++i) {
      const std::uint8_t low = i == 1 ? row.second_low : std::uint8_t{0x80};
      const std::uint8_t high = i == 1 ? row.second_high : std::uint8_t{0xbf};
      if (bytes[i] < low || bytes[i] > high) return 0;
    }
    return std::size_t{row.following} + 1;
  }
  return 0;
}

}  // namespace

bool is_utf8(Bytes bytes) {
  while (!bytes.empty()) {
    const std::size_t length = sequence_length(bytes);
    if (length == 0) return false;
    bytes = bytes.subspan(length);
  }
  return true;
}

}  // namespace websocket
