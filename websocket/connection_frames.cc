// The part of Connection that follows frames.

#include <algorithm>
#include <string>

#include "websocket/close_body.h"
#include "websocket/connection.h"

namespace websocket {

void Connection::observe_frames(Direction direction, Bytes bytes, const Chunk& chunk) {
  FrameStream& of = stream(direction);
  const bool starts_segment = chunk.starts_segment && bytes.size() == chunk.bytes.size();
  of.arrive(bytes, starts_segment, sender(direction), {chunk.at, chunk.order});
  const std::uint64_t payload_before = of.payload_bytes();
  const std::uint64_t position = progress(direction).position;
  while (const std::optional<Frame> frame = of.next(bytes)) {
    observe_frame(direction, *frame, chunk, position - bytes.size());
  }
  if (traffic_ != nullptr) {
    traffic_->by_sender[index(direction)].payload_bytes.add(of.payload_bytes() - payload_before);
  }
}

void Connection::observe_frame(Direction direction, const Frame& frame, const Chunk& chunk,
                               std::uint64_t end_position) {
  StreamFacts& facts = facts_.stream(direction);
  Violations violations;
  if (stream(direction).followed()) {
    violations = violations_of(frame.header, sender(direction), allowed_reserved_bits_);
    if (progress(direction).close_end > 0) violations.add(Violation::data_after_close);
    observe_message(direction, frame, violations);
    facts.violations.add(violations);
  }
  progress(direction).close_held = false;
  if (frame.header.opcode) {
    facts.last_opcode = frame.header.opcode;
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
  }
  if (violations.has(Violation::length_out_of_range)) stream(direction).lose();
}

void Connection::count(Direction direction, Opcode opcode) {
  ++facts_.stream(direction).frames[index(opcode)];
  if (traffic_ != nullptr) traffic_->by_sender[index(direction)].frames[index(opcode)].add();
}

// RFC 6455 section 5.4: fragments of one message follow each other, control frames may come
// between.
void Connection::observe_message(Direction direction, const Frame& frame, Violations& violations) {
  if (frame.header.is_control || !frame.header.opcode) return;
  bool& in_message = progress(direction).in_message;
  const bool continues = *frame.header.opcode == Opcode::continuation;
  if (continues && !in_message) violations.add(Violation::unexpected_continuation);
  if (!continues && in_message) violations.add(Violation::message_interrupted);
  in_message = !frame.header.fin;
}

void Connection::observe_close(Direction direction, const Frame& frame, Violations violations,
                               const Chunk& chunk, std::uint64_t end_position) {
  Progress& of = progress(direction);
  if (!stream(direction).followed()) {
    of.close_held = true;  // believed only if nothing follows it: see add_recovered_close
    return;
  }
  const CloseBody body = parse_close_body(frame.close_body());
  violations.add(body.violations);
  // The reason of an overlong Close is cut, perhaps inside a character.
  if (violations.has(Violation::control_frame_too_long)) {
    violations.remove(Violation::close_reason_not_utf8);
  }
  facts_.stream(direction).violations.add(violations);
  if (of.close_end == 0) {
    of.close_end = end_position;
    of.peer_at_close = chunk.peer_position;
  }
  // The last place is for the other side's first.
  const Side side = sender(direction);
  const std::size_t places = kMaxCloseFrames - (facts_.first_close(opposite(side)) ? 0 : 1);
  if (facts_.close_frames.size() >= places && facts_.first_close(side) != nullptr) return;
  violations.remove(Violation::data_after_close);
  add_in_order(facts_.close_frames, {.sender = sender(direction),
                                     .code = body.code,
                                     .violations = violations,
                                     .at = chunk.at,
                                     .order = chunk.order,
                                     .reason = std::string{body.reason}});
}

void Connection::observe_ping(Direction direction, const Frame& frame, Time at) {
  StreamFacts& facts = facts_.stream(direction);
  if (facts.unanswered_pings == 0) facts.oldest_unanswered_ping = at;
  ++facts.unanswered_pings;
  progress(direction).ping_digest = frame.digest;
  progress(direction).ping_at = at;
}

// A Pong answers the latest Ping and thereby all before it (RFC 6455 section 5.5.3); one with
// another body answers an earlier one, or none.
void Connection::observe_pong(Direction direction, const Frame& frame, Time at) {
  StreamFacts& pinged = facts_.stream(opposite(direction));
  const Progress& ping = progress(opposite(direction));
  if (pinged.unanswered_pings == 0) return;
  const bool matches =
      frame.digest == ping.ping_digest || frame.digest == 0 || ping.ping_digest == 0;
  if (matches) {
    pinged.unanswered_pings = 0;
    pinged.oldest_unanswered_ping.reset();
    round_trip_ = RoundTrip{receiver(direction), at - ping.ping_at};
  } else if (pinged.unanswered_pings > 1) {
    --pinged.unanswered_pings;
    pinged.oldest_unanswered_ping = ping.ping_at;
  }
}

void Connection::bind(ServiceId service, TrafficCounters* traffic) {
  service_ = service;
  traffic_ = traffic;
  if (traffic == nullptr) return;
  for (const Direction direction : kDirections) {
    TrafficCounters::BySender& counters = traffic->by_sender[index(direction)];
    const StreamFacts& facts = facts_.stream(direction);
    for (std::size_t i = 0; i < kOpcodeCount; ++i) {
      if (facts.frames[i] > 0) counters.frames[i].add(facts.frames[i]);
    }
    counters.payload_bytes.add(stream(direction).payload_bytes());
  }
}

}  // namespace websocket
