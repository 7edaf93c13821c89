#ifndef CLOSEWATCH_TESTS_BENCH_LOAD_END_H_
#define CLOSEWATCH_TESTS_BENCH_LOAD_END_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "tests/bench/known_stream.h"
#include "tests/bench/live_socket.h"
#include "websocket/bytes.h"
#include "websocket/direction.h"
#include "websocket/http_head.h"

namespace bench {

// What the connections of a load carry.
struct LoadTraffic {
  std::size_t payload_size = 64;
  std::uint64_t messages = 1;  // on each connection
  bool echo = true;            // both ends send them, in turn; otherwise the server alone sends
};

// One end of a WebSocket connection that checks every byte it is sent. It asks for or answers the
// opening handshake, sends as much of its KnownStream as it is allowed to, and ends after Close:
// the server sends its FIN first (RFC 6455 section 7.1.1). Throws std::runtime_error, in one
// sentence, at the first byte that is not what the other end sent.
class LoadEnd {
 public:
  // A client's end asks at once. A server's end learns from the request which connection it is.
  LoadEnd(Socket socket, const LoadTraffic& traffic, std::optional<std::uint32_t> client);

  // Reads once, at most `buffer`.
  void read(std::span<std::uint8_t> buffer);
  // Sends the first `messages`, and Close after them if `close`, as far as the socket takes it.
  void send(std::uint64_t messages, bool close);

  int descriptor() const { return socket_.descriptor(); }
  bool is_client() const { return side_ == websocket::Side::client; }
  bool open() const { return incoming_.has_value(); }
  std::uint64_t messages_received() const { return incoming_->messages_within(received_); }
  bool all_messages_received() const { return messages_received() == incoming_->messages(); }
  bool close_received() const { return received_ == incoming_->size(); }
  bool blocked() const { return blocked_; }  // has to wait until the socket takes more
  bool ended() const { return ended_; }      // FIN both ways

  bool counted = false;  // for the driver: that a client has all its messages

 private:
  void begin(std::uint32_t connection);
  void take_head(websocket::Bytes& bytes);
  std::uint32_t answer(std::string_view request);
  void check_response(std::string_view response) const;
  void take(websocket::Bytes bytes);
  void take_end();
  std::string name() const;

  Socket socket_;
  LoadTraffic traffic_;
  websocket::Side side_;
  std::optional<std::uint32_t> connection_;
  websocket::HeadCollector head_;
  std::optional<KnownStream> incoming_;
  std::optional<KnownStream> outgoing_;
  std::uint64_t received_ = 0;
  std::uint64_t sent_ = 0;
  bool blocked_ = false;
  bool end_sent_ = false;
  bool ended_ = false;
};

}  // namespace bench

#endif  // CLOSEWATCH_TESTS_BENCH_LOAD_END_H_
