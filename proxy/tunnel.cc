#include "proxy/tunnel.h"

#include <sys/epoll.h>

#include <algorithm>

namespace proxy {
namespace {

using websocket::Bytes;

// How often a tunnel may read before the others have their turn.
constexpr int kTurns = 16;
// Payload from this on is spliced: below, two more calls cost more than the copies they save.
constexpr std::uint64_t kSplicedPayload = 16'384;
constexpr std::size_t kHeaderSize = websocket::kMaxFrameHeader;
constexpr std::size_t kMostSpliced = 65'536 + kHeaderSize;

}  // namespace

Tunnel::Tunnel(TunnelStart start, RelayContext& context)
    : context_(context),
      connection_(std::move(start.connection)),
      service_(start.service),
      client_endpoint_(start.client_endpoint),
      server_endpoint_(start.server_endpoint),
      options_(std::move(start.options)),
      admission_(std::move(start.admission)) {
  end(Side::client).transport = std::move(start.client);
  end(Side::server).transport = std::move(start.server);
  way(Direction::client_to_server).append(start.from_client);
  way(Direction::server_to_client).append(start.from_server);
}

Tunnel::~Tunnel() {
  unschedule();
  for (Pump& pump : pumps_) {
    count_buffered(pump.buffered(), 0);
    pump.drop(context_.pipes);
  }
}

void Tunnel::begin() {
  connection_->bind(service_, context_.observer.traffic(service_));
  context_.observer.connection_opened(service_);
  for (const Direction direction : websocket::kDirections) {
    End& from = end(sender(direction));
    from.last_heard = context_.steady_now;
    // What TLS has read ahead shows on no socket.
    from.readable = !from.transport.is_plain();
    const std::vector<std::uint8_t> early = way(direction).take_held();
    if (!early.empty()) take(direction, early);
  }
  schedule();
}

void Tunnel::on_ready(Side side, std::uint32_t events) {
  End& of = end(side);
  constexpr std::uint32_t kEnd = EPOLLRDHUP | EPOLLHUP | EPOLLERR;
  if ((events & (EPOLLIN | kEnd)) != 0) of.readable = true;
  if ((events & kEnd) != 0) of.hung_up = true;
  if (!way(sent_by(opposite(side))).empty()) pump(sent_by(opposite(side)));
  if (!over_) pump(sent_by(side));
  if (!over_ && (events & EPOLLERR) != 0) check_error(side);
}

void Tunnel::on_turn() {
  unfinished_ = false;
  for (const Direction direction : websocket::kDirections) {
    if (!over_) pump(direction);
  }
}

void Tunnel::pump(Direction direction) {
  for (int turn = 0; turn < kTurns; ++turn) {
    if (over_ || !pump_once(direction)) return;
  }
  if (!unfinished_) context_.unfinished.push_back(this);
  unfinished_ = true;
}

// True when there may be more to do at once.
bool Tunnel::pump_once(Direction direction) {
  if (!flush(direction)) return false;
  Pump& of = way(direction);
  if (of.ended) {
    if (!of.end_passed) pass_end(direction);
    return false;
  }
  if (!end(sender(direction)).readable) return false;
  if (may_splice(direction)) {
    const std::uint64_t left = connection_->payload_left(direction);
    // Of a large frame the rest too, however small.
    if (left >= kSplicedPayload || (of.bulk && left > 0)) return splice(direction);
    if (of.bulk && of.peeked == 0 && connection_->at_frame_boundary(direction)) {
      return peek(direction);
    }
  }
  return of.peeked > 0 ? read_peeked(direction) : read(direction);
}

bool Tunnel::may_splice(Direction direction) const {
  return !way(direction).discards && !closing_ && ends_[0].transport.is_plain() &&
         ends_[1].transport.is_plain() &&
         connection_->position(direction) >= end(sender(direction)).sent_before_close;
}

// True when nothing is held any more.
bool Tunnel::flush(Direction direction) {
  Pump& of = way(direction);
  if (of.empty()) return true;
  const std::size_t before = of.buffered();
  const IoStatus status = of.flush(end(receiver(direction)).transport, context_.pipes);
  count_buffered(before, of.buffered());
  if (status == IoStatus::done) {
    note_close_written(direction);
    return true;
  }
  if (status == IoStatus::would_block) return false;
  sink_gone(direction, status);
  return true;
}

std::size_t Tunnel::read_size(Direction direction) const {
  const End& from = end(sender(direction));
  const std::uint64_t position = connection_->position(direction);
  if (position < from.sent_before_close) {
    return static_cast<std::size_t>(
        std::min<std::uint64_t>(from.sent_before_close - position, RelayContext::kBufferSize));
  }
  return RelayContext::kBufferSize;
}

// After a read that brought nothing: true when there is more to do, since the stream has ended.
bool Tunnel::took_nothing(Direction direction, IoStatus why) {
  if (why == IoStatus::would_block) {
    end(sender(direction)).readable = false;
    return false;
  }
  source_ended(direction, why);
  return true;
}

bool Tunnel::read(Direction direction) {
  End& from = end(sender(direction));
  const std::size_t size = read_size(direction);
  const IoResult result = from.transport.read(std::span{context_.buffer}.first(size));
  if (result.status != IoStatus::done) return took_nothing(direction, result.status);
  // A stream socket that gives less than it was asked for has no more; epoll will say when it has.
  if (result.count < size && from.transport.is_plain() && !from.hung_up) from.readable = false;
  take(direction, Bytes{context_.buffer}.first(result.count));
  return true;
}

// Looks at the header of what is likely to be another large frame.
bool Tunnel::peek(Direction direction) {
  End& from = end(sender(direction));
  const IoResult result = from.transport.peek(std::span{context_.buffer}.first(kHeaderSize));
  if (result.status != IoStatus::done) return took_nothing(direction, result.status);
  from.last_heard = context_.steady_now;
  observe(direction, Bytes{context_.buffer}.first(result.count));
  Pump& of = way(direction);
  of.peeked = static_cast<std::uint8_t>(result.count);
  of.bulk = connection_->payload_left(direction) >= kSplicedPayload;
  return true;
}

// Takes what was only looked at, and observed, before.
bool Tunnel::read_peeked(Direction direction) {
  Pump& of = way(direction);
  const IoResult result =
      end(sender(direction)).transport.read(std::span{context_.buffer}.first(of.peeked));
  if (result.status != IoStatus::done) return took_nothing(direction, result.status);
  of.peeked = static_cast<std::uint8_t>(of.peeked - result.count);
  forward(direction, Bytes{context_.buffer}.first(result.count));
  if (closing_ && of.peeked == 0) settle_closing();
  return true;
}

bool Tunnel::splice(Direction direction) {
  End& from = end(sender(direction));
  Pump& of = way(direction);
  // A sink that is behind may take nothing of it, and then it is held here.
  const bool behind = end(receiver(direction)).transport.unsent() > kSplicedPayload;
  const auto most = static_cast<std::size_t>(std::min<std::uint64_t>(
      of.peeked + connection_->payload_left(direction), behind ? kSplicedPayload : kMostSpliced));
  const std::size_t before = of.buffered();
  const auto result = of.splice_from(from.transport, most, context_.pipes);
  if (!result) return of.peeked > 0 ? read_peeked(direction) : read(direction);
  if (result->status != IoStatus::done) return took_nothing(direction, result->status);
  from.last_heard = context_.steady_now;
  const std::size_t observed = std::min<std::size_t>(of.peeked, result->count);
  of.peeked = static_cast<std::uint8_t>(of.peeked - observed);
  if (result->count > observed) {
    connection_->observe_passed(direction, result->count - observed, context_.now);
  }
  count_buffered(before, of.buffered());
  return true;
}

void Tunnel::take(Direction direction, Bytes bytes) {
  end(sender(direction)).last_heard = context_.steady_now;
  if (closing_) {
    take_by_frames(direction, bytes);
    return;
  }
  observe(direction, bytes);
  forward(direction, bytes);
}

void Tunnel::observe(Direction direction, Bytes bytes) {
  const bool was_closed = connection_->has_ends() && connection_->has_sent_close(sender(direction));
  connection_->observe(direction, {.bytes = bytes,
                                   .at = context_.now,
                                   .peer_position = peer_position(direction),
                                   .order = ++order_});
  if (connection_->has_news()) {
    if (const auto answer = connection_->take_round_trip()) {
      context_.observer.pong_received(service_, answer->ping_sender, answer->time);
    }
  }
  if (was_closed || !connection_->has_ends()) return;
  if (connection_->has_sent_close(sender(direction))) close_passes(direction);
}

void Tunnel::forward(Direction direction, Bytes bytes) {
  Pump& of = way(direction);
  if (of.discards) return;
  const std::uint64_t left = connection_->payload_left(direction);
  of.bulk = left >= kSplicedPayload;
  const std::size_t before = of.buffered();
  const IoStatus status = of.push(end(receiver(direction)).transport, bytes);
  if (of.buffered() != before) count_buffered(before, of.buffered());
  if (status != IoStatus::done) sink_gone(direction, status, bytes.size());
  note_close_written(direction);
}

void Tunnel::count_buffered(std::size_t before, std::size_t after) {
  websocket::Counter& gauge = context_.counters.services[service_].buffered_bytes;
  if (after > before) gauge.add(after - before);
  if (before > after) gauge.subtract(before - after);
}

}  // namespace proxy
