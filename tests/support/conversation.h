#ifndef CLOSEWATCH_TESTS_SUPPORT_CONVERSATION_H_
#define CLOSEWATCH_TESTS_SUPPORT_CONVERSATION_H_

#include <array>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tests/support/byte_string.h"
#include "tests/support/frame_builder.h"
#include "tests/support/tcp_packet.h"
#include "tests/support/upgrade.h"
#include "websocket/bytes.h"
#include "websocket/direction.h"

namespace support {

struct ConversationOptions {
  std::string client = "10.0.0.1:40000";  // both IPv4 or both IPv6
  std::string server = "10.0.0.2:8080";
  std::uint32_t client_isn = 1000;  // initial sequence numbers
  std::uint32_t server_isn = 5000;
  std::size_t segment_size = 1460;
  bool timestamps = false;  // TCP Timestamps in every segment
  websocket::Time start{std::chrono::seconds{1'700'000'000}};
  websocket::Duration step = std::chrono::milliseconds{1};  // from packet to packet
};

struct SendOptions {
  std::size_t segment_size = 0;  // 0: the conversation's; 1: byte by byte
  std::uint8_t flags = TcpFlag::psh | TcpFlag::ack;
  bool fin = false;   // the last segment has FIN as well
  bool lost = false;  // sent and received, but not captured
  // Acknowledges no more than this side did before: the two sides' bytes cross on the wire.
  bool stale_acknowledgment = false;
};

// A TCP connection written down as a script; each call appends the packets that it causes, with
// right sequence numbers, acknowledgments and checksums. Nothing is acknowledged on its own: the
// next segment of a side acknowledges all that the other side has sent, or ack() does.
//
//   Conversation c;
//   c.tcp_handshake();
//   c.upgrade({.path = "/chat"});
//   c.client_frame(text("hi"));
//   c.server_close(1000, "bye");
//   c.client_close(1000);
//   c.server_fin();
//   c.client_fin();
//
// Without tcp_handshake() or upgrade() it is a conversation joined midway.
class Conversation {
 public:
  using Side = websocket::Side;
  using Bytes = websocket::Bytes;

  explicit Conversation(const ConversationOptions& options = {});

  void tcp_handshake();
  void upgrade(const Upgrade& upgrade = {});  // the request, then the response
  void request(const Upgrade& upgrade = {}, const SendOptions& options = {});
  void response(const Upgrade& upgrade = {}, const SendOptions& options = {});

  void send(Side side, Bytes bytes, const SendOptions& options = {});
  void send(Side side, std::string_view bytes, const SendOptions& options = {});

  void frame(Side side, const Frame& frame, const SendOptions& options = {});
  void client_frame(const Frame& frame, const SendOptions& options = {});
  void server_frame(const Frame& frame, const SendOptions& options = {});
  void client_close(std::uint16_t code, std::string_view reason = {},
                    const SendOptions& options = {});
  void server_close(std::uint16_t code, std::string_view reason = {},
                    const SendOptions& options = {});
  void client_close();  // no status code
  void server_close();

  void fin(Side side, const SendOptions& options = {});
  void client_fin() { fin(Side::client); }
  void server_fin() { fin(Side::server); }
  void rst(Side side, const SendOptions& options = {});
  void client_rst() { rst(Side::client); }
  void server_rst() { rst(Side::server); }
  void ack(Side side);
  void client_ack() { ack(Side::client); }
  void server_ack() { ack(Side::server); }

  // One byte below the next sequence number, as RFC 9293 section 3.8.4 has it.
  void keep_alive_probe(Side side);
  // Bytes [offset, offset + count) of what `side` has sent since its SYN, once more.
  void retransmit(Side side, std::uint64_t offset, std::size_t count);
  // Everything since the start of the last send() of `side`, its FIN included, once more.
  void retransmit_last(Side side);
  // Any bytes at any place of `side`'s stream (negative: below its first byte) without moving it:
  // overlaps that differ, data beyond the window, data after FIN.
  void send_at(Side side, std::int64_t offset, Bytes bytes,
               std::uint8_t flags = TcpFlag::psh | TcpFlag::ack);
  // Moves `side`'s stream without a packet, as if it had been sent and not captured.
  void lose(Side side, std::size_t count);

  void wait(websocket::Duration duration) { now_ += duration; }
  websocket::Time now() const { return now_; }  // of the next packet

  // How many bytes `side` has sent since its SYN; FIN is not counted.
  std::uint64_t sent(Side side) const { return at(side).stream.size(); }
  std::uint32_t next_sequence_number(Side side) const { return at(side).next; }

  const std::vector<TestPacket>& packets() const { return packets_; }

 private:
  struct Endpoint {
    websocket::Endpoint address;
    std::uint32_t isn = 0;
    std::uint32_t next = 0;          // sequence number
    std::uint32_t acknowledged = 0;  // the last acknowledgment number this side has sent
    ByteString stream;
    std::uint64_t last_send = 0;  // where in `stream` the last send() began
    bool fin_sent = false;
  };

  Endpoint& at(Side side) { return endpoints_[index(side)]; }
  const Endpoint& at(Side side) const { return endpoints_[index(side)]; }
  void segment(Side side, std::uint32_t sequence_number, Bytes payload, std::uint8_t flags,
               const SendOptions& options = {});

  std::array<Endpoint, 2> endpoints_;
  std::size_t segment_size_;
  bool timestamps_;
  websocket::Time now_;
  websocket::Duration step_;
  std::vector<TestPacket> packets_;
};

}  // namespace support

#endif  // CLOSEWATCH_TESTS_SUPPORT_CONVERSATION_H_
