#ifndef CLOSEWATCH_WEBSOCKET_VIOLATION_H_
#define CLOSEWATCH_WEBSOCKET_VIOLATION_H_

#include <array>
#include <bit>
#include <cstdint>
#include <string_view>

namespace websocket {

// What a sender did that a conforming receiver must answer by failing the connection (RFC 6455
// sections 5.1-5.5 and 7.4). Only what frame headers and Close bodies show; payload is not read.
enum class Violation : std::uint8_t {
  unmasked_client_frame,
  masked_server_frame,
  reserved_bits,
  reserved_opcode,
  control_frame_too_long,
  fragmented_control_frame,
  length_not_minimal,
  length_out_of_range,  // the most significant bit of a 64-bit length is set
  unexpected_continuation,
  message_interrupted,  // a new data frame inside a fragmented message
  one_byte_close,
  invalid_close_code,
  close_reason_not_utf8,
  data_after_close
};
inline constexpr std::array<std::string_view, 14> kViolationNames{
    "unmasked_client_frame", "masked_server_frame",    "reserved_bits",
    "reserved_opcode",       "control_frame_too_long", "fragmented_control_frame",
    "length_not_minimal",    "length_out_of_range",    "unexpected_continuation",
    "message_interrupted",   "one_byte_close",         "invalid_close_code",
    "close_reason_not_utf8", "data_after_close"};
inline constexpr std::size_t kViolationCount = kViolationNames.size();

constexpr std::string_view name(Violation violation) {
  return kViolationNames[static_cast<std::size_t>(violation)];
}

// A set of violations.
class Violations {
 public:
  constexpr void add(Violation violation) {
    bits_ = static_cast<std::uint16_t>(bits_ | (1U << static_cast<unsigned>(violation)));
  }
  constexpr void add(Violations other) { bits_ = static_cast<std::uint16_t>(bits_ | other.bits_); }
  constexpr void remove(Violation violation) {
    bits_ = static_cast<std::uint16_t>(bits_ & ~(1U << static_cast<unsigned>(violation)));
  }
  constexpr bool has(Violation violation) const {
    return (bits_ >> static_cast<unsigned>(violation)) & 1U;
  }
  constexpr bool empty() const { return bits_ == 0; }
  constexpr int size() const { return std::popcount(bits_); }
  friend constexpr bool operator==(Violations, Violations) = default;

 private:
  std::uint16_t bits_ = 0;
};

}  // namespace websocket

#endif  // CLOSEWATCH_WEBSOCKET_VIOLATION_H_
