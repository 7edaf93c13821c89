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

ConnectionFacts Connection::conclude() const {
  ConnectionFacts facts = facts_;
  for (const Direction direction : kDirections) {
    finish_stream_facts(facts, direction);
    add_recovered_close(facts, direction);
  }
  for (CloseFrame& close : facts.close_frames) {
    const CloseFrame* received = facts.first_close(opposite(close.sender));
    if (received == nullptr) continue;
    const std::size_t i = index(sent_by(close.sender));
    // A recovered Close ends where its stream does; what its sender had received by then is not
    // known, so the order of arrival has to do.
    const std::uint64_t peer_close =
        received->recovered ? ends_[1 - i].position : ends_[1 - i].close_end;
    close.answers =
        close.recovered ? received->order < close.order : ends_[i].peer_at_close >= peer_close;
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
  // A Close that a stream found again shows before its end is not believed, nor that there was
  // none.
  const bool doubtful = !frames.followed() && of.frames[index(Opcode::close)] > 0;
  of.synchronised = of.seen && frames.certain() && !doubtful;
  of.mid_frame = frames.certain() && !frames.at_frame_boundary();
  if (const auto held = frames.held_back(); held && *held != Opcode::close) {
    ++of.frames[index(*held)];
  }
  const std::uint64_t peer_close = ends_[index(opposite(direction))].close_end;
  of.ended_before_answer = facts.first_end(sender(direction)) != nullptr && peer_close > 0 &&
                           progress.peer_at_end < peer_close;
}

void Connection::add_recovered_close(ConnectionFacts& facts, Direction direction) const {
  const FrameStream& frames = stream(direction);
  const Side side = sender(direction);
  if (frames.followed() || find_close(facts, side) != nullptr) return;
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
  const CloseFrame recovered{.sender = side,
                             .code = close->code,
                             .violations = {},
                             .recovered = true,
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
