#ifndef CLOSEWATCH_WEBSOCKET_FRAME_H_
#define CLOSEWATCH_WEBSOCKET_FRAME_H_

#include <array>
#include <cstdint>
#include <memory>
#include <optional>

#include "websocket/bytes.h"
#include "websocket/direction.h"
#include "websocket/opcode.h"
#include "websocket/violation.h"

namespace websocket {

inline constexpr std::size_t kMaxFrameHeader = 14;
inline constexpr std::size_t kMaxControlBody = 125;

// The header of one frame (RFC 6455 section 5.2), as it stands on the wire.
struct FrameHeader {
  std::uint64_t payload_length = 0;
  std::array<std::uint8_t, 4> masking_key{};
  std::optional<Opcode> opcode;    // absent: reserved
  std::uint8_t reserved_bits = 0;  // RSV1 is 4, RSV2 2, RSV3 1
  bool fin = false;
  bool masked = false;
  bool minimal_length = true;
  bool is_control = false;
};

// The bytes from the start of `bytes` that the header takes, 0 when they are not all there.
std::size_t parse_frame_header(Bytes bytes, FrameHeader& header);

// What this header alone shows to be against RFC 6455; `allowed_reserved_bits` are those that an
// accepted extension uses.
Violations violations_of(const FrameHeader& header, Side sender,
                         std::uint8_t allowed_reserved_bits);

// A frame: reported when its header is complete, a control frame when its body is.
struct Frame {
  Frame() {}  // leaves `body` as it is: filling it would cost more than the rest of a frame

  FrameHeader header;
  std::uint32_t digest = 0;  // of a Ping's or Pong's body, never 0 unless part of it is missing
  std::uint8_t body_size = 0;
  std::array<std::uint8_t, kMaxControlBody> body;  // of a Close, unmasked; the first 125 bytes

  Bytes close_body() const { return Bytes{body}.first(body_size); }
};

// The state of one direction's frames. Steps over payload, so the cost follows frames, not bytes;
// never unmasks, inflates or stores data. O(1) memory; the heap is used only for a Close frame that
// arrives in pieces.
class FrameWalker {
 public:
  // The next frame in `bytes`, which is advanced past what was taken; nothing when all of `bytes`
  // was taken. Call again until then.
  std::optional<Frame> next(Bytes& bytes);

  // `count` bytes of the stream are missing. True when they all lie in a payload whose length is
  // known, which costs nothing; false when the walker no longer knows where it stands.
  bool skip(std::uint64_t count);

  void reset();

  // `count` bytes of payload were stepped over, in whole frames, by somebody else.
  void stepped_over(std::uint64_t count) { payload_bytes_ += count; }

  // Payload bytes stepped over so far, missing ones included.
  std::uint64_t payload_bytes() const { return payload_bytes_; }
  // Of a data frame whose header was read.
  std::uint64_t payload_left() const { return phase_ == Phase::payload ? payload_left_ : 0; }
  bool at_frame_boundary() const { return phase_ == Phase::header && header_size_ == 0; }

 private:
  enum class Phase : std::uint8_t { header, body, payload };

  bool read_header(Bytes& bytes, FrameHeader& header);
  bool read_split_header(Bytes& bytes, FrameHeader& header);
  void start_body(const FrameHeader& header);
  FrameHeader control_header() const;
  bool read_body(Bytes& bytes, Frame& frame);
  void step_over(std::uint64_t count);

  // In the order of their use: what each frame touches comes first.
  std::uint64_t payload_bytes_ = 0;
  std::uint64_t payload_left_ = 0;
  std::uint32_t digest_ = 0;
  Phase phase_ = Phase::header;
  std::uint8_t header_size_ = 0;
  std::uint8_t body_taken_ = 0;
  bool digest_known_ = true;
  std::unique_ptr<std::array<std::uint8_t, kMaxControlBody>> partial_body_;
  // The header of the control frame whose body is being read, or the part of a header that came.
  std::array<std::uint8_t, kMaxFrameHeader> partial_header_{};
};

}  // namespace websocket

#endif  // CLOSEWATCH_WEBSOCKET_FRAME_H_
