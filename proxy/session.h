#ifndef CLOSEWATCH_PROXY_SESSION_H_
#define CLOSEWATCH_PROXY_SESSION_H_

#include <memory>
#include <optional>
#include <variant>

#include "proxy/client_answer.h"
#include "proxy/client_connection.h"
#include "proxy/control_plane.h"
#include "proxy/setup.h"
#include "proxy/upgrade.h"

namespace proxy {

// One accepted connection until it ends or becomes a tunnel: admission, PROXY header, TLS
// handshake, and its requests one after the other.
class Session {
 public:
  // `plane` outlives this.
  Session(ControlPlane& plane, Transport transport, const websocket::Endpoint& peer,
          const Entrance& entrance);
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  Task<void> run();

 private:
  enum class Next : std::uint8_t { request, over };

  void stand_as(websocket::Counter& gauge);
  void admit();
  void turn_away(Rejection rejection);
  void set_peer(const websocket::Endpoint& peer);
  Task<bool> read_proxy_header();
  Task<bool> begin_tls();

  Task<Next> serve_request();
  Task<std::optional<HeadText>> read_head();
  Task<bool> await_bytes();
  Task<void> give_up_head();
  std::optional<Rejection> know_client(const RequestHead& head);
  Task<Next> judge(RequestHead head);
  Task<Next> go_to_service(Request request);
  Task<Next> open_websocket(Request request, const UpgradeVerdict& verdict);
  Task<Next> exchange(Request request);
  void set_up_for(const Service& service);
  Task<void> refuse(const RequestHead& head, websocket::ServiceId service, Rejection rejection);
  Task<void> refuse_upgrade(const Request& request, Malformed reason);
  Task<void> refuse_malformed(Malformed reason);
  Task<void> close_with_1013(const RequestHead& head, std::string_view key);

  ControlPlane& plane_;
  const bool reads_proxy_header_;
  const bool shakes_hands_;
  std::shared_ptr<const Setup> setup_;  // of the request that is read or served
  ClientConnection client_;
  HeadReader reader_;
  std::optional<Rejection> turned_away_;  // at the door: its first request is answered so
  bool first_ = true;
  websocket::Counter* gauge_ = nullptr;  // that counts this now
};

// Runs a session on `fd`, a connected non-blocking socket that it owns; its memory is freed when it
// ends.
void start_session(ControlPlane& plane, int fd, const websocket::Endpoint& peer,
                   const std::shared_ptr<const Entrance>& entrance);

}  // namespace proxy

#endif  // CLOSEWATCH_PROXY_SESSION_H_
