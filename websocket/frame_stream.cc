#include "websocket/frame_stream.h"

#include <algorithm>
#include <bit>

namespace websocket {
namespace {

// A longer payload is legal, but as the first header found in unknown bytes it is far more likely
// to be chance, and believing it would hide every real header behind it.
constexpr std::uint64_t kPlausiblePayload = std::uint64_t{1} << 24U;

}  // namespace

void FrameStream::lose() {
  if (!lost_) lost_ = std::make_unique<Lost>();
  lost_->first.reset();
  lost_->chain = 0;
  lost_->exact_ends = 0;
  walker_.reset();
  state_ = State::searching;
}

void FrameStream::skip(std::uint64_t count) {
  if (lost_) lost_->tail_size = 0;
  if (state_ == State::searching) return;
  if (!walker_.skip(count)) {
    lose();
    lost_->tail_size = 0;
  }
}

void FrameStream::keep_tail(Bytes chunk, bool starts_segment) {
  auto& tail = lost_->tail;
  lost_->last_segment_size = (starts_segment ? 0 : lost_->last_segment_size) + chunk.size();
  if (chunk.size() >= kTailSize) {
    std::ranges::copy(chunk.last(kTailSize), tail.begin());
    lost_->tail_size = kTailSize;
    return;
  }
  const std::size_t keep = std::min(lost_->tail_size, kTailSize - chunk.size());
  std::copy(tail.begin() + static_cast<std::ptrdiff_t>(lost_->tail_size - keep),
            tail.begin() + static_cast<std::ptrdiff_t>(lost_->tail_size), tail.begin());
  std::ranges::copy(chunk, tail.begin() + static_cast<std::ptrdiff_t>(keep));
  lost_->tail_size = keep + chunk.size();
}

void FrameStream::probe() {
  walker_.reset();
  lost_->first.reset();
  lost_->chain = 0;
  lost_->exact_ends = 0;
  state_ = State::probing;
}

void FrameStream::fail() {
  ++lost_->failures;
  lost_->first.reset();
  lost_->chain = 0;
  lost_->exact_ends = 0;
  walker_.reset();
  state_ = State::searching;
}

void FrameStream::arrive(Bytes chunk, bool starts_segment, Side sender, Moment moment) {
  sender_ = sender;
  if (!lost_ || chunk.empty()) return;
  keep_tail(chunk, starts_segment);
  lost_->tail_moment = moment;
  lost_->touched = true;
  if (!starts_segment) return;
  const bool unconfirmed = state_ == State::probing && lost_->chain < 2;
  if (state_ == State::searching ||
      (unconfirmed && !walker_.at_frame_boundary() && chains_within(chunk))) {
    probe();
  }
}

bool FrameStream::acceptable(const FrameHeader& header) const {
  const bool masked_expected = sender_ == Side::client;
  if (either_mask_) {
    if (lost_->chain > 0 && header.masked != lost_->masked) return false;
    return violations_of(header, header.masked ? Side::client : Side::server,
                         allowed_reserved_bits_)
               .empty() &&
           (lost_->chain > 0 || header.payload_length <= kPlausiblePayload);
  }
  return header.masked == masked_expected &&
         violations_of(header, sender_, allowed_reserved_bits_).empty() &&
         (lost_->chain > 0 || header.payload_length <= kPlausiblePayload);
}

// Two valid headers, the second where the first frame ends, inside this chunk.
bool FrameStream::chains_within(Bytes chunk) const {
  FrameHeader header;
  for (int found = 0; found < 2; ++found) {
    const std::size_t size = parse_frame_header(chunk, header);
    if (size == 0 || !acceptable(header)) return false;
    chunk = chunk.subspan(size);
    if (found == 0) {
      if (header.payload_length >= chunk.size()) return false;
      chunk = chunk.subspan(static_cast<std::size_t>(header.payload_length));
    }
  }
  return true;
}

std::optional<Frame> FrameStream::next(Bytes& bytes) {
  if (!lost_) return walker_.next(bytes);
  return next_of_lost(bytes);
}

std::optional<Frame> FrameStream::next_of_lost(Bytes& bytes) {
  if (state_ == State::resynchronised && lost_->first) {
    std::optional<Frame> second = lost_->first;
    lost_->first.reset();
    return second;
  }
  if (state_ == State::searching) {
    bytes = {};
    return std::nullopt;
  }
  while (std::optional<Frame> frame = walker_.next(bytes)) {
    if (!acceptable(frame->header)) {
      fail();
      bytes = {};
      return std::nullopt;
    }
    lost_->masked = frame->header.masked;
    ++lost_->chain;
    if (state_ == State::resynchronised) return frame;
    if (lost_->chain == 2) {
      state_ = State::resynchronised;
      std::swap(lost_->first, frame);
      return frame;
    }
    lost_->first = frame;
  }
  if (walker_.at_frame_boundary() && lost_->chain > 0) ++lost_->exact_ends;
  return std::nullopt;
}

void FrameStream::take_plain_frames(Bytes& bytes, Side sender,
                                    std::array<std::uint64_t, 3>& counts) {
  if (!walker_.at_frame_boundary()) return;
  const unsigned mask_bit = sender == Side::client ? 0x80U : 0U;
  const std::size_t key_size = sender == Side::client ? 4 : 0;
  std::uint64_t payload = 0;
  while (bytes.size() > 4) {
    const unsigned first = bytes[0];
    const unsigned opcode = first & 0x7fU;  // with the reserved bits, which must be clear
    const bool continues = opcode == index(Opcode::continuation);
    if (opcode > index(Opcode::binary) || continues != in_message_) break;
    if ((bytes[1] & 0x80U) != mask_bit) break;
    std::size_t length = bytes[1] & 0x7fU;
    std::size_t header = 2 + key_size;
    if (length == 126) {
      length = (std::size_t{bytes[2]} << 8U) | bytes[3];
      header += 2;
      if (length < 126) break;
    } else if (length == 127) {
      break;
    }
    if (bytes.size() < header + length) break;
    ++counts[opcode];
    in_message_ = (first & 0x80U) == 0;
    payload += length;
    bytes = bytes.subspan(header + length);
  }
  walker_.stepped_over(payload);
}

Violations FrameStream::follow_message(const FrameHeader& header) {
  Violations violations;
  if (header.is_control || !header.opcode) return violations;
  const bool continues = *header.opcode == Opcode::continuation;
  if (continues && !in_message_) violations.add(Violation::unexpected_continuation);
  if (!continues && in_message_) violations.add(Violation::message_interrupted);
  in_message_ = !header.fin;
  return violations;
}

bool FrameStream::certain() const {
  return state_ == State::followed ||
         (state_ == State::resynchronised && lost_->chain >= kCertainChain);
}

std::optional<AnchoredClose> FrameStream::close_at_end(Side sender) const {
  if (!lost_) return std::nullopt;
  return find_close_at_end(Bytes{lost_->tail}.first(lost_->tail_size), sender,
                           lost_->last_segment_size);
}

std::optional<Opcode> FrameStream::held_back() const {
  if (state_ != State::probing || !lost_->first || lost_->exact_ends == 0) return std::nullopt;
  return lost_->first->header.opcode;
}

int FrameStream::evidence() const {
  if (!lost_) return 0;
  // Random bytes pass for a header once in about forty tries.
  const int luck = std::bit_width(lost_->failures) / 5;
  return static_cast<int>(std::min(lost_->chain, 1000U) + std::min(lost_->exact_ends, 1000U)) -
         luck;
}

}  // namespace websocket
