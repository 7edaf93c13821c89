#ifndef CLOSEWATCH_TESTS_FUZZ_HTTP_HEADS_H_
#define CLOSEWATCH_TESTS_FUZZ_HTTP_HEADS_H_

#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "proxy/head_reader.h"
#include "tests/fuzz/pieces.h"
#include "websocket/http_head.h"

namespace fuzz {

inline void require(bool holds) {
  if (!holds) std::abort();
}

struct ReadHead {
  std::string told;  // the status, how much was read, the reason of a refusal
  std::optional<proxy::HeadText> text;
};

inline ReadHead read_head(websocket::Bytes stream, std::size_t longest, proxy::HeadReader::Of of,
                          proxy::HeadLimits limits) {
  using Status = proxy::HeadReader::Status;
  proxy::HeadReader reader{of, limits};
  Status status = Status::partial;
  std::size_t rest = 0;
  const std::size_t given = give_in_pieces(stream, longest, [&](websocket::Bytes piece) {
    status = reader.take(piece);
    rest = piece.size();
    require(reader.memory() <= 2 * limits.bytes + 32);
    return status == Status::partial;
  });
  ReadHead read{.told = std::to_string(static_cast<int>(status)), .text = {}};
  if (status == Status::malformed) read.told += name(reader.malformed());
  if (status == Status::complete) {
    read.told += std::to_string(given - rest);
    read.text = reader.take_text();
  }
  return read;
}

// The head at the start of the stream, which must be told the same in one piece and in many.
inline std::optional<proxy::HeadText> head_of(websocket::Bytes stream, std::size_t longest,
                                              proxy::HeadReader::Of of) {
  const proxy::HeadLimits limits{.bytes = 4096, .fields = 32};
  ReadHead whole = read_head(stream, SIZE_MAX, of, limits);
  const ReadHead cut = read_head(stream, longest, of, limits);
  require(whole.told == cut.told);
  require(!whole.text || whole.text->view() == cut.text->view());
  return std::move(whole.text);
}

// What was written by us, read again: it must be one complete head.
inline proxy::HeadText reread(std::string_view written, proxy::HeadReader::Of of) {
  const websocket::Bytes bytes{reinterpret_cast<const std::uint8_t*>(written.data()),
                               written.size()};
  ReadHead read = read_head(bytes, SIZE_MAX, of, {.bytes = 65536, .fields = 200});
  require(read.text && read.text->view() == written);
  return *std::move(read.text);
}

}  // namespace fuzz

#endif  // CLOSEWATCH_TESTS_FUZZ_HTTP_HEADS_H_
