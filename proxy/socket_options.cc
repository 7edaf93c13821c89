#include "proxy/socket_options.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <chrono>
#include <cstdint>

namespace proxy {
namespace {

constexpr int kProbeInterval = 10;  // seconds
constexpr int kProbes = 6;          // without TCP_USER_TIMEOUT, which takes their place

void set(int fd, int level, int option, int value) {
  ::setsockopt(fd, level, option, &value, sizeof value);
}

// At least 1, at most what the system takes.
template <typename Unit>
int whole(websocket::Duration duration, std::int64_t most) {
  const std::int64_t count = std::chrono::ceil<Unit>(duration).count();
  return static_cast<int>(std::clamp<std::int64_t>(count, 1, most));
}

}  // namespace

void set_socket_options(int fd, const Timeouts& timeouts) {
  set(fd, IPPROTO_TCP, TCP_NODELAY, 1);
  const bool keepalive = timeouts.tcp_keepalive > websocket::Duration::zero();
  set(fd, SOL_SOCKET, SO_KEEPALIVE, keepalive ? 1 : 0);
  if (keepalive) {
    set(fd, IPPROTO_TCP, TCP_KEEPIDLE, whole<std::chrono::seconds>(timeouts.tcp_keepalive, 32'767));
    set(fd, IPPROTO_TCP, TCP_KEEPINTVL, kProbeInterval);
    set(fd, IPPROTO_TCP, TCP_KEEPCNT, kProbes);
  }
  const bool user_timeout = timeouts.tcp_user_timeout > websocket::Duration::zero();
  set(fd, IPPROTO_TCP, TCP_USER_TIMEOUT,
      user_timeout ? whole<std::chrono::milliseconds>(timeouts.tcp_user_timeout, 2'147'483'647)
                   : 0);
}

}  // namespace proxy
