// The part of Connection that follows frames.

#include <string>

#include "websocket/close_body.h"
#include "websocket/connection.h"

namespace websocket {

void Connection::observe_frames(Direction direction, Bytes bytes, const Chunk& chunk) {
  Way& of = way(direction);
  const std::uint64_t payload_before = of.stream.payload_bytes();
  if (of.stream.followed()) {
    if (!endings_) take_plain_frames(direction, bytes);
  } else {
    const bool starts_segment = chunk.starts_segment && bytes.size() == chunk.bytes.size();
    of.stream.arrive(bytes, starts_segment, sender(direction),
                     {chunk.at, chunk.order, chunk.peer_position});
  }
  while (const std::optional<Frame> frame = of.stream.next(bytes)) {
    observe_frame(direction, *frame, chunk, of.position - bytes.size());
  }
  if (traffic_ != nullptr) {
    traffic_->by_sender[index(direction)].payload_bytes.add(of.stream.payload_bytes() -
                                                            payload_before);
  }
}

void Connection::take_plain_frames(Direction direction, Bytes& bytes) {
  std::array<std::uint64_t, 3> counts{};
  Way& of = way(direction);
  of.stream.take_plain_frames(bytes, sender(direction), counts);
  for (std::size_t i = 0; i < counts.size(); ++i) {
    if (counts[i] == 0) continue;
    of.frames[i] += counts[i];
    if (traffic_ != nullptr) traffic_->by_sender[index(direction)].frames[i].add(counts[i]);
  }
}

void Connection::observe_frame(Direction direction, const Frame& frame, const Chunk& chunk,
                               std::uint64_t end_position) {
  Way& of = way(direction);
  Violations violations;
  if (of.stream.followed()) {
    violations = violations_of(frame.header, sender(direction), allowed_reserved_bits_);
    if (endings_ && endings_->close_end[index(direction)] > 0) {
      violations.add(Violation::data_after_close);
    }
    violations.add(of.stream.follow_message(frame.header));
    if (!violations.empty()) of.violations.add(violations);
  } else {
    of.close_held = false;
  }
  if (!frame.header.opcode) return;
  count(direction, *frame.header.opcode);
  if (frame.header.is_control) {
    switch (*frame.header.opcode) {
      case Opcode::close:
        observe_close(direction, frame, violations, chunk, end_position);
        break;
      case Opcode::ping:
        observe_ping(direction, frame, chunk.at);
        break;
      default:
        observe_pong(direction, frame, chunk.at);
        break;
    }
  }
  if (violations.has(Violation::length_out_of_range)) of.stream.lose();
}

void Connection::count(Direction direction, Opcode opcode) {
  ++way(direction).frames[index(opcode)];
  if (traffic_ != nullptr) traffic_->by_sender[index(direction)].frames[index(opcode)].add();
}

void Connection::observe_close(Direction direction, const Frame& frame, Violations violations,
                               const Chunk& chunk, std::uint64_t end_position) {
  Way& of = way(direction);
  const std::size_t i = index(direction);
  if (of.stream.followed()) {
    const CloseBody body = parse_close_body(frame.close_body());
    violations.add(body.violations);
    // The reason of an overlong Close is cut, perhaps inside a character.
    if (violations.has(Violation::control_frame_too_long)) {
      violations.remove(Violation::close_reason_not_utf8);
    }
    of.violations.add(violations);
    Endings& to = endings();
    if (to.close_end[i] == 0) {
      to.close_end[i] = end_position;
      to.peer_at_close[i] = chunk.peer_position;
    }
    violations.remove(Violation::data_after_close);
    // The last place is for the other side's first.
    const std::size_t places =
        kMaxCloseFrames - (has_close_frame(opposite(sender(direction))) ? 0 : 1);
    if (to.close_frames.size() < places || !has_close_frame(sender(direction))) {
      add_in_order(to.close_frames, {.sender = sender(direction),
                                     .code = body.code,
                                     .violations = violations,
                                     .at = chunk.at,
                                     .order = chunk.order,
                                     .reason = std::string{body.reason}});
    }
  } else {
    of.close_held = true;  // believed only if nothing follows it: see add_recovered_close
  }
  closing_ = closing_ || (has_closed(Side::client) && has_closed(Side::server));
}

void Connection::observe_ping(Direction direction, const Frame& frame, Time at) {
  Way& of = way(direction);
  if (of.unanswered_pings == 0) of.oldest_ping = at;
  ++of.unanswered_pings;
  of.ping_digest = frame.digest;
  of.ping_at = at;
}

// A Pong answers the latest Ping and thereby all before it (RFC 6455 section 5.5.3); one with
// another body answers an earlier one, or none.
void Connection::observe_pong(Direction direction, const Frame& frame, Time at) {
  Way& pinged = way(opposite(direction));
  if (pinged.unanswered_pings == 0) return;
  const bool matches =
      frame.digest == pinged.ping_digest || frame.digest == 0 || pinged.ping_digest == 0;
  if (matches) {
    pinged.unanswered_pings = 0;
    has_round_trip_ = true;
    ping_sender_ = receiver(direction);
    round_trip_ = at - pinged.ping_at;
  } else if (pinged.unanswered_pings > 1) {
    --pinged.unanswered_pings;
    pinged.oldest_ping = pinged.ping_at;
  }
}

void Connection::bind(ServiceId service, TrafficCounters* traffic) {
  service_ = service;
  traffic_ = traffic;
  if (traffic == nullptr) return;
  for (const Direction direction : kDirections) {
    TrafficCounters::BySender& counters = traffic->by_sender[index(direction)];
    for (std::size_t i = 0; i < kOpcodeCount; ++i) {
      const std::uint64_t frames = way(direction).frames[i];
      if (frames > 0) counters.frames[i].add(frames);
    }
    counters.payload_bytes.add(stream(direction).payload_bytes());
  }
}

}  // namespace websocket
