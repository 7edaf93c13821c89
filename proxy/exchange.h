#ifndef CLOSEWATCH_PROXY_EXCHANGE_H_
#define CLOSEWATCH_PROXY_EXCHANGE_H_

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "proxy/body_flow.h"
#include "proxy/client_connection.h"
#include "proxy/control_plane.h"
#include "proxy/own_answer.h"
#include "proxy/response_head.h"
#include "proxy/upstream_connector.h"

namespace proxy {

// One plain HTTP/1.1 request and its response (RFC 9112). The body of the request and the response
// pass at the same time; each side is read only as fast as the other takes it.
class Exchange {
 public:
  // The first two outlive this.
  Exchange(ControlPlane& plane, ClientConnection& client, Request request);

  // True when the client's connection is ready for its next request; otherwise it is closed.
  Task<bool> run();

 private:
  enum class Outcome : std::uint8_t {
    going_on,
    complete,  // the response was passed on to its end
    client_gone,
    upstream_gone,  // with FIN, before the response was complete
    upstream_reset,
    upstream_wrong,  // it said what no response may
    upstream_silent,
    request_wrong,  // the body of the request is malformed
    client_silent
  };

  void send_request();
  Task<Outcome> relay();
  Outcome step();
  Outcome step_request();
  Outcome watch_client();
  Outcome step_response();
  Outcome read_heads();
  Outcome take_heads(Bytes bytes);
  void begin_response(ResponseHead head, Bytes behind);
  Task<Outcome> wait();
  bool take_moved();
  bool may_retry(Outcome outcome) const;

  Task<bool> finish(Outcome outcome);
  Task<bool> complete();
  OwnAnswer answer_to(Outcome outcome) const;
  Task<void> answer_own(OwnAnswer answer);

  ControlPlane& plane_;
  ClientConnection& client_;
  const Request request_;
  const Service& service_;
  UpstreamConnector connector_;
  UpstreamConnection upstream_;
  std::optional<Outbox> to_upstream_;
  std::optional<Outbox> to_client_;
  std::optional<BodyFlow> request_flow_;
  std::optional<BodyFlow> response_flow_;  // once the final head has come
  HeadReader reader_;
  std::size_t interim_bytes_ = 0;
  bool request_passed_ = false;     // all of it was written
  bool request_abandoned_ = false;  // the upstream takes no more of it
  bool watching_client_ = false;    // the request was passed, and still there is no response
  bool client_ended_ = false;       // it sent FIN; it may still want the response
  bool upstream_spoke_ = false;
  bool client_keep_alive_ = false;
  bool upstream_keep_alive_ = false;
};

}  // namespace proxy

#endif  // CLOSEWATCH_PROXY_EXCHANGE_H_
