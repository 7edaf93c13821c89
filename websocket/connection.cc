#include "websocket/connection.h"

#include <algorithm>

namespace websocket {
namespace {

// Chained headers and exact frame ends, of both streams, before a stream joined midway is believed
// to be WebSocket: by chance once in about 40^6 tries.
constexpr int kEnoughEvidence = 6;

constexpr Direction kRequests = Direction::client_to_server;
constexpr Direction kResponses = Direction::server_to_client;

}  // namespace

Connection::Connection(Start start, Time at)
    : started_(at), phase_(start == Start::midstream ? Phase::midstream : Phase::handshake) {
  if (start == Start::midstream) {
    for (Way& way : ways_) {
      way.stream.lose();
      way.stream.accept_either_mask(true);
    }
    return;
  }
  handshake_ = std::make_unique<OpeningHandshake>();
  if (start == Start::response) {
    request_missing_ = true;
    stream(kRequests).lose();
  }
}

void Connection::acknowledge(Direction direction, std::uint64_t position) {
  Way& receiver = way(opposite(direction));
  receiver.peer_position = std::max(receiver.peer_position, position);
}

void Connection::observe(Direction direction, const Chunk& chunk) {
  Way& of = way(direction);
  of.last_activity = std::max(of.last_activity, chunk.at);
  of.position += chunk.bytes.size();
  of.peer_position = std::max(of.peer_position, chunk.peer_position);
  if (phase_ == Phase::open) {
    observe_frames(direction, chunk.bytes, chunk);
    return;
  }
  Bytes bytes = chunk.bytes;
  if (phase_ == Phase::handshake) observe_handshake(direction, bytes, chunk.at);
  if (!bytes.empty() && phase_ != Phase::refused) observe_frames(direction, bytes, chunk);
  open_if_evident(chunk.at);
}

void Connection::observe_handshake(Direction direction, Bytes& bytes, Time at) {
  using Read = OpeningHandshake::Progress;
  if (direction == kRequests) {
    if (request_complete_ || request_missing_) return;
    const Read read = handshake_->read_request(bytes);
    if (read == Read::no_websocket) phase_ = Phase::refused;
    if (read != Read::upgrade) return;
    request_complete_ = true;
    request_at_ = at;
    seen_ = HandshakeSeen::request_only;
    return;
  }
  if (response_missing_) return;
  if (!request_complete_ && !request_missing_) {
    bytes = {};  // the rest of an earlier answer on a connection that is kept alive
    return;
  }
  const Read read = handshake_->read_response(bytes);
  if (read == Read::partial) return;
  result_ = handshake_->result();
  answered_ = request_complete_;
  handshake_time_ = at - request_at_;
  if (read == Read::refused) {
    phase_ = Phase::refused;
    return;
  }
  seen_ = request_complete_ ? HandshakeSeen::full : HandshakeSeen::response_only;
  open(at);
}

void Connection::open(Time at) {
  phase_ = Phase::open;
  opened_ = at;
  if (!handshake_) return;
  if (seen_ == HandshakeSeen::full || seen_ == HandshakeSeen::response_only) {
    allowed_reserved_bits_ = handshake_->allowed_reserved_bits();
  }
  for (Way& way : ways_) way.stream.expect(allowed_reserved_bits_);
  texts_ = handshake_->texts();  // a copy: without the spare capacity of what grew
  handshake_.reset();
}

void Connection::open_if_evident(Time at) {
  if (phase_ == Phase::midstream) {
    const int evidence = ways_[0].stream.evidence() + ways_[1].stream.evidence();
    if (evidence >= kEnoughEvidence && settle_sides()) open(started_);
    return;
  }
  if (phase_ != Phase::handshake || !request_complete_ || !response_missing_) return;
  const Way& requests = way(kRequests);
  const bool client_speaks =
      requests.violations.empty() &&
      std::ranges::any_of(requests.frames, [](std::uint64_t count) { return count > 0; });
  if (client_speaks || stream(kResponses).state() == FrameStream::State::resynchronised) {
    result_ = HandshakeResult::opened;
    open(at);
  }
}

void Connection::decide_phase_at_end() {
  if (phase_ == Phase::midstream && !settle_sides()) return;
  const int closes =
      (has_recovered_close(kRequests) ? 1 : 0) + (has_recovered_close(kResponses) ? 1 : 0);
  if (phase_ == Phase::midstream) {
    // A legal Close at the very end is worth two headers.
    const int evidence = ways_[0].stream.evidence() + ways_[1].stream.evidence() + 2 * closes;
    if (evidence >= kEnoughEvidence) open(started_);
  } else if (phase_ == Phase::handshake && request_complete_ && response_missing_ && closes > 0) {
    result_ = HandshakeResult::opened;
    open(last_activity());
  }
}

// The client is the side that masks (RFC 6455 section 5.1). False when both streams look alike.
bool Connection::settle_sides() {
  const auto points_to = [this](std::size_t i) {
    if (ways_[i].stream.evidence() <= 0) return 0;
    const bool right = ways_[i].stream.looks_masked() == (i == index(Side::client));
    return right ? 1 : -1;
  };
  const int first = points_to(0);
  const int second = points_to(1);
  if (first * second < 0) return false;
  if (first < 0 || second < 0) {
    std::swap(ways_[0], ways_[1]);
    if (endings_) {
      for (StreamEnd& end : endings_->stream_ends) end.sender = opposite(end.sender);
      std::swap(endings_->peer_at_end[0], endings_->peer_at_end[1]);
    }
    ping_sender_ = opposite(ping_sender_);
    sides_swapped_ = true;
  }
  for (Way& way : ways_) way.stream.accept_either_mask(false);
  return true;
}

void Connection::observe_gap(Direction direction, std::uint64_t count, Time at) {
  if (count == 0) return;
  Way& of = way(direction);
  of.missing_bytes += count;
  ++of.gaps;
  of.position += count;
  of.close_held = false;
  if (phase_ == Phase::handshake) {
    if (direction == kRequests && !request_complete_ && !request_missing_) {
      phase_ = Phase::refused;
      return;
    }
    if (direction == kResponses) {
      response_missing_ = true;
      stream(kResponses).lose();
      // Neither head could be read: only the frames can tell.
      if (request_missing_) phase_ = Phase::midstream;
    }
  }
  const std::uint64_t payload_before = of.stream.payload_bytes();
  of.stream.skip(count);
  if (traffic_ != nullptr) {
    traffic_->by_sender[index(direction)].payload_bytes.add(of.stream.payload_bytes() -
                                                            payload_before);
  }
  if (phase_ != Phase::open) open_if_evident(at);
}

void Connection::observe_passed(Direction direction, std::uint64_t count, Time at) {
  Way& of = way(direction);
  of.last_activity = std::max(of.last_activity, at);
  of.position += count;
  of.stream.skip(count);
  if (traffic_ != nullptr) traffic_->by_sender[index(direction)].payload_bytes.add(count);
}

void Connection::inject_close(Side receiver, const InjectedClose& close) {
  endings().injected_closes[index(receiver)] = close;
}

void Connection::pass_on_until(Direction direction, std::uint64_t position) {
  endings().passed_on[index(direction)] = position;
}

Connection::Endings& Connection::endings() {
  if (!endings_) {
    endings_ = std::make_unique<Endings>();
    endings_->close_frames.reserve(2);
    endings_->stream_ends.reserve(2);
  }
  return *endings_;
}

void Connection::observe_end(Direction direction, const StreamEnding& ending) {
  const Side side = sender(direction);
  Endings& to = endings();
  for (const StreamEnd& end : to.stream_ends) {
    if (end.sender == side && end.how == ending.how) return;
  }
  Way& of = way(direction);
  of.peer_position = std::max(of.peer_position, ending.peer_position);
  if (!has_ended(side)) to.peer_at_end[index(direction)] = ending.peer_position;
  to.stream_ends.push_back({side, ending.how, ending.at, ending.order});
  closing_ = true;
}

void Connection::revive() {
  if (!endings_) return;
  std::erase_if(endings_->stream_ends,
                [](const StreamEnd& end) { return end.how == EndKind::silence; });
  closing_ =
      !endings_->stream_ends.empty() || (has_closed(Side::client) && has_closed(Side::server));
}

bool Connection::has_ended(Side side) const {
  return endings_ && std::ranges::find(endings_->stream_ends, side, &StreamEnd::sender) !=
                         endings_->stream_ends.end();
}

bool Connection::has_closed(Side side) const {
  return ways_[index(side)].close_held || (endings_ && endings_->close_end[index(side)] > 0);
}

std::optional<HandshakeSummary> Connection::handshake_summary() const {
  if (!request_complete_ || phase_ == Phase::midstream) return std::nullopt;
  return HandshakeSummary{.service = service_,
                          .result = result_,
                          .duration = answered_ ? std::optional{handshake_time_} : std::nullopt};
}

Time Connection::last_activity() const {
  return std::max({started_, ways_[0].last_activity, ways_[1].last_activity});
}

Time Connection::last_end() const {
  Time latest = started_;
  if (!endings_) return latest;
  for (const StreamEnd& end : endings_->stream_ends) latest = std::max(latest, end.at);
  return latest;
}

std::optional<Connection::RoundTrip> Connection::take_round_trip() {
  if (!std::exchange(has_round_trip_, false)) return std::nullopt;
  return RoundTrip{ping_sender_, round_trip_};
}

}  // namespace websocket
