#ifndef CLOSEWATCH_PROXY_PUMP_H_
#define CLOSEWATCH_PROXY_PUMP_H_

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "proxy/pipe_pool.h"
#include "proxy/transport.h"
#include "websocket/bytes.h"
#include "websocket/facts.h"

namespace proxy {

// One direction's way through the proxy: what was read from the source and not yet taken by the
// sink. Holds memory only for that.
class Pump {
 public:
  // Writes to the sink and holds what it does not take. The result is `done` also then; anything
  // else means that the sink takes nothing any more.
  IoStatus push(Transport& sink, websocket::Bytes bytes);
  // Puts bytes behind all that is held.
  void append(websocket::Bytes bytes);
  // Moves up to `most` bytes from the source into the pipe without looking at them. `failed` to
  // have a pipe is nothing.
  std::optional<IoResult> splice_from(Transport& source, std::size_t most, PipePool& pipes);
  // Writes what is held. `done`: all of it; would_block: the sink is full; else the sink is gone.
  IoStatus flush(Transport& sink, PipePool& pipes);
  // Forgets what is held.
  void drop(PipePool& pipes);

  // Takes out what was appended, of a pump that did nothing else yet.
  std::vector<std::uint8_t> take_held() { return std::exchange(held_, {}); }

  bool empty() const { return held_.empty() && in_pipe_ == 0; }
  std::size_t buffered() const { return held_.size() - sent_ + in_pipe_; }

  // How the source ended; the end is passed on behind the last byte.
  std::optional<websocket::EndKind> ended;
  bool end_passed = false;
  // What is read from now on goes no further: a Close of ours ended this direction, or its sink is
  // gone.
  bool discards = false;
  // The last frame was large: of the next one only the header is looked at, and the whole spliced.
  bool bulk = false;
  // Bytes at the head of the source that were looked at, and observed, but not taken from it yet.
  std::uint8_t peeked = 0;

 private:
  IoStatus flush_pipe(Transport& sink, PipePool& pipes);

  std::vector<std::uint8_t> held_;
  std::size_t sent_ = 0;  // of held_
  Pipe pipe_;
  std::size_t in_pipe_ = 0;  // comes before held_
};

}  // namespace proxy

#endif  // CLOSEWATCH_PROXY_PUMP_H_
