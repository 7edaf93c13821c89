// The part of Connection that says what is known when nothing more is to come.

#include <algorithm>

#include "websocket/connection.h"

namespace websocket {

const CloseFrame* ConnectionFacts::first_close(Side sender) const {
  const auto found = std::ranges::find(close_frames, sender, &CloseFrame::sender);
  return found != close_frames.end() ? &*found : nullptr;
}

const StreamEnd* ConnectionFacts::first_end(Side sender) const {
  const auto found = std::ranges::find(stream_ends, sender, &StreamEnd::sender);
  return found != stream_ends.end() ? &*found : nullptr;
}

void add_in_order(std::vector<CloseFrame>& close_frames, CloseFrame close) {
  const auto place = std::ranges::upper_bound(close_frames, close.order, {}, &CloseFrame::order);
  close_frames.insert(place, std::move(close));
}

// Where the first Close of this stream ended; 0: there is none.
std::uint64_t Connection::close_end(Direction direction) const {
  if (endings_ && endings_->close_end[index(direction)] > 0) {
    return endings_->close_end[index(direction)];
  }
  const bool readable = !way(direction).violations.has(Violation::length_out_of_range);
  const bool at_tail = readable && !stream(direction).followed() && has_recovered_close(direction);
  return at_tail ? position(direction) : 0;
}

ConnectionFacts Connection::conclude() const {
  ConnectionFacts facts;
  if (endings_) {
    facts.close_frames = endings_->close_frames;
    facts.stream_ends = endings_->stream_ends;
  }
  finish(facts);
  return facts;
}

ConnectionFacts Connection::conclude_for_good() {
  ConnectionFacts facts;
  if (endings_) {
    facts.close_frames = std::move(endings_->close_frames);
    // has_ended() and last_end() still need these.
    facts.stream_ends = endings_->stream_ends;
  }
  finish(facts);
  return facts;
}

void Connection::finish(ConnectionFacts& facts) const {
  facts.lost_by = lost_by_;
  if (endings_) facts.injected_closes = endings_->injected_closes;
  for (const Direction direction : kDirections) {
    facts.stream(direction) = stream_facts(direction);
  }
  for (const Direction direction : kDirections) add_recovered_close(facts, direction);
  for (const Direction direction : kDirections) {
    // A Pong may be among what was not seen.
    if (!facts.stream(opposite(direction)).synchronised) {
      facts.stream(direction).oldest_unanswered_ping.reset();
    }
  }
  mark_closes(facts);
}

StreamFacts Connection::stream_facts(Direction direction) const {
  const Way& from = way(direction);
  const std::size_t i = index(direction);
  StreamFacts facts;
  facts.frames = from.frames;
  if (const auto held = from.stream.held_back(); held && *held != Opcode::close) {
    ++facts.frames[index(*held)];
  }
  facts.payload_bytes = from.stream.payload_bytes();
  facts.missing_bytes = from.missing_bytes;
  facts.gaps = from.gaps;
  facts.unanswered_pings = from.unanswered_pings;
  if (from.unanswered_pings > 0) facts.oldest_unanswered_ping = from.oldest_ping;
  facts.seen = from.last_activity != Time::min();
  if (facts.seen) facts.last_activity = from.last_activity;
  facts.violations = from.violations;
  // A Close that a stream found again shows before its end is not believed, nor that there was
  // none.
  const bool doubtful = !from.stream.followed() && facts.frames[index(Opcode::close)] > 0;
  facts.synchronised = facts.seen && from.stream.certain() && !doubtful;
  facts.mid_frame = from.stream.certain() && !from.stream.at_frame_boundary();
  const std::uint64_t peer_close = close_end(opposite(direction));
  facts.ended_before_answer =
      has_ended(sender(direction)) && peer_close > 0 && endings_->peer_at_end[i] < peer_close;
  return facts;
}

void Connection::mark_closes(ConnectionFacts& facts) const {
  for (CloseFrame& close : facts.close_frames) {
    if (close.recovered) continue;
    const std::size_t i = index(close.sender);
    const std::uint64_t peer_close = close_end(opposite(sent_by(close.sender)));
    close.answers = peer_close > 0 && endings_->peer_at_close[i] >= peer_close;
    // RFC 9293 section 3.10.7: what a reset receiver had not yet read is gone.
    const bool resets = std::ranges::any_of(facts.stream_ends, [&](const StreamEnd& end) {
      return end.how == EndKind::reset && end.order > close.order;
    });
    const bool acknowledged = ways_[1 - i].peer_position >= endings_->close_end[i];
    const bool other_closed = facts.first_close(opposite(close.sender)) != nullptr;
    const bool passed_on = endings_->close_end[i] <= endings_->passed_on[i];
    close.delivered = passed_on && (!resets || other_closed || acknowledged);
  }
}

void Connection::add_recovered_close(ConnectionFacts& facts, Direction direction) const {
  const FrameStream& frames = stream(direction);
  const Side side = sender(direction);
  if (frames.followed() || facts.first_close(side) != nullptr) return;
  // Its receiver takes all that comes behind such a length for payload.
  if (facts.stream(direction).violations.has(Violation::length_out_of_range)) return;
  const std::optional<AnchoredClose> close = frames.close_at_end(side);
  if (!close) return;
  StreamFacts& of = facts.stream(direction);
  of.synchronised = true;
  of.mid_frame = false;
  std::uint64_t& count = of.frames[index(Opcode::close)];
  count = std::max<std::uint64_t>(count, 1);
  const FrameStream::Moment moment = frames.tail_moment();
  const std::uint64_t peer_close = close_end(opposite(direction));
  add_in_order(facts.close_frames, {.sender = side,
                                    .code = close->code,
                                    .violations = {},
                                    .recovered = true,
                                    .answers = peer_close > 0 && moment.peer_position >= peer_close,
                                    .at = moment.at,
                                    .order = moment.order,
                                    .reason = std::string{close->reason()}});
}

std::optional<Duration> Connection::closing_handshake_time(const ConnectionFacts& facts) const {
  const CloseFrame* client = facts.first_close(Side::client);
  const CloseFrame* server = facts.first_close(Side::server);
  if (client == nullptr || server == nullptr) return std::nullopt;
  return client->at < server->at ? server->at - client->at : client->at - server->at;
}

ConnectionSummary Connection::summary(const ConnectionFacts& facts,
                                      const OutcomeLimits& limits) const {
  return {.service = service_,
          .client = {},
          .server = {},
          .host = texts_.get(HandshakeTexts::Field::host),
          .path = texts_.get(HandshakeTexts::Field::path),
          .subprotocol = texts_.get(HandshakeTexts::Field::subprotocol),
          .extensions = texts_.get(HandshakeTexts::Field::extensions),
          .handshake = seen_,
          .opened = opened_,
          .ended = std::max(last_activity(), last_end()),
          .closing_handshake = closing_handshake_time(facts),
          .facts = facts,
          .outcome = decide(facts, limits)};
}

}  // namespace websocket
