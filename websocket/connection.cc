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
    for (FrameStream& stream : streams_) {
      stream.lose();
      stream.accept_either_mask(true);
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
  Progress& of = progress(direction);
  of.acknowledged = std::max(of.acknowledged, position);
}

void Connection::observe(Direction direction, const Chunk& chunk) {
  StreamFacts& facts = facts_.stream(direction);
  facts.seen = true;
  facts.last_activity = std::max(facts.last_activity.value_or(chunk.at), chunk.at);
  progress(direction).position += chunk.bytes.size();
  acknowledge(opposite(direction), chunk.peer_position);
  Bytes bytes = chunk.bytes;
  if (phase_ == Phase::handshake) observe_handshake(direction, bytes, chunk.at);
  if (!bytes.empty() && phase_ != Phase::refused) observe_frames(direction, bytes, chunk);
  if (phase_ == Phase::handshake || phase_ == Phase::midstream) open_if_evident(chunk.at);
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
  if (request_complete_) handshake_time_ = at - request_at_;
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
  for (FrameStream& stream : streams_) stream.expect(allowed_reserved_bits_);
  texts_ = std::move(handshake_->texts());
  handshake_.reset();
}

void Connection::open_if_evident(Time at) {
  if (phase_ == Phase::midstream) {
    const int evidence = streams_[0].evidence() + streams_[1].evidence();
    if (evidence >= kEnoughEvidence && settle_sides()) open(started_);
    return;
  }
  if (!request_complete_ || !response_missing_) return;
  const StreamFacts& requests = facts_.stream(kRequests);
  const bool client_speaks = requests.last_opcode && requests.violations.empty();
  if (client_speaks || stream(kResponses).state() == FrameStream::State::resynchronised) {
    result_ = HandshakeResult::opened;
    open(at);
  }
}

void Connection::decide_phase_at_end() {
  if (phase_ == Phase::midstream && !settle_sides()) return;
  const int closes = (streams_[0].close_at_end(Side::client) ? 1 : 0) +
                     (streams_[1].close_at_end(Side::server) ? 1 : 0);
  if (phase_ == Phase::midstream) {
    // A legal Close at the very end is worth two headers.
    const int evidence = streams_[0].evidence() + streams_[1].evidence() + 2 * closes;
    if (evidence >= kEnoughEvidence) open(started_);
  } else if (phase_ == Phase::handshake && request_complete_ && response_missing_ && closes > 0) {
    result_ = HandshakeResult::opened;
    open(last_activity());
  }
}

// The client is the side that masks (RFC 6455 section 5.1). False when both streams look alike.
bool Connection::settle_sides() {
  const auto points_to = [this](std::size_t i) {
    if (streams_[i].evidence() <= 0) return 0;
    const bool right = streams_[i].looks_masked() == (i == index(Side::client));
    return right ? 1 : -1;
  };
  const int first = points_to(0);
  const int second = points_to(1);
  if (first * second < 0) return false;
  if (first < 0 || second < 0) {
    std::swap(streams_[0], streams_[1]);
    std::swap(ends_[0], ends_[1]);
    std::swap(facts_.streams[0], facts_.streams[1]);
    for (StreamEnd& end : facts_.stream_ends) end.sender = opposite(end.sender);
    if (round_trip_) round_trip_->ping_sender = opposite(round_trip_->ping_sender);
    sides_swapped_ = true;
  }
  for (FrameStream& stream : streams_) stream.accept_either_mask(false);
  return true;
}

void Connection::observe_gap(Direction direction, std::uint64_t count, Time at) {
  if (count == 0) return;
  StreamFacts& facts = facts_.stream(direction);
  facts.missing_bytes += count;
  ++facts.gaps;
  progress(direction).position += count;
  progress(direction).close_held = false;
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
  const std::uint64_t payload_before = stream(direction).payload_bytes();
  stream(direction).skip(count);
  if (traffic_ != nullptr) {
    traffic_->by_sender[index(direction)].payload_bytes.add(stream(direction).payload_bytes() -
                                                            payload_before);
  }
  if (phase_ == Phase::handshake || phase_ == Phase::midstream) open_if_evident(at);
}

void Connection::observe_end(Direction direction, const StreamEnding& ending) {
  const Side side = sender(direction);
  for (const StreamEnd& end : facts_.stream_ends) {
    if (end.sender == side && end.how == ending.how) return;
  }
  acknowledge(opposite(direction), ending.peer_position);
  if (facts_.first_end(side) == nullptr) progress(direction).peer_at_end = ending.peer_position;
  facts_.stream_ends.push_back({side, ending.how, ending.at, ending.order});
}

void Connection::revive() {
  std::erase_if(facts_.stream_ends,
                [](const StreamEnd& end) { return end.how == EndKind::silence; });
}

std::optional<HandshakeSummary> Connection::handshake_summary() const {
  if (!request_complete_ || phase_ == Phase::midstream) return std::nullopt;
  return HandshakeSummary{.service = service_, .result = result_, .duration = handshake_time_};
}

bool Connection::closing() const {
  if (!facts_.stream_ends.empty()) return true;
  const auto closed = [this](Side side) {
    return facts_.first_close(side) != nullptr || ends_[index(side)].close_held;
  };
  return closed(Side::client) && closed(Side::server);
}

bool Connection::ended() const {
  return facts_.first_end(Side::client) != nullptr && facts_.first_end(Side::server) != nullptr;
}

Time Connection::last_activity() const {
  Time latest = started_;
  for (const StreamFacts& facts : facts_.streams) {
    if (facts.last_activity) latest = std::max(latest, *facts.last_activity);
  }
  return latest;
}

Time Connection::last_end() const {
  Time latest = started_;
  for (const StreamEnd& end : facts_.stream_ends) latest = std::max(latest, end.at);
  return latest;
}

std::optional<Connection::RoundTrip> Connection::take_round_trip() {
  std::optional<RoundTrip> taken;
  std::swap(taken, round_trip_);
  return taken;
}

}  // namespace websocket
