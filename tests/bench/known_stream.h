#ifndef CLOSEWATCH_TESTS_BENCH_KNOWN_STREAM_H_
#define CLOSEWATCH_TESTS_BENCH_KNOWN_STREAM_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "websocket/bytes.h"
#include "websocket/direction.h"

namespace bench {

// The bytes that one end of a connection sends after the opening handshake: `messages` binary
// messages of one frame each, then Close 1000. Every byte follows from its position: the payload
// counts in words of eight bytes that also name the connection and the side, and a client's masking
// key changes with every message. So a byte that is lost, repeated, moved, changed or from another
// connection is seen, and neither end keeps anything.
class KnownStream {
 public:
  // `payload_size` is a multiple of eight.
  KnownStream(websocket::Side sender, std::uint32_t connection, std::size_t payload_size,
              std::uint64_t messages);

  std::uint64_t messages() const { return messages_; }
  // Where the first `messages` of them end.
  std::uint64_t end_of(std::uint64_t messages) const { return messages * frame_size_; }
  std::uint64_t messages_within(std::uint64_t size) const;
  std::uint64_t size() const { return end_of(messages_) + close_size_; }

  // The bytes from `offset` on; `offset + into.size()` is at most size().
  void copy(std::uint64_t offset, std::span<std::uint8_t> into) const;
  // How many of `bytes` are as they have to be at `offset`: bytes.size() when all are. What lies
  // beyond size() is wrong.
  std::size_t matching(std::uint64_t offset, websocket::Bytes bytes) const;

 private:
  std::uint32_t masking_key(std::uint64_t message) const;
  void copy_payload(std::uint64_t message, std::size_t offset, std::span<std::uint8_t> into) const;
  std::size_t copy_from_frame(std::uint64_t offset, std::span<std::uint8_t> into) const;

  bool masked_;
  std::uint64_t first_word_;
  std::size_t payload_size_;
  std::uint64_t messages_;
  std::array<std::uint8_t, 14> header_{};  // a masking key at its end is that of no message
  std::size_t header_size_ = 0;
  std::uint64_t frame_size_ = 0;
  std::array<std::uint8_t, 8> close_{};
  std::size_t close_size_ = 0;
};

}  // namespace bench

#endif  // CLOSEWATCH_TESTS_BENCH_KNOWN_STREAM_H_
