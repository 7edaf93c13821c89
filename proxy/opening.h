#ifndef CLOSEWATCH_PROXY_OPENING_H_
#define CLOSEWATCH_PROXY_OPENING_H_

#include <memory>
#include <optional>
#include <string_view>

#include "proxy/client_answer.h"
#include "proxy/client_connection.h"
#include "proxy/control_plane.h"
#include "proxy/response_head.h"
#include "proxy/upstream_connector.h"
#include "websocket/connection.h"

namespace proxy {

// The opening handshake of one WebSocket (RFC 6455 section 4), from the client's valid request to
// the tunnel, or to the answer that there is none; the client's connection is handed over or closed
// in any case. What became of it is reported once.
class Opening {
 public:
  // The first two outlive this. `key`: the request's Sec-WebSocket-Key, a view into its head.
  Opening(ControlPlane& plane, ClientConnection& client, Request request, std::string_view key);

  Task<void> run();

 private:
  Task<bool> send_request();
  Task<void> await_answer();
  bool read_heads(Bytes bytes);
  Task<bool> pass_interim();
  Task<void> judge();
  Task<void> hand_over(std::unique_ptr<websocket::Connection> connection);
  Task<void> relay_answer();
  Task<void> unreachable();
  Task<void> fail(websocket::HandshakeResult result, OwnAnswer answer);
  Task<void> fail_waiting(StreamStatus status);
  std::unique_ptr<websocket::Connection> observe_handshake() const;
  void report(websocket::HandshakeResult result, bool answered = false);

  ControlPlane& plane_;
  ClientConnection& client_;
  const Request request_;
  const Service& service_;
  const std::string_view key_;
  UpstreamConnector connector_;
  UpstreamConnection upstream_;
  Deadlines::Clock::time_point until_{};
  HeadReader reader_;
  std::string interim_;             // heads of 1xx that were passed on, as they came
  std::string interim_for_client_;  // not passed on yet
  std::optional<ResponseHead> answer_;
  websocket::Time answer_at_{};
  std::vector<std::uint8_t> behind_;  // what came with the answer's last byte
};

// Reports an opening handshake that never reached an upstream.
void report_refused(ControlPlane& plane, websocket::ServiceId service, unsigned status);

}  // namespace proxy

#endif  // CLOSEWATCH_PROXY_OPENING_H_
