#ifndef CLOSEWATCH_WEBSOCKET_CONNECTION_H_
#define CLOSEWATCH_WEBSOCKET_CONNECTION_H_

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>

#include "websocket/counter.h"
#include "websocket/facts.h"
#include "websocket/frame_stream.h"
#include "websocket/opening_handshake.h"
#include "websocket/outcome.h"
#include "websocket/summary.h"

namespace websocket {

// Bytes of one direction's stream, in order.
struct Chunk {
  Bytes bytes;
  Time at{};
  // How many bytes of the opposite stream the sender had received when it sent this: what it had
  // acknowledged, or what a proxy had written to it.
  std::uint64_t peer_position = 0;
  // When it came, among all that comes for this connection; bytes that had to wait for others keep
  // their place.
  std::uint32_t order = 0;
  bool starts_segment = true;
};

// The end of one direction's stream; the fields are those of Chunk.
struct StreamEnding {
  EndKind how = EndKind::fin;
  Time at{};
  std::uint64_t peer_position = 0;
  std::uint32_t order = 0;
};

// One WebSocket connection, observed as two byte streams: opening handshake, frames, end. Whoever
// owns it feeds it in the order of events and asks, after each call, what has become of it.
// Positions count the bytes of a direction that were passed to observe() or declared missing, from
// 0.
//
// Not thread-safe; all of one connection is fed by one thread.
class Connection {
 public:
  enum class Start : std::uint8_t { request, response, midstream };
  enum class Phase : std::uint8_t {
    handshake,  // nothing is decided yet
    midstream,  // joined midway; not known to be WebSocket yet
    open,
    refused  // no WebSocket: drop it
  };

  // `start`: the first bytes will be a request, an answer whose request was not captured, or
  // neither.
  Connection(Start start, Time at);

  void observe(Direction direction, const Chunk& chunk);
  void observe_gap(Direction direction, std::uint64_t count, Time at);
  void observe_end(Direction direction, const StreamEnding& ending);
  // The receiver of `direction` has acknowledged everything up to `position`.
  void acknowledge(Direction direction, std::uint64_t position);
  // It spoke again after silence had been taken for its end.
  void revive();
  // Why the observation ends, where it is we who end it.
  void lose_to(LostBy reason) { facts_.lost_by = reason; }

  Phase phase() const { return phase_; }

  // Brings what observe() will touch into the cache.
  void prefetch(Direction direction) const {
    const auto lines = [](const auto& object) {
      for (std::size_t at = 0; at < sizeof object + 63; at += 64) {
        __builtin_prefetch(reinterpret_cast<const char*>(&object) + at);
      }
    };
    lines(streams_[index(direction)]);
    lines(ends_[index(direction)]);
    lines(facts_.streams[index(direction)]);
    __builtin_prefetch(&facts_.close_frames);
    __builtin_prefetch(&phase_);
  }
  // Of a connection joined midway: true, once, when the sides turned out to be the other way round
  // than the owner took them; the owner must turn its directions round.
  bool take_sides_swapped() { return std::exchange(sides_swapped_, false); }
  // What became of the opening handshake; nothing when no request was seen or none is decided.
  std::optional<HandshakeSummary> handshake_summary() const;

  // Binds an open connection to its service. `traffic` may be null; it gets what has been seen so
  // far and everything from now on.
  void bind(ServiceId service, TrafficCounters* traffic);
  ServiceId service() const { return service_; }

  // The round trip of the Ping that was answered last, once.
  struct RoundTrip {
    Side ping_sender;
    Duration time;
  };
  std::optional<RoundTrip> take_round_trip();

  // Has anything happened that makes the end near: a FIN, a RST, or a Close each way?
  bool closing() const;
  // Both streams have ended.
  bool ended() const;

