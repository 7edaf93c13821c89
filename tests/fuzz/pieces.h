#ifndef CLOSEWATCH_TESTS_FUZZ_PIECES_H_
#define CLOSEWATCH_TESTS_FUZZ_PIECES_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "websocket/bytes.h"

namespace fuzz {

// Gives `take` the stream in pieces of at most `longest` bytes, each in memory of its own, until it
// returns false. How many bytes were in the pieces given.
template <typename Take>
std::size_t give_in_pieces(websocket::Bytes stream, std::size_t longest, Take take) {
  std::size_t given = 0;
  while (given < stream.size()) {
    const std::size_t size = std::min(longest, stream.size() - given);
    const std::unique_ptr<std::uint8_t[]> own{new std::uint8_t[size]};
    std::copy_n(stream.begin() + static_cast<std::ptrdiff_t>(given), size, own.get());
    given += size;
    if (!take(websocket::Bytes{own.get(), size})) break;
  }
  return given;
}

}  // namespace fuzz

#endif  // CLOSEWATCH_TESTS_FUZZ_PIECES_H_
