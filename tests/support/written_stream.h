#ifndef CLOSEWATCH_TESTS_SUPPORT_WRITTEN_STREAM_H_
#define CLOSEWATCH_TESTS_SUPPORT_WRITTEN_STREAM_H_

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "capture/reassembler.h"

namespace support {

// A Reassembler whose output is written down: the bytes as text, and "[3]" where three are missing.
class WrittenStream {
 public:
  explicit WrittenStream(std::uint32_t first = 1000, std::uint64_t max_bytes = 1U << 20U,
                         std::uint32_t max_segments = 512)
      : first_(first) {
    budget_.max_bytes = max_bytes;
    budget_.max_segments_per_stream = max_segments;
    reassembler_.start(first);
  }

  // A segment whose first byte is byte `offset` of the stream, a millisecond after the last one.
  // `length` is its length on the wire, where it was cut.
  struct Options {
    std::uint8_t flags = capture::kAck;
    std::uint32_t length = 0;
    std::uint16_t urgent_pointer = 0;
    const std::uint32_t* timestamp = nullptr;
  };
  capture::Segment segment(std::int64_t offset, std::string_view text, const Options& options) {
    capture::Segment made;
    made.sequence_number = first_ + static_cast<std::uint32_t>(offset);
    made.flags = options.flags;
    made.urgent_pointer = options.urgent_pointer;
    made.payload = {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
    made.payload_length =
        options.length != 0 ? options.length : static_cast<std::uint32_t>(text.size());
    made.has_timestamp = options.timestamp != nullptr;
    if (options.timestamp != nullptr) made.timestamp_value = *options.timestamp;
    made.at = now_ += std::chrono::milliseconds{1};
    return made;
  }

  void accept(std::int64_t offset, std::string_view text, const Options& options) {
    const capture::Segment made = segment(offset, text, options);
    if (auto piece = reassembler_.accept(made, ++arrivals_)) write(*piece);
    reassembler_.wait_for_hole(made.at);
    write_rest();
  }
  void accept(std::int64_t offset, std::string_view text) { accept(offset, text, Options{}); }
  void fin(std::int64_t offset, std::string_view text = {}) {
    accept(offset, text, {.flags = capture::kAck | capture::kFin});
  }

  // The other side acknowledges all bytes before `offset`.
  void acknowledge(std::int64_t offset) {
    reassembler_.acknowledged(first_ + static_cast<std::uint32_t>(offset));
    write_rest();
  }
  // Packets of the flow pass that bring nothing.
  void pass(int packets, capture::Duration each = std::chrono::milliseconds{1}) {
    for (; packets > 0; --packets) {
      reassembler_.wait_for_hole(now_ += each);
      write_rest();
    }
  }
  void flush() {
    reassembler_.flush();
    write_rest();
  }
  capture::Reassembler::Reset reset_at(std::int64_t offset) {
    return reassembler_.reset_at(first_ + static_cast<std::uint32_t>(offset));
  }

  const std::string& text() const { return text_; }
  std::uint64_t held() const { return budget_.bytes.value(); }
  bool finished() const { return reassembler_.finished(); }
  std::uint64_t offset() const { return reassembler_.offset(); }

 private:
  void write(const capture::Reassembler::Piece& piece) {
    if (piece.missing > 0) text_ += '[' + std::to_string(piece.missing) + ']';
    text_.append(piece.bytes.begin(), piece.bytes.end());
  }
  void write_rest() {
    while (auto piece = reassembler_.next()) write(*piece);
  }

  capture::BufferBudget budget_;
  capture::Reassembler reassembler_{&budget_};
  std::uint32_t first_;
  std::uint32_t arrivals_ = 0;
  capture::Time now_{std::chrono::seconds{1'700'000'000}};
  std::string text_;
};

}  // namespace support

#endif  // CLOSEWATCH_TESTS_SUPPORT_WRITTEN_STREAM_H_
