#include "proxy/notify.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <chrono>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <utility>

namespace proxy {

ServiceNotification ServiceNotification::from_environment() {
  const char* socket = std::getenv("NOTIFY_SOCKET");
  ServiceNotification notification{socket == nullptr ? std::string{} : std::string{socket}};
  unsetenv("NOTIFY_SOCKET");
  return notification;
}

void ServiceNotification::ready(std::string_view status) const {
  send("READY=1\nSTATUS=" + std::string(status));
}

// The manager takes READY=1 as the end of the reload if it comes later than this time.
void ServiceNotification::reloading() const {
  const auto since_boot = std::chrono::steady_clock::now().time_since_epoch();
  const auto usec = std::chrono::duration_cast<std::chrono::microseconds>(since_boot).count();
  send("RELOADING=1\nMONOTONIC_USEC=" + std::to_string(usec));
}

void ServiceNotification::stopping(std::string_view status) const {
  send("STOPPING=1\nSTATUS=" + std::string(status));
}

void ServiceNotification::send(const std::string& state) const {
  sockaddr_un address{};
  if (socket_.empty() || socket_.size() >= sizeof address.sun_path) return;
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, socket_.data(), socket_.size());
  if (address.sun_path[0] == '@') address.sun_path[0] = '\0';
  const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + socket_.size());
  const int fd = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return;
  ::sendto(fd, state.data(), state.size(), MSG_NOSIGNAL,
           reinterpret_cast<const sockaddr*>(&address), length);
  ::close(fd);
}

}  // namespace proxy
