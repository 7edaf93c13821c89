// The part of Connection that says what is known when nothing more is to come.

#include <algorithm>

#include "websocket/connection.h"

namespace websocket {
namespace {

const CloseFrame* find_close(const ConnectionFacts& facts, Side sender) {
  const auto found = std::ranges::find(facts.close_frames, sender, &CloseFrame::sender);
  return found != facts.close_frames.end() ? &*found : nullptr;
}

}  // namespace

const CloseFrame* ConnectionFacts::first_close(Side sender) const {
  return find_close(*this, sender);
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
  const Progress& of = ends_[index(direction)];
  const bool at_tail = !stream(direction).followed() && has_recovered_close(direction);
  return of.close_end == 0 && at_tail ? of.position : of.close_end;
}

ConnectionFacts Connection::conclude() const {
  ConnectionFacts facts = facts_;
  for (CloseFrame& close : facts.close_frames) {
    const Direction direction = sent_by(close.sender);
    const std::uint64_t peer_close = close_end(opposite(direction));
    close.answers = peer_close > 0 && ends_[index(direction)].peer_at_close >= peer_close;
  }
  for (const Direction direction : kDirections) {
    finish_stream_facts(facts, direction);
    add_recovered_close(facts, direction);
  }
  for (const Direction direction : kDirections) {
    // A Pong may be among what was not seen.
    if (!facts.stream(opposite(direction)).synchronised) {
      facts.stream(direction).oldest_unanswered_ping.reset();
    }
  }
  // RFC 9293 section 3.5.2: what a reset receiver had not yet read is gone.
  for (CloseFrame& close : facts.close_frames) {
    const Direction direction = sent_by(close.sender);
    const bool resets = std::ranges::any_of(facts.stream_ends, [&](const StreamEnd& end) {
      return end.how == EndKind::reset && end.order > close.order;
    });
    const bool acknowledged =
        ends_[index(direction)].acknowledged >= ends_[index(direction)].close_end;
    const bool other_closed = facts.first_close(opposite(close.sender)) != nullptr;
    close.delivered = close.recovered || !resets || other_closed || acknowledged;
  }
  return facts;
}

void Connection::finish_stream_facts(ConnectionFacts& facts, Direction direction) const {
  StreamFacts& of = facts.stream(direction);
  const FrameStream& frames = stream(direction);
  const Progress& progress = ends_[index(direction)];
  of.payload_bytes = frames.payload_bytes();
  of.synchronised = of.seen && frames.certain();
  of.mid_frame = frames.certain() && !frames.at_frame_boundary();
  if (const auto held = frames.held_back(); held && *held != Opcode::close) {
    ++of.frames[index(*held)];
  }
  const std::uint64_t peer_close = close_end(opposite(direction));
  of.ended_before_answer = facts.first_end(sender(direction)) != nullptr && peer_close > 0 &&
                           progress.peer_at_end < peer_close;
}

void Connection::add_recovered_close(ConnectionFacts& facts, Direction direction) const {
  const FrameStream& frames = stream(direction);
  const Side side = sender(direction);
  if (frames.followed() || find_close(facts, side) != nullptr) return;
  const std::optional<AnchoredClose> close = frames.close_at_end(side);
  if (!close) return;
  StreamFacts& of = facts.stream(direction);
  of.synchronised = true;
  of.mid_frame = false;
  std::uint64_t& count = of.frames[index(Opcode::close)];
  count = std::max<std::uint64_t>(count, 1);
  const FrameStream::Moment moment = frames.tail_moment();
  const std::uint64_t peer_close = close_end(opposite(direction));
  const CloseFrame recovered{.sender = side,
                             .code = close->code,
                             .violations = {},
                             .recovered = true,
                             .answers = peer_close > 0 && moment.peer_position >= peer_close,
                             .at = moment.at,
                             .order = moment.order,
                             .reason = std::string{close->reason()}};
  add_in_order(facts.close_frames, recovered);
}

std::optional<Duration> Connection::closing_handshake_time(const ConnectionFacts& facts) const {
  const CloseFrame* client = facts.first_close(Side::client);
  const CloseFrame* server = facts.first_close(Side::server);
  if (client == nullptr || server == nullptr) return std::nullopt;
  return client->at < server->at ? server->at - client->at : client->at - server->at;
}

ConnectionSummary Connection::summary(const ConnectionFacts& facts,
                                      const OutcomeLimits& limits) const {
  Time ended = last_activity();
  for (const StreamEnd& end : facts.stream_ends) {
    ended = std::max(ended, end.at);
  }
  return {.service = service_,
          .client = {},
          .server = {},
          .host = texts_.get(HandshakeTexts::Field::host),
          .path = texts_.get(HandshakeTexts::Field::path),
          .subprotocol = texts_.get(HandshakeTexts::Field::subprotocol),
          .extensions = texts_.get(HandshakeTexts::Field::extensions),
          .handshake = seen_,
          .opened = opened_,
          .ended = ended,
          .closing_handshake = closing_handshake_time(facts),
          .facts = facts,
          .outcome = decide(facts, limits)};
}

}  // namespace websocket
