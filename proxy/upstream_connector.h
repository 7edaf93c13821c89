#ifndef CLOSEWATCH_PROXY_UPSTREAM_CONNECTOR_H_
#define CLOSEWATCH_PROXY_UPSTREAM_CONNECTOR_H_

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "proxy/client_watch.h"
#include "proxy/idle_upstreams.h"

namespace proxy {

// Finds an upstream for one request: connects, sends the PROXY header, does the TLS handshake;
// where that fails within its time, the next upstream is tried. What fails is counted, and told to
// the upstream's set; the place with the upstream is taken in the client's admission.
class UpstreamConnector {
 public:
  // All outlive this.
  UpstreamConnector(ControlPlane& plane, ClientConnection& client, const Request& request);

  // The next that can be had. `reuse`: one that is idle may serve. Without a stream when all have
  // failed (see failure()), or when the client has gone.
  Task<UpstreamConnection> connect(bool reuse);
  // Only while the last connect() gave none: nothing when the client has gone.
  std::optional<ConnectFailure> failure() const { return failure_; }
  ClientWatch& watch() { return watch_; }

 private:
  using Clock = Deadlines::Clock;

  Task<std::unique_ptr<Stream>> open(const config::ListenAddress& address,
                                     websocket::Endpoint& endpoint);
  Task<std::unique_ptr<Stream>> open_at(const websocket::Endpoint& endpoint, std::string_view host,
                                        Clock::time_point until);
  Task<bool> await_connection(Stream& stream, const websocket::Endpoint& endpoint,
                              Clock::time_point until);
  Task<bool> begin_tls(Stream& stream, Clock::time_point until);
  Task<bool> send_proxy_header(Stream& stream, Clock::time_point until);
  std::string proxy_header() const;
  bool failed(ConnectFailure failure);
  bool failed_waiting(StreamStatus status);

  ControlPlane& plane_;
  ClientConnection& client_;
  const Request& request_;
  const Service& service_;
  ClientWatch watch_;
  std::vector<std::size_t> tried_;
  std::uint64_t key_;
  std::optional<ConnectFailure> failure_;
};

}  // namespace proxy

#endif  // CLOSEWATCH_PROXY_UPSTREAM_CONNECTOR_H_
