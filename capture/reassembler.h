#ifndef CLOSEWATCH_CAPTURE_REASSEMBLER_H_
#define CLOSEWATCH_CAPTURE_REASSEMBLER_H_

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "capture/segment.h"
#include "websocket/counter.h"

namespace capture {

// What out-of-order segments may hold, over all flows; one owner, one thread.
struct BufferBudget {
  std::uint64_t max_bytes = std::uint64_t{128} << 20U;
  std::uint32_t max_segments_per_stream = 512;
  websocket::Counter bytes;  // held now

  bool full() const { return bytes.value() >= max_bytes; }
};

// One direction of a TCP flow: segments in, the bytes in order out (RFC 9293 section 3.10).
// Sequence numbers become 64-bit offsets here and nowhere else. A segment in order is passed on
// where it lies, without a copy; others are copied and held. A gap is data, not an error.
//
// Call accept() with a segment, then next() until it returns nothing; the same after acknowledged()
// and flush().
class Reassembler {
 public:
  struct Piece {
    std::uint64_t missing = 0;  // bytes that were not captured, before `bytes`
    Bytes bytes{};              // valid until the next call of accept() or next()
    Time at{};
    std::uint32_t acknowledgment_number = 0;  // of the segment it came in
    std::uint32_t arrival = 0;                // as it was passed to accept()
    bool starts_segment = false;
  };

  explicit Reassembler(BufferBudget* budget) : budget_(budget) {}
  // `first` is the sequence number of the first byte: the SYN's plus one, or the first one seen.
  void start(std::uint32_t first);
  bool started() const { return next_ != 0; }

  // Takes a segment as Linux does: what lies before the stream's next byte, beyond any window, or
  // behind its FIN, and what is older than the last timestamp, is ignored. Returns its bytes if
  // they are in order.
  // `arrival` is its place among the packets of the flow.
  std::optional<Piece> accept(const Segment& segment, std::uint32_t arrival);
  // The same for what nearly every segment is, at a fraction of the cost: true when all of its
  // bytes were captured, are the next ones, and nothing else is going on; else nothing was done.
  bool accept_in_order(const Segment& segment) {
    const bool plain = segment.sequence_number == static_cast<std::uint32_t>(next_) && !queue_ &&
                       fin_ == 0 && reset_ == 0 && segment.payload.size() == segment.payload_length;
    if (!plain) return false;
    if (segment.has_timestamp) {
      if (!has_timestamp_ || static_cast<std::int32_t>(timestamp_ - segment.timestamp_value) > 1) {
        return false;
      }
      timestamp_ = segment.timestamp_value;
    }
    next_ += segment.payload_length;
    return true;
  }
  // What else is in order now.
  std::optional<Piece> next();

  // The other side acknowledged everything before this number.
  void acknowledged(std::uint32_t number);
  // While has_hole(): a packet of the flow came. A hole that the other side has acknowledged is
  // given up after some time or some packets; never because the other side spoke.
  void wait_for_hole(Time at);

  // Gives every hole up: nothing more will come. Then call next() until it returns nothing.
  void flush();

  // The stream's FIN was passed: all bytes before it were delivered or given up.
  bool finished() const { return fin_ != 0 && next_ > fin_; }
  bool has_fin() const { return fin_ != 0; }
  // When the FIN came, and what it acknowledged.
  struct FinArrival {
    Time at{};
    std::uint32_t acknowledgment_number = 0;
    std::uint32_t arrival = 0;
  };
  const FinArrival& fin_arrival() const { return fin_arrival_; }
  // Something was sent behind what we have, although its size is not known.
  void expect_more() { furthest_ = std::max(furthest_, next_) + 1; }

  // A RST counts where the stream stands, or one before that behind a FIN; elsewhere Linux ignores
  // it. One further on is held back, since the bytes between may only be missing here.
  enum class Reset : std::uint8_t { accepted, held, ignored };
  Reset reset_at(std::uint32_t number);
  bool reset_held() const { return reset_ != 0; }

  // Offsets count from the stream's first byte, or from where rebase() was called last.
  void rebase(std::uint64_t offset) { first_ += offset; }
  std::uint64_t offset() const { return next_ - first_ - (finished() ? 1 : 0); }
  std::uint32_t first_number() const { return static_cast<std::uint32_t>(first_); }
  std::uint64_t offset_of(std::uint32_t number) const {
    const std::uint64_t absolute = unwrap(number);
    return absolute > first_ ? absolute - first_ : 0;
  }
  bool acknowledged_up_to(std::uint32_t number) const { return acknowledged_ >= unwrap(number); }
  std::uint64_t acknowledged_offset() const {
    return acknowledged_ > first_ ? acknowledged_ - first_ : 0;
  }
  bool has_hole() const { return queue_ != nullptr; }

 private:
  struct Held {
    std::uint64_t start;
    std::uint64_t end;  // on the wire; start + bytes.size() or more
    std::vector<std::uint8_t> bytes;
    Time at;
    std::uint32_t acknowledgment_number;
    std::uint32_t arrival;
  };
  struct Queue {
    explicit Queue(BufferBudget* of) : budget(of) {}
    Queue(const Queue&) = delete;
    Queue& operator=(const Queue&) = delete;
    ~Queue();

    BufferBudget* budget;
    std::vector<Held> segments;           // by start
    std::vector<std::uint8_t> delivered;  // keeps the last piece's bytes alive
    Time since{};
    Time now{};
    std::uint32_t packets = 0;
    bool give_up = false;
  };

  std::uint64_t unwrap(std::uint32_t number) const {
    return next_ + static_cast<std::uint64_t>(static_cast<std::int64_t>(
                       static_cast<std::int32_t>(number - static_cast<std::uint32_t>(next_))));
  }
  bool too_old(const Segment& segment, std::uint64_t start);
  void hold(const Segment& segment, std::uint64_t start, std::uint32_t arrival);
  Queue& queue();
  std::optional<Piece> next_held();
  bool gives_up_hole(const Held& above) const;
  void hold_behind_urgent(const Segment& segment, std::uint64_t start, Piece& piece);
  void release(const Held& held);

  // In the order of their use. Absolute numbers: the low 32 bits are the sequence number, and the
  // first is above 2^32, so that 0 can mean "none".
  std::uint64_t next_ = 0;
  std::uint64_t acknowledged_ = 0;
  std::uint64_t first_ = 0;
  std::unique_ptr<Queue> queue_;
  std::uint64_t fin_ = 0;
  std::uint64_t reset_ = 0;
  std::uint32_t timestamp_ = 0;
  bool has_timestamp_ = false;
  bool flushing_ = false;
  std::uint32_t missing_ = 0;   // the rest of a segment that was cut by the snapshot length
  std::uint64_t furthest_ = 0;  // the sender has sent up to here, as far as next_ does not tell
  BufferBudget* budget_;
  FinArrival fin_arrival_;
};

}  // namespace capture

#endif  // CLOSEWATCH_CAPTURE_REASSEMBLER_H_
