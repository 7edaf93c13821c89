#ifndef CLOSEWATCH_PROXY_BODY_FLOW_H_
#define CLOSEWATCH_PROXY_BODY_FLOW_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "proxy/body.h"
#include "proxy/stream.h"

namespace proxy {

// What is on its way to a stream. Holds what the stream did not take at once, and whoever fills it
// waits until it is empty: that bounds it by one read.
class Outbox {
 public:
  // `to` outlives this.
  explicit Outbox(Stream& to) : to_(to) {}

  // Writes at once where nothing is held.
  void put(websocket::Bytes bytes);
  // Goes with the next piece, or with flush().
  void put_with_next(std::string_view text);
  // Writes what is held, as far as it is taken.
  void flush();

  bool empty() const { return held_.size() == sent_; }
  // The stream takes nothing any more.
  bool broken() const { return broken_; }
  // Something was written since the last call.
  bool take_moved() { return std::exchange(moved_, false); }

 private:
  Stream& to_;
  std::vector<std::uint8_t> held_;
  std::size_t sent_ = 0;  // of held_
  bool broken_ = false;
  bool moved_ = false;
};

// Passes the body of one message on, as it comes, from a stream to an outbox; reads only when the
// outbox is empty.
class BodyFlow {
 public:
  enum class State : std::uint8_t {
    going_on,
    complete,      // and all of it written
    source_ended,  // with FIN, before the end of the body
    source_reset,
    malformed,
    sink_broken
  };

  // Both outlive this. `first`: what was read of the source already. `decoded`: chunks are taken
  // off, for a receiver that does not know them.
  BodyFlow(BodyFraming framing, Stream& from, Outbox& to, std::vector<std::uint8_t> first,
           bool decoded = false);

  // At most one read and one write. `buffer` is for this call alone.
  State step(std::span<std::uint8_t> buffer);
  // Has the whole body been read?
  bool all_read() const { return walker_.done(); }
  Malformed malformed() const { return *walker_.malformed(); }
  // What was read behind the end of the body.
  std::vector<std::uint8_t> take_surplus() { return std::exchange(first_, {}); }
  bool take_moved() { return std::exchange(moved_, false); }

 private:
  State pass(websocket::Bytes bytes);

  BodyWalker walker_;
  Stream& from_;
  Outbox& to_;
  std::vector<std::uint8_t> first_;
  bool decoded_;
  bool source_over_ = false;  // and that was the end of the body
  bool moved_ = false;
};

}  // namespace proxy

#endif  // CLOSEWATCH_PROXY_BODY_FLOW_H_
