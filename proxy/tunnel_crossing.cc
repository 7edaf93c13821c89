// The part of Tunnel that knows what an endpoint had received when it sent its Close or its end:
// Closes cross on the wire, and one that does is no answer.

#include "proxy/tunnel.h"

namespace proxy {

// The first Close of this direction is about to be passed on.
void Tunnel::close_passes(Direction direction) {
  // What the other side has sent already cannot be an answer to it.
  End& other = end(receiver(direction));
  const std::size_t unread = other.transport.unread();
  if (other.transport.is_plain()) {
    other.sent_before_close = connection_->position(opposite(direction)) + unread;
  } else if (unread > 0) {
    other.tls_sent_before_close = other.transport.tls_bytes_read() + unread;
  }
  if (connection_->has_sent_close(receiver(direction))) {
    half_closed_ = context_.steady_now;
    schedule();
  }
}

void Tunnel::note_close_written(Direction direction) {
  End& to = end(receiver(direction));
  if (!connection_->has_ends() || !connection_->has_sent_close(sender(direction))) return;
  if (to.written_at_close > 0 || !way(direction).empty()) return;
  to.written_at_close = connection_->position(direction);
  to.tls_bytes_at_close = to.transport.tls_bytes_written();
}

// How much of the opposite stream had reached the sender when it sent what was read now. Only a
// Close there makes it matter.
std::uint64_t Tunnel::peer_position(Direction direction) const {
  if (!connection_->has_ends() || !connection_->has_sent_close(receiver(direction))) return 0;
  const End& from = end(sender(direction));
  if (connection_->position(direction) < from.sent_before_close) return 0;
  if (from.tls_sent_before_close > 0 &&
      from.transport.tls_bytes_read() <= from.tls_sent_before_close) {
    return 0;
  }
  return acknowledged(opposite(direction));
}

// The position in this direction's stream up to which its receiver has acknowledged it.
std::uint64_t Tunnel::acknowledged(Direction direction) const {
  const Transport& sink = end(receiver(direction)).transport;
  if (!sink.is_open()) return 0;
  std::uint64_t unacknowledged = sink.unacknowledged();
  if (sink.finished() && unacknowledged > 0) --unacknowledged;
  if (!sink.is_plain() && unacknowledged > 0) {
    // The bytes on the wire are others, but what came behind the Close can be told from it.
    const End& to = end(receiver(direction));
    const std::uint64_t behind = sink.tls_bytes_written() - to.tls_bytes_at_close;
    return to.written_at_close > 0 && unacknowledged <= behind ? to.written_at_close : 0;
  }
  const std::uint64_t all = std::min(written(direction), end(receiver(direction)).written_at_loss);
  return all > unacknowledged ? all - unacknowledged : 0;
}

// The position in this direction's stream up to which it was written to its receiver.
std::uint64_t Tunnel::written(Direction direction) const {
  const Pump& of = way(direction);
  return connection_->position(direction) - of.buffered() - of.peeked;
}

}  // namespace proxy
