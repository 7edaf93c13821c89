#ifndef CLOSEWATCH_WEBSOCKET_CONNECTION_H_
#define CLOSEWATCH_WEBSOCKET_CONNECTION_H_

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

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
  // `count` bytes of payload passed without being looked at, at most payload_left().
  void observe_passed(Direction direction, std::uint64_t count, Time at);
  // How many bytes of the payload of the frame that `direction` stands in are still to come; 0
  // where that is not known.
  std::uint64_t payload_left(Direction direction) const {
    return phase_ == Phase::open ? stream(direction).payload_left() : 0;
  }
  // True only when it is certain that a frame ended with the last byte observed.
  bool at_frame_boundary(Direction direction) const {
    return phase_ == Phase::open && stream(direction).followed() &&
           stream(direction).at_frame_boundary();
  }
  // Are all its frames read, none lost?
  bool follows(Direction direction) const {
    return phase_ == Phase::open && stream(direction).followed();
  }
  // Was a Close or an end of a stream seen, or a Close injected?
  bool has_ends() const { return endings_ != nullptr; }
  bool has_sent_close(Side side) const { return has_closed(side); }
  // The proxy sent a Close of its own to `receiver`; from here on nothing of the other endpoint is
  // passed on to it. At most once a side; `delivered` false, later, if it turns out to be lost.
  void inject_close(Side receiver, const InjectedClose& close);
  // Of what was observed of `direction` a proxy passed on no more than up to `position`, since the
  // receiver was gone.
  void pass_on_until(Direction direction, std::uint64_t position);
  void observe_end(Direction direction, const StreamEnding& ending);
  // The receiver of `direction` has acknowledged everything up to `position`.
  void acknowledge(Direction direction, std::uint64_t position);
  // It spoke again after silence had been taken for its end.
  void revive();
  // Why the observation ends, where it is we who end it.
  void lose_to(LostBy reason) { lost_by_ = reason; }

  Phase phase() const { return phase_; }

  // Brings what observe() will touch into the cache.
  void prefetch(Direction direction) const {
    __builtin_prefetch(this);
    __builtin_prefetch(&way(direction), 1);
    __builtin_prefetch(&way(direction).frames, 1);
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

  // Something to ask about has happened: closing(), or take_round_trip().
  bool has_news() const { return closing_ || has_round_trip_; }
  // Has anything happened that makes the end near: a FIN, a RST, or a Close each way?
  bool closing() const { return closing_; }
  // Both streams have ended.
  bool ended() const { return has_ended(Side::client) && has_ended(Side::server); }

  // Joined midway, and nothing looks like WebSocket any more.
  bool hopeless() const {
    const auto without_hope = [](const FrameStream& one, const FrameStream& other) {
      return one.hopeless() && (other.hopeless() || other.untouched());
    };
    return phase_ == Phase::midstream && (without_hope(ways_[0].stream, ways_[1].stream) ||
                                          without_hope(ways_[1].stream, ways_[0].stream));
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
  std::uint64_t position(Direction direction) const { return way(direction).position; }
  // Heap bytes held for heads that are not complete.
  std::size_t buffered() const { return handshake_ ? handshake_->memory() : 0; }

  // The facts as they stand if nothing more comes: Closes found at the tail of lost streams are
  // among them.
  ConnectionFacts conclude() const;
  // The same once, without a copy; afterwards only summary() may be asked.
  ConnectionFacts conclude_for_good();
  // `facts` must be from conclude() and outlive the summary.
  ConnectionSummary summary(const ConnectionFacts& facts, const OutcomeLimits& limits) const;

 private:
  // One direction. In the order of use: each piece of data touches the first two cache lines only.
  struct alignas(64) Way {
    std::uint64_t position = 0;
    std::uint64_t peer_position = 0;  // what its sender has acknowledged of the opposite stream
    Time last_activity = Time::min();
    FrameStream stream;
    std::array<std::uint64_t, kOpcodeCount> frames{};
    Time ping_at{};
    Time oldest_ping{};
    std::uint64_t missing_bytes = 0;
    std::uint32_t gaps = 0;
    std::uint32_t unanswered_pings = 0;
    std::uint32_t ping_digest = 0;
    Violations violations;
    bool close_held = false;  // a resynchronised stream stands right behind a Close
  };
  // What comes once, at the end; positions by direction.
  struct Endings {
    std::vector<CloseFrame> close_frames;
    std::vector<StreamEnd> stream_ends;
    std::array<std::uint64_t, 2> close_end{};      // where the first Close ended; 0: none yet
    std::array<std::uint64_t, 2> peer_at_close{};  // peer_position of the first Close
    std::array<std::uint64_t, 2> peer_at_end{};    // and of the stream's first end
    std::array<std::optional<InjectedClose>, 2> injected_closes;
    std::array<std::uint64_t, 2> passed_on{UINT64_MAX, UINT64_MAX};  // see pass_on_until
  };

  void observe_handshake(Direction direction, Bytes& bytes, Time at);
  void observe_frames(Direction direction, Bytes bytes, const Chunk& chunk);
  void take_plain_frames(Direction direction, Bytes& bytes);
  void observe_frame(Direction direction, const Frame& frame, const Chunk& chunk,
                     std::uint64_t end_position);
  void observe_close(Direction direction, const Frame& frame, Violations violations,
                     const Chunk& chunk, std::uint64_t end_position);
  void observe_ping(Direction direction, const Frame& frame, Time at);
  void observe_pong(Direction direction, const Frame& frame, Time at);
  void open(Time at);
  void open_if_evident(Time at);
  bool settle_sides();
  void count(Direction direction, Opcode opcode);
  Endings& endings();
  bool has_ended(Side side) const;
  bool has_closed(Side side) const;
  void finish(ConnectionFacts& facts) const;
  std::uint64_t close_end(Direction direction) const;
  StreamFacts stream_facts(Direction direction) const;
  void mark_closes(ConnectionFacts& facts) const;
  void add_recovered_close(ConnectionFacts& facts, Direction direction) const;
  std::optional<Duration> closing_handshake_time(const ConnectionFacts& facts) const;

  FrameStream& stream(Direction direction) { return ways_[index(direction)].stream; }
  const FrameStream& stream(Direction direction) const { return ways_[index(direction)].stream; }
  Way& way(Direction direction) { return ways_[index(direction)]; }
  const Way& way(Direction direction) const { return ways_[index(direction)]; }

  TrafficCounters* traffic_ = nullptr;
  std::unique_ptr<Endings> endings_;  // null until something ends
  std::unique_ptr<OpeningHandshake> handshake_;
  Time started_{};
  Duration round_trip_{};
  ServiceId service_ = 0;
  Phase phase_;
  std::uint8_t allowed_reserved_bits_ = 7;
  Side ping_sender_ = Side::client;  // of round_trip_
  HandshakeResult result_ = HandshakeResult::aborted;
  HandshakeSeen seen_ = HandshakeSeen::none;
  LostBy lost_by_ = LostBy::nothing;
  bool has_round_trip_ = false;
  bool closing_ = false;
  bool request_complete_ = false;
  bool response_missing_ = false;
  bool request_missing_ = false;
  bool answered_ = false;
  bool sides_swapped_ = false;
  std::array<Way, 2> ways_;
  HandshakeTexts texts_;
  Time request_at_{};
  Time opened_{};
  Duration handshake_time_{};  // when both heads were seen
};

}  // namespace websocket

#endif  // CLOSEWATCH_WEBSOCKET_CONNECTION_H_
