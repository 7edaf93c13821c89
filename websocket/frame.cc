#include "websocket/frame.h"

#include <algorithm>

namespace websocket {
namespace {

constexpr std::uint32_t kDigestStart = 2166136261U;  // FNV-1a
constexpr std::uint32_t kDigestPrime = 16777619U;

// A length beyond this cannot be followed: the walker would wait for ever.
constexpr std::uint64_t kMaxLength = std::uint64_t{1} << 63U;

std::uint64_t big_endian(Bytes bytes) {
  std::uint64_t value = 0;
  for (const std::uint8_t byte : bytes) value = (value << 8U) | byte;
  return value;
}

}  // namespace

std::size_t parse_frame_header(Bytes bytes, FrameHeader& header) {
  if (bytes.size() < 2) return 0;
  const unsigned first = bytes[0];
  const unsigned second = bytes[1];
  const unsigned length = second & 0x7fU;
  const bool masked = (second & 0x80U) != 0;
  const std::size_t length_size = length < 126 ? 0 : length == 126 ? 2 : 8;
  const std::size_t size = 2 + length_size + (masked ? 4 : 0);
  if (bytes.size() < size) return 0;

  header.fin = (first & 0x80U) != 0;
  header.reserved_bits = static_cast<std::uint8_t>((first >> 4U) & 7U);
  header.is_control = (first & 8U) != 0;
  header.opcode = opcode_from_wire(first & 0x0fU);
  header.masked = masked;
  if (length_size == 0) {
    header.payload_length = length;
    header.minimal_length = true;
  } else {
    header.payload_length = big_endian(bytes.subspan(2, length_size));
    header.minimal_length = header.payload_length >= (length_size == 2 ? 126U : 65536U);
  }
  if (masked) std::ranges::copy(bytes.subspan(2 + length_size, 4), header.masking_key.begin());
  return size;
}

Violations violations_of(const FrameHeader& header, Side sender,
                         std::uint8_t allowed_reserved_bits) {
  Violations found;
  if (sender == Side::client && !header.masked) found.add(Violation::unmasked_client_frame);
  if (sender == Side::server && header.masked) found.add(Violation::masked_server_frame);
  // Extensions mark the first frame of a message, never a control frame (RFC 7692 section 6).
  const bool may_be_marked =
      !header.is_control && header.opcode && *header.opcode != Opcode::continuation;
  const unsigned allowed = may_be_marked ? allowed_reserved_bits : 0U;
  if ((header.reserved_bits & ~allowed) != 0) found.add(Violation::reserved_bits);
  if (!header.opcode) found.add(Violation::reserved_opcode);
  if (header.is_control && header.payload_length > kMaxControlBody) {
    found.add(Violation::control_frame_too_long);
  }
  if (header.is_control && !header.fin) found.add(Violation::fragmented_control_frame);
  if (!header.minimal_length) found.add(Violation::length_not_minimal);
  if (header.payload_length >= kMaxLength) found.add(Violation::length_out_of_range);
  return found;
}

std::optional<Frame> FrameWalker::next(Bytes& bytes) {
  while (!bytes.empty()) {
    if (phase_ == Phase::payload) {
      const std::uint64_t step = std::min<std::uint64_t>(payload_left_, bytes.size());
      bytes = bytes.subspan(static_cast<std::size_t>(step));
      step_over(step);
      continue;
    }
    std::optional<Frame> frame{std::in_place};
    if (phase_ == Phase::body) {
      frame->header = control_header();
    } else {
      if (!read_header(bytes, frame->header)) return std::nullopt;
      payload_left_ = frame->header.payload_length;
      if (!frame->header.is_control) {
        phase_ = payload_left_ > 0 ? Phase::payload : Phase::header;
        return frame;
      }
      start_body(frame->header);
    }
    if (read_body(bytes, *frame)) return frame;
  }
  return std::nullopt;
}

bool FrameWalker::read_header(Bytes& bytes, FrameHeader& header) {
  if (header_size_ > 0) return read_split_header(bytes, header);
  const std::size_t size = parse_frame_header(bytes, header);
  if (size == 0) return read_split_header(bytes, header);
  bytes = bytes.subspan(size);
  return true;
}

bool FrameWalker::read_split_header(Bytes& bytes, FrameHeader& header) {
  while (!bytes.empty()) {
    partial_header_[header_size_++] = bytes.front();
    bytes = bytes.subspan(1);
    if (parse_frame_header(Bytes{partial_header_}.first(header_size_), header) > 0) {
      header_size_ = 0;
      return true;
    }
  }
  return false;
}

// Keeps what of the header is not in payload_left_: the body may come in a later piece.
void FrameWalker::start_body(const FrameHeader& header) {
  phase_ = Phase::body;
  body_taken_ = 0;
  digest_ = kDigestStart;
  digest_known_ = true;
  const unsigned opcode = header.opcode ? static_cast<unsigned>(5U + index(*header.opcode)) : 0xfU;
  partial_header_[0] = static_cast<std::uint8_t>((header.fin ? 0x80U : 0U) |
                                                 (unsigned{header.reserved_bits} << 4U) | opcode);
  partial_header_[1] = header.masked ? 1 : 0;
  partial_header_[2] = header.minimal_length ? 1 : 0;
  std::ranges::copy(header.masking_key, partial_header_.begin() + 4);
}

FrameHeader FrameWalker::control_header() const {
  FrameHeader header;
  header.payload_length = body_taken_ + payload_left_;
  header.fin = (partial_header_[0] & 0x80U) != 0;
  header.reserved_bits = static_cast<std::uint8_t>((partial_header_[0] >> 4U) & 7U);
  header.opcode = opcode_from_wire(partial_header_[0] & 0xfU);
  header.masked = partial_header_[1] != 0;
  header.minimal_length = partial_header_[2] != 0;
  header.is_control = true;
  std::copy_n(partial_header_.begin() + 4, 4, header.masking_key.begin());
  return header;
}

// Takes what `bytes` has of a control frame's body; true when the frame can be reported, which a
// frame longer than allowed is after its first 125 bytes.
bool FrameWalker::read_body(Bytes& bytes, Frame& frame) {
  const FrameHeader& header = frame.header;
  const auto wanted =
      static_cast<std::size_t>(std::min<std::uint64_t>(header.payload_length, kMaxControlBody));
  const std::size_t count = std::min(wanted - body_taken_, bytes.size());
  const bool is_close = header.opcode == Opcode::close;
  const bool completes = body_taken_ + count == wanted;
  if (is_close && !completes && !partial_body_) {
    partial_body_ = std::make_unique<std::array<std::uint8_t, kMaxControlBody>>();
  }
  if (is_close && completes && partial_body_) frame.body = *partial_body_;
  auto& body = completes || !is_close ? frame.body : *partial_body_;
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t at = body_taken_ + i;
    const auto byte =
        static_cast<std::uint8_t>(header.masked ? bytes[i] ^ header.masking_key[at % 4] : bytes[i]);
    if (is_close) body[at] = byte;
    digest_ = (digest_ ^ byte) * kDigestPrime;
  }
  bytes = bytes.subspan(count);
  body_taken_ = static_cast<std::uint8_t>(body_taken_ + count);
  payload_left_ -= count;
  payload_bytes_ += count;
  if (!completes) return false;

  partial_body_.reset();
  phase_ = payload_left_ > 0 ? Phase::payload : Phase::header;
  frame.digest = digest_known_ ? digest_ | 1U : 0;
  frame.body_size = is_close ? body_taken_ : 0;
  return true;
}

void FrameWalker::step_over(std::uint64_t count) {
  payload_left_ -= count;
  payload_bytes_ += count;
  if (payload_left_ == 0) phase_ = Phase::header;
}

bool FrameWalker::skip(std::uint64_t count) {
  if (phase_ == Phase::payload && count <= payload_left_) {
    step_over(count);
    return true;
  }
  // The end of a Ping's or Pong's body must still be seen, for the frame to be reported.
  const bool in_body = phase_ == Phase::body && count < payload_left_ &&
                       body_taken_ + payload_left_ <= kMaxControlBody;
  if (in_body && control_header().opcode != Opcode::close) {
    body_taken_ = static_cast<std::uint8_t>(body_taken_ + count);
    digest_known_ = false;
    step_over(count);
    return true;
  }
  return false;
}

void FrameWalker::reset() {
  const std::uint64_t payload_bytes = payload_bytes_;
  *this = FrameWalker{};
  payload_bytes_ = payload_bytes;
}

}  // namespace websocket
