#ifndef CLOSEWATCH_TESTS_WEBSOCKET_PIECES_H_
#define CLOSEWATCH_TESTS_WEBSOCKET_PIECES_H_

#include <cstddef>
#include <vector>

#include "tests/support/byte_string.h"

namespace websocket {

// The same bytes as they may arrive: each piece ends at the end of its own memory, so that
// AddressSanitizer sees one byte too many.
using Pieces = std::vector<support::ByteString>;

inline Pieces cut_at(Bytes bytes, std::size_t position) {
  const Bytes rest = bytes.subspan(position);
  return {{bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(position)},
          {rest.begin(), rest.end()}};
}

inline Pieces byte_by_byte(Bytes bytes) {
  Pieces pieces;
  for (const std::uint8_t byte : bytes) pieces.push_back({byte});
  return pieces;
}

// Whole, byte by byte, and cut in two at every position.
inline std::vector<Pieces> every_way_to_cut(Bytes bytes) {
  std::vector<Pieces> ways{{{bytes.begin(), bytes.end()}}, byte_by_byte(bytes)};
  for (std::size_t i = 0; i <= bytes.size(); ++i) ways.push_back(cut_at(bytes, i));
  return ways;
}

}  // namespace websocket

#endif  // CLOSEWATCH_TESTS_WEBSOCKET_PIECES_H_
