#ifndef CLOSEWATCH_PROXY_CLIENT_WATCH_H_
#define CLOSEWATCH_PROXY_CLIENT_WATCH_H_

#include "proxy/client_connection.h"
#include "proxy/control_plane.h"

namespace proxy {

// Looks after a client whose request waits for an upstream: notices when it goes away, and holds
// what it sends ahead of time, up to kMaxHeld. An upstream that answers soon costs none of this:
// the client is looked at only after kPatience.
class ClientWatch {
 public:
  static constexpr std::chrono::milliseconds kPatience{100};

  // Both outlive this.
  ClientWatch(ControlPlane& plane, ClientConnection& client) : plane_(plane), client_(client) {}

  // Until `upstream` may be ready, `until` came, or the client has gone, which is `interrupted`.
  Task<StreamStatus> wait(Stream& upstream, Stream::Ready ready,
                          Deadlines::Clock::time_point until);
  bool gone() const { return gone_; }

 private:
  void read_client();
  bool has_room() const { return client_.pending.size() < kMaxHeld; }

  ControlPlane& plane_;
  ClientConnection& client_;
  bool watching_ = false;
  bool gone_ = false;
};

}  // namespace proxy

#endif  // CLOSEWATCH_PROXY_CLIENT_WATCH_H_
