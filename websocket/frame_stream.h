#ifndef CLOSEWATCH_WEBSOCKET_FRAME_STREAM_H_
#define CLOSEWATCH_WEBSOCKET_FRAME_STREAM_H_

#include <array>
#include <cstdint>
#include <memory>
#include <optional>

#include "websocket/bytes.h"
#include "websocket/close_body.h"
#include "websocket/direction.h"
#include "websocket/frame.h"
#include "websocket/violation.h"

namespace websocket {

// One direction's frames, also after bytes were lost. A followed stream has read every header since
// the opening handshake. A lost one keeps its last 131 bytes, for the Close that may stand at its
// very end, and resynchronises only where a TCP segment starts and two valid headers follow each
// other; a byte-by-byte search would find headers everywhere.
class FrameStream {
 public:
  enum class State : std::uint8_t { followed, searching, probing, resynchronised };

  // Where in the connection a chunk stands.
  struct Moment {
    Time at{};
    std::uint32_t order = 0;
    std::uint64_t peer_position = 0;  // see Chunk
  };

  // Announces a chunk before its frames are taken with next(). `starts_segment`: its first byte is
  // the first of a TCP segment.
  void arrive(Bytes chunk, bool starts_segment, Side sender, Moment moment);

  // The next frame; nothing when all of `bytes` was taken.
  std::optional<Frame> next(Bytes& bytes);

  // What nearly all of a followed stream is, at a fraction of next()'s cost: whole data frames in a
  // row, without a fault. Advances `bytes` past them and counts them by index(Opcode).
  void take_plain_frames(Bytes& bytes, Side sender, std::array<std::uint64_t, 3>& counts);

  // What this frame of a followed stream is against, coming behind those before it (RFC 6455
  // section 5.4): fragments of one message follow each other, control frames may come between.
  Violations follow_message(const FrameHeader& header);

  // `count` bytes are missing.
  void skip(std::uint64_t count);

  // Gives up what was known: the stream was joined midway, or cannot be followed.
  void lose();

  // Headers must be valid for this side and these extensions, where the stream has to be found
  // again.
  void expect(std::uint8_t allowed_reserved_bits) {
    allowed_reserved_bits_ = allowed_reserved_bits;
  }
  // Joined midway, nobody knows yet who is the client: the mask bit of the first header tells.
  void accept_either_mask(bool either) { either_mask_ = either; }

  State state() const { return state_; }
  bool followed() const { return state_ == State::followed; }
  bool at_frame_boundary() const { return walker_.at_frame_boundary(); }
  std::uint64_t payload_bytes() const { return walker_.payload_bytes(); }
  std::uint64_t payload_left() const { return followed() ? walker_.payload_left() : 0; }

  // True when "no Close but those seen" is certain.
  bool certain() const;

  // The Close at the very end of a lost stream, and when its last byte came.
  std::optional<AnchoredClose> close_at_end(Side sender) const;
  Moment tail_moment() const { return lost_ ? lost_->tail_moment : Moment{}; }

  // A single frame that ends where its segment ended: not enough to resynchronise, but counted once
  // the connection is known to be WebSocket.
  std::optional<Opcode> held_back() const;

  // For streams joined midway. Evidence that this is WebSocket: chained valid headers and frames
  // that end where a segment ends, less what the number of failed attempts makes likely by chance.
  int evidence() const;
  bool hopeless() const { return lost_ && lost_->failures > kMaxFailures; }
  bool untouched() const { return lost_ && !lost_->touched; }
  bool looks_masked() const { return lost_ && lost_->masked; }

 private:
  static constexpr std::size_t kTailSize = 131;  // the longest Close: 2 + 4 + 125
  static constexpr std::uint32_t kMaxFailures = 1000;
  // After this many chained headers a resynchronised stream is as good as a followed one.
  static constexpr std::uint32_t kCertainChain = 4;

  struct Lost {
    std::array<std::uint8_t, kTailSize> tail{};
    std::size_t tail_size = 0;
    std::size_t last_segment_size = 0;
    Moment tail_moment{};
    std::optional<Frame> first;  // of the chain, held back until a second one follows
    std::uint32_t chain = 0;
    std::uint32_t exact_ends = 0;
    std::uint32_t failures = 0;
    bool masked = false;
    bool touched = false;  // a byte came
  };

  std::optional<Frame> next_of_lost(Bytes& bytes);
  bool acceptable(const FrameHeader& header) const;
  bool chains_within(Bytes chunk) const;
  void probe();
  void fail();
  void keep_tail(Bytes chunk, bool starts_segment);

  std::unique_ptr<Lost> lost_;
  State state_ = State::followed;
  Side sender_ = Side::client;
  std::uint8_t allowed_reserved_bits_ = 7;
  bool either_mask_ = false;
  bool in_message_ = false;
  FrameWalker walker_;
};

}  // namespace websocket

#endif  // CLOSEWATCH_WEBSOCKET_FRAME_STREAM_H_