  // Joined midway, and nothing looks like WebSocket any more.
  bool hopeless() const {
    const auto without_hope = [](const FrameStream& one, const FrameStream& other) {
      return one.hopeless() && (other.hopeless() || other.untouched());
    };
    return phase_ == Phase::midstream &&
           (without_hope(streams_[0], streams_[1]) || without_hope(streams_[1], streams_[0]));
  }
  bool has_recovered_close(Direction direction) const {
    return stream(direction).close_at_end(sender(direction)).has_value();
  }

  // Decides whether an undecided connection was a WebSocket after all, with nothing more to come.
  void decide_phase_at_end();

  std::string_view host() const { return texts_.get(HandshakeTexts::Field::host); }
  std::string_view path() const { return texts_.get(HandshakeTexts::Field::path); }
  Time opened() const { return opened_; }
  Time last_activity() const;
  Time last_end() const;
  std::uint64_t position(Direction direction) const { return ends_[index(direction)].position; }
  // Heap bytes held for heads that are not complete.
  std::size_t buffered() const { return handshake_ ? handshake_->memory() : 0; }

  // The facts as they stand if nothing more comes: Closes found at the tail of lost streams are
  // among them.
  ConnectionFacts conclude() const;
  // `facts` must be from conclude() and outlive the summary.
  ConnectionSummary summary(const ConnectionFacts& facts, const OutcomeLimits& limits) const;

 private:
  // What must be known about one direction beyond its frames and facts.
  struct Progress {
    std::uint64_t position = 0;
    std::uint64_t acknowledged = 0;
    std::uint64_t close_end = 0;      // where the first Close ended; 0: none yet
    std::uint64_t peer_at_close = 0;  // peer_position of the first Close
    std::uint64_t peer_at_end = 0;    // and of this stream's first end
    std::uint32_t ping_digest = 0;
    Time ping_at{};
    bool in_message = false;
    bool close_held = false;  // a resynchronised stream stands right behind a Close
  };

  void observe_handshake(Direction direction, Bytes& bytes, Time at);
  void observe_frames(Direction direction, Bytes bytes, const Chunk& chunk);
  void observe_frame(Direction direction, const Frame& frame, const Chunk& chunk,
                     std::uint64_t end_position);
  void observe_close(Direction direction, const Frame& frame, Violations violations,
                     const Chunk& chunk, std::uint64_t end_position);
  void observe_ping(Direction direction, const Frame& frame, Time at);
  void observe_pong(Direction direction, const Frame& frame, Time at);
  void observe_message(Direction direction, const Frame& frame, Violations& violations);
  void open(Time at);
  void open_if_evident(Time at);
  bool settle_sides();
  void count(Direction direction, Opcode opcode);
  std::uint64_t close_end(Direction direction) const;
  void add_recovered_close(ConnectionFacts& facts, Direction direction) const;
  void finish_stream_facts(ConnectionFacts& facts, Direction direction) const;
  std::optional<Duration> closing_handshake_time(const ConnectionFacts& facts) const;

  FrameStream& stream(Direction direction) { return streams_[index(direction)]; }
  const FrameStream& stream(Direction direction) const { return streams_[index(direction)]; }
  Progress& progress(Direction direction) { return ends_[index(direction)]; }

  std::array<FrameStream, 2> streams_;
  std::array<Progress, 2> ends_;
  ConnectionFacts facts_;
  TrafficCounters* traffic_ = nullptr;
  std::unique_ptr<OpeningHandshake> handshake_;
  HandshakeTexts texts_;
  Time started_{};
  Time request_at_{};
  Time opened_{};
  std::optional<Duration> handshake_time_;
  std::optional<RoundTrip> round_trip_;
  ServiceId service_ = 0;
  HandshakeResult result_ = HandshakeResult::aborted;
  HandshakeSeen seen_ = HandshakeSeen::none;
  Phase phase_;
  std::uint8_t allowed_reserved_bits_ = 7;
  bool request_complete_ = false;
  bool request_missing_ = false;
  bool response_missing_ = false;
  bool sides_swapped_ = false;
};

}  // namespace websocket

#endif  // CLOSEWATCH_WEBSOCKET_CONNECTION_H_
