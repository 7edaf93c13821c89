// The part of Tunnel that passes on how a stream ended.

#include "proxy/tunnel.h"

namespace proxy {

using websocket::EndKind;

void Tunnel::source_ended(Direction direction, IoStatus how) {
  End& from = end(sender(direction));
  from.readable = false;
  const IoStatus really = from.broken.value_or(how);
  if (really == IoStatus::end) {
    observe_end(sender(direction), EndKind::fin);
    if (closing_) settle_closing();
    return;
  }
  broken(sender(direction), really == IoStatus::silent ? EndKind::silence : EndKind::reset);
}

void Tunnel::observe_end(Side side, EndKind how) {
  const Direction direction = sent_by(side);
  way(direction).ended = how;
  connection_->observe_end(direction, {.how = how,
                                       .at = context_.now,
                                       .peer_position = peer_position(direction),
                                       .order = ++order_});
}

// A write failed. What its receiver had sent before is still to be read, up to its end.
void Tunnel::sink_gone(Direction direction, IoStatus how, std::size_t unsent_now) {
  stop_sending(direction, unsent_now);
  End& sink = end(receiver(direction));
  sink.broken = how;
  sink.readable = true;
  sink.hung_up = true;
  if (!unfinished_) context_.unfinished.push_back(this);
  unfinished_ = true;
}

// Nothing more reaches the receiver, neither what is held nor `unsent_now` bytes besides.
void Tunnel::stop_sending(Direction direction, std::size_t unsent_now) {
  Pump& of = way(direction);
  std::uint64_t& written_at_loss = end(receiver(direction)).written_at_loss;
  written_at_loss = std::min(written_at_loss, written(direction) - unsent_now);
  of.discards = true;
  count_buffered(of.buffered(), 0);
  of.drop(context_.pipes);
}

// Its FIN was read before, so nobody would read its reset.
void Tunnel::check_error(Side side) {
  if (way(sent_by(side)).ended != EndKind::fin) return;
  const IoStatus error = end(side).broken.value_or(end(side).transport.pending_error());
  if (error == IoStatus::would_block) return;
  broken(side, error == IoStatus::silent ? EndKind::silence : EndKind::reset);
}

// Nothing can be sent to this side any more, nor will anything come from it.
void Tunnel::broken(Side side, EndKind how) {
  const Direction from = sent_by(side);
  observe_end(side, how);
  way(from).end_passed = false;
  stop_sending(opposite(from), 0);
  observe_rest(opposite(side));
  if (closing_ && closing_->sent[index(opposite(side))]) {
    settle_closing();
  } else if (flush(from)) {
    pass_end(from);
  }
}

// What the other side had sent by now is a fact too, though there is nobody to pass it on to.
void Tunnel::observe_rest(Side side) {
  const Direction direction = sent_by(side);
  Transport& transport = end(side).transport;
  Pump& of = way(direction);
  if (of.peeked > 0) {
    const IoResult taken = transport.read(std::span{context_.buffer}.first(of.peeked));
    of.peeked = static_cast<std::uint8_t>(of.peeked - taken.count);
    if (of.peeked > 0) return;
  }
  std::size_t left = transport.unread();
  while (!way(direction).ended && left > 0) {
    const std::size_t size = std::min(left, context_.buffer.size());
    const IoResult result = transport.read(std::span{context_.buffer}.first(size));
    if (result.status != IoStatus::done) return;
    observe(direction, websocket::Bytes{context_.buffer}.first(result.count));
    left -= std::min(left, result.count);
  }
}

// All that came before the end has been passed on.
void Tunnel::pass_end(Direction direction) {
  Pump& of = way(direction);
  if (close_instead_of_end(direction)) return;
  if (of.ended != EndKind::fin) {
    pass_reset(direction);
    return;
  }
  of.end_passed = true;
  end(receiver(direction)).transport.finish();
  const Pump& back = way(opposite(direction));
  if (back.ended && back.end_passed) {
    conclude();
    return;
  }
  half_closed_ = context_.steady_now;
  schedule();
}

// A reset overtakes what is still on its way, so it waits until all has arrived.
void Tunnel::pass_reset(Direction direction) {
  constexpr std::chrono::seconds kLongest{5};
  Transport& sink = end(receiver(direction)).transport;
  const std::size_t fin = sink.finished() ? 1 : 0;
  const bool arrived = !sink.is_open() || sink.unacknowledged() <= fin;
  if (!resetting_) resetting_ = context_.steady_now;
  if (!arrived && context_.steady_now - *resetting_ < kLongest) {
    schedule();
    return;
  }
  mark_deliveries();
  sink.reset();
  conclude();
}

// Only where a reset or the proxy cut something off can it have been lost.
void Tunnel::mark_deliveries() {
  for (const Side side : websocket::kSides) {
    const std::uint64_t written = end(side).written_at_loss;
    if (written < UINT64_MAX) connection_->pass_on_until(sent_by(opposite(side)), written);
  }
  const auto broken_off = [](const Pump& of) { return of.ended && of.ended != EndKind::fin; };
  if (!closing_ && std::ranges::none_of(pumps_, broken_off)) return;
  for (const Side side : websocket::kSides) {
    if (!end(side).transport.is_open()) continue;
    const Direction towards = sent_by(opposite(side));
    connection_->acknowledge(towards, acknowledged(towards));
    if (!closing_ || !closing_->sent[index(side)]) continue;
    const bool graceful = way(sent_by(side)).ended == EndKind::fin;
    if (graceful || connection_->has_sent_close(side)) continue;
    if (end(side).transport.unacknowledged() == 0 && way(towards).empty()) continue;
    websocket::InjectedClose& close = *closing_->sent[index(side)];
    close.delivered = false;
    connection_->inject_close(side, close);
  }
}

void Tunnel::conclude() {
  if (over_) return;
  over_ = true;
  unschedule();
  mark_deliveries();
  const websocket::ConnectionFacts facts = connection_->conclude_for_good();
  websocket::ConnectionSummary summary = connection_->summary(facts, context_.limits);
  summary.client = client_endpoint_;
  summary.server = server_endpoint_;
  // Where the proxy put an end to it, that is when it ended.
  if (facts.lost_by != websocket::LostBy::nothing) summary.ended = context_.now;
  for (const websocket::StreamFacts& stream : facts.streams) {
    if (!stream.synchronised) context_.counters.services[service_].lost_streams.add();
  }
  context_.observer.connection_ended(summary);
}

}  // namespace proxy
