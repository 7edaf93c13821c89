#include "tests/support/conversation.h"

#include <algorithm>

namespace support {

using websocket::kSides;
using websocket::opposite;

Conversation::Conversation(const ConversationOptions& options)
    : segment_size_(options.segment_size),
      timestamps_(options.timestamps),
      now_(options.start),
      step_(options.step) {
  at(Side::client).address = endpoint(options.client);
  at(Side::server).address = endpoint(options.server);
  at(Side::client).isn = options.client_isn;
  at(Side::server).isn = options.server_isn;
  for (const Side side : kSides) {
    at(side).next = at(side).isn + 1;
    at(side).acknowledged = at(opposite(side)).isn + 1;
  }
}

void Conversation::segment(Side side, std::uint32_t sequence_number, Bytes payload,
                           std::uint8_t flags, const SendOptions& options) {
  Endpoint& from = at(side);
  const Endpoint& to = at(opposite(side));
  if ((flags & TcpFlag::ack) != 0 && !options.stale_acknowledgment) from.acknowledged = to.next;
  const auto milliseconds = static_cast<std::uint32_t>(
      std::chrono::duration_cast<std::chrono::milliseconds>(now_.time_since_epoch()).count());
  const ByteString tcp_options =
      timestamps_ ? timestamps_option(milliseconds, milliseconds) : ByteString{};
  if (!options.lost) {
    packets_.push_back({ethernet_packet({.source = from.address,
                                         .destination = to.address,
                                         .sequence_number = sequence_number,
                                         .acknowledgment_number =
                                             (flags & TcpFlag::ack) != 0 ? from.acknowledged : 0,
                                         .flags = flags,
                                         .options = tcp_options,
                                         .payload = payload}),
                        now_, 0});
    packets_.back().wire_length = static_cast<std::uint32_t>(packets_.back().bytes.size());
  }
  now_ += step_;
}

void Conversation::tcp_handshake() {
  segment(Side::client, at(Side::client).isn, {}, TcpFlag::syn);
  segment(Side::server, at(Side::server).isn, {}, TcpFlag::syn | TcpFlag::ack);
  ack(Side::client);
}

void Conversation::upgrade(const Upgrade& upgrade) {
  request(upgrade);
  response(upgrade);
}

void Conversation::request(const Upgrade& upgrade, const SendOptions& options) {
  send(Side::client, upgrade_request(upgrade), options);
}

void Conversation::response(const Upgrade& upgrade, const SendOptions& options) {
  send(Side::server, upgrade_response(upgrade), options);
}

void Conversation::send(Side side, Bytes bytes, const SendOptions& options) {
  Endpoint& from = at(side);
  from.last_send = from.stream.size();
  append(from.stream, bytes);
  const std::size_t size = options.segment_size != 0 ? options.segment_size : segment_size_;
  for (std::size_t done = 0; done < bytes.size(); done += size) {
    const Bytes payload = bytes.subspan(done, std::min(size, bytes.size() - done));
    const bool last = done + payload.size() == bytes.size();
    const std::uint32_t sequence_number = from.next;
    from.next += static_cast<std::uint32_t>(payload.size());
    const bool with_fin = last && options.fin;
    if (with_fin) {
      from.fin_sent = true;
      ++from.next;
    }
    segment(side, sequence_number, payload,
            static_cast<std::uint8_t>(options.flags | (with_fin ? TcpFlag::fin : 0)), options);
  }
}

void Conversation::send(Side side, std::string_view bytes, const SendOptions& options) {
  send(side, bytes_of(bytes), options);
}

void Conversation::frame(Side side, const Frame& frame, const SendOptions& options) {
  send(side, encode(frame, side), options);
}

void Conversation::client_frame(const Frame& client_frame, const SendOptions& options) {
  frame(Side::client, client_frame, options);
}

void Conversation::server_frame(const Frame& server_frame, const SendOptions& options) {
  frame(Side::server, server_frame, options);
}

void Conversation::client_close(std::uint16_t code, std::string_view reason,
                                const SendOptions& options) {
  frame(Side::client, close_frame(code, reason), options);
}

void Conversation::server_close(std::uint16_t code, std::string_view reason,
                                const SendOptions& options) {
  frame(Side::server, close_frame(code, reason), options);
}

void Conversation::client_close() { frame(Side::client, close_frame()); }

void Conversation::server_close() { frame(Side::server, close_frame()); }

void Conversation::fin(Side side, const SendOptions& options) {
  Endpoint& from = at(side);
  from.last_send = from.stream.size();
  from.fin_sent = true;
  segment(side, from.next++, {}, TcpFlag::fin | TcpFlag::ack, options);
}

void Conversation::rst(Side side, const SendOptions& options) {
  segment(side, at(side).next, {}, TcpFlag::rst | TcpFlag::ack, options);
}

void Conversation::ack(Side side) { segment(side, at(side).next, {}, TcpFlag::ack); }

void Conversation::keep_alive_probe(Side side) {
  segment(side, at(side).next - 1, {}, TcpFlag::ack);
}

void Conversation::retransmit(Side side, std::uint64_t offset, std::size_t count) {
  const Endpoint& from = at(side);
  send_at(side, static_cast<std::int64_t>(offset), Bytes(from.stream).subspan(offset, count));
}

void Conversation::retransmit_last(Side side) {
  const Endpoint& from = at(side);
  const Bytes bytes = Bytes(from.stream).subspan(from.last_send);
  const unsigned flags =
      TcpFlag::ack | (bytes.empty() ? 0U : TcpFlag::psh) | (from.fin_sent ? TcpFlag::fin : 0U);
  send_at(side, static_cast<std::int64_t>(from.last_send), bytes, static_cast<std::uint8_t>(flags));
}

void Conversation::send_at(Side side, std::int64_t offset, Bytes bytes, std::uint8_t flags) {
  segment(side, at(side).isn + 1 + static_cast<std::uint32_t>(offset), bytes, flags);
}

void Conversation::lose(Side side, std::size_t count) {
  send(side, ByteString(count), {.segment_size = std::max<std::size_t>(count, 1), .lost = true});
}

}  // namespace support
