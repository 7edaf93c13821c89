// The part of Tunnel that ends a WebSocket with Closes of the proxy's own.

#include "proxy/tunnel.h"

namespace proxy {

using websocket::Bytes;
using websocket::EndKind;
using websocket::LostBy;

// Nothing when an endpoint has begun to end it already: then only the deadline is ours.
void Tunnel::close_with(LostBy reason, const CloseToSend* to_client, const CloseToSend* to_server,
                        SteadyTime deadline) {
  const bool already_ending = connection_->has_ends() && reason != LostBy::nothing;
  closing_ = std::make_unique<Closing>();
  closing_->reason = reason;
  closing_->deadline = deadline;
  if (!already_ending) {
    if (to_client != nullptr) closing_->to_send[index(Side::client)] = *to_client;
    if (to_server != nullptr) closing_->to_send[index(Side::server)] = *to_server;
  }
  settle_closing();
  if (!over_) schedule();
}

// As Tunnel::take, but stops at each end of a frame to see whether a Close may be sent there. What
// comes behind it is looked at and goes no further.
void Tunnel::take_by_frames(Direction direction, Bytes bytes) {
  Bytes passing = bytes.first(0);
  while (!bytes.empty() && !over_) {
    const bool may_close = closing_->to_send[index(receiver(direction))].has_value() &&
                           connection_->follows(direction);
    const std::uint64_t left = connection_->payload_left(direction);
    const std::size_t step =
        !may_close  ? bytes.size()
        : left == 0 ? 1
                    : static_cast<std::size_t>(std::min<std::uint64_t>(left, bytes.size()));
    observe(direction, bytes.first(step));
    passing = Bytes{passing.data(), passing.size() + step};
    bytes = bytes.subspan(step);
    if (!can_close(receiver(direction)) && !bytes.empty()) continue;
    forward(direction, passing);
    passing = bytes.first(0);
    if (can_close(receiver(direction))) send_close(receiver(direction));
  }
  if (!over_) settle_closing();
}

bool Tunnel::can_close(Side receiver) const {
  const Direction towards = sent_by(opposite(receiver));
  return closing_->to_send[index(receiver)] && connection_->at_frame_boundary(towards) &&
         !connection_->has_sent_close(opposite(receiver)) && !way(towards).end_passed &&
         !way(towards).discards && way(towards).peeked == 0;
}

void Tunnel::send_close(Side receiver) {
  std::optional<CloseToSend>& close = closing_->to_send[index(receiver)];
  closing_->sent[index(receiver)] = {close->code, true, context_.now, ++order_};
  connection_->inject_close(receiver, *closing_->sent[index(receiver)]);
  if (closing_->reason != LostBy::nothing) connection_->lose_to(closing_->reason);
  const ControlFrame frame = close_frame(close->code, close->reason, receiver, new_masking_key());
  close.reset();
  send(receiver, frame);
  way(sent_by(opposite(receiver))).discards = true;
}

// Sends what may be sent by now, answers what was answered, and ends when both sides have.
void Tunnel::settle_closing() {
  bool both_ended = true;
  for (const Side side : websocket::kSides) {
    if (can_close(side)) send_close(side);
    Transport& transport = end(side).transport;
    const bool told = closing_->sent[index(side)].has_value();
    const bool ended = way(sent_by(side)).ended.has_value();
    const bool answered = ended || connection_->has_sent_close(side);
    if (told && answered && transport.is_open() && flush(sent_by(opposite(side)))) {
      transport.finish();
    }
    both_ended = both_ended && ended;
  }
  if (both_ended) conclude();
}

// The upstream is lost: the client gets a Close where that is possible.
bool Tunnel::close_instead_of_end(Direction direction) {
  if (closing_) {
    // After a Close of ours there is nothing left to pass on.
    if (!closing_->sent[index(receiver(direction))]) return false;
    way(direction).end_passed = true;
    return true;
  }
  const bool lost = direction == Direction::server_to_client && options_->on_upstream_lost &&
                    !connection_->has_sent_close(Side::server) &&
                    !connection_->has_sent_close(Side::client) &&
                    !way(Direction::client_to_server).ended;
  if (!lost || !connection_->at_frame_boundary(direction)) return false;
  way(Direction::client_to_server).discards = true;
  if (way(direction).ended == EndKind::fin) end(Side::server).transport.finish();
  close_with(LostBy::nothing, &*options_->on_upstream_lost, nullptr,
             context_.steady_now + options_->timeouts.half_close);
  way(direction).end_passed = true;
  return true;
}

}  // namespace proxy
