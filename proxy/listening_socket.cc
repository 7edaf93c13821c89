#include "proxy/listening_socket.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <string>
#include <system_error>

#include "proxy/socket_address.h"
#include "proxy/socket_options.h"

namespace proxy {
namespace {

using websocket::Endpoint;

// The kernel cuts it at net.core.somaxconn.
constexpr int kBacklog = 65'535;
constexpr int kFirstActivated = 3;  // SD_LISTEN_FDS_START

void set_option(int fd, int level, int option, int value) {
  setsockopt(fd, level, option, &value, sizeof value);
}

bool listens(int fd) {
  int accepts = 0;
  socklen_t length = sizeof accepts;
  return getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &accepts, &length) == 0 && accepts != 0;
}

bool is_tcp(int fd) {
  int protocol = 0;
  socklen_t length = sizeof protocol;
  return getsockopt(fd, SOL_SOCKET, SO_PROTOCOL, &protocol, &length) == 0 &&
         protocol == IPPROTO_TCP;
}

bool is_any(const Endpoint& endpoint) {
  return std::all_of(endpoint.address.begin(), endpoint.address.end(),
                     [](std::uint8_t byte) { return byte == 0; });
}

std::system_error failure(const Endpoint& endpoint, int error) {
  return {error, std::generic_category(), "cannot listen at " + to_string(endpoint)};
}

}  // namespace

ListeningSocket& ListeningSocket::operator=(ListeningSocket&& other) noexcept {
  const ListeningSocket closed{std::exchange(fd_, std::exchange(other.fd_, -1))};
  return *this;
}

ListeningSocket::~ListeningSocket() {
  if (fd_ >= 0) ::close(fd_);
}

ListeningSocket ListeningSocket::open(const Endpoint& endpoint) {
  const SocketAddress address{endpoint};
  ListeningSocket opened{
      socket(address.family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP)};
  if (opened.fd_ < 0) throw failure(endpoint, errno);
  set_option(opened.fd_, SOL_SOCKET, SO_REUSEADDR, 1);
  set_option(opened.fd_, SOL_SOCKET, SO_REUSEPORT, 1);
  // "::" takes IPv4 as well, whatever net.ipv6.bindv6only says.
  if (endpoint.is_ipv6) set_option(opened.fd_, IPPROTO_IPV6, IPV6_V6ONLY, is_any(endpoint) ? 0 : 1);
  if (bind(opened.fd_, address.get(), address.length) != 0 || listen(opened.fd_, kBacklog) != 0) {
    throw failure(endpoint, errno);
  }
  return opened;
}

Endpoint ListeningSocket::endpoint() const { return local_endpoint(fd_); }

void ListeningSocket::set(const Timeouts& timeouts) { set_socket_options(fd_, timeouts); }

ListeningSocket ListeningSocket::duplicate(int fd) {
  ListeningSocket copy{fcntl(fd, F_DUPFD_CLOEXEC, kFirstActivated)};
  if (copy.fd_ < 0) throw failure(local_endpoint(fd), errno);
  return copy;
}

ActivatedSockets ActivatedSockets::from_environment(std::vector<std::string>& problems) {
  ActivatedSockets sockets;
  const auto number = [](const char* variable) {
    const char* text = std::getenv(variable);
    int value = 0;
    if (text != nullptr) std::from_chars(text, text + std::strlen(text), value);
    return value;
  };
  const bool for_us = number("LISTEN_PID") == getpid();
  const int count = for_us ? number("LISTEN_FDS") : 0;
  for (const char* variable : {"LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"}) unsetenv(variable);
  for (int fd = kFirstActivated; fd < kFirstActivated + count; ++fd) {
    fcntl(fd, F_SETFD, FD_CLOEXEC);
    if (is_tcp(fd) && listens(fd)) {
      sockets.add(fd);
    } else {
      problems.push_back("the socket " + std::to_string(fd) +
                         " that was handed over is no listening TCP socket");
    }
  }
  return sockets;
}

void ActivatedSockets::add(int fd) {
  fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
  sockets_.emplace_back(fd, local_endpoint(fd));
}

std::vector<int> ActivatedSockets::at(const Endpoint& endpoint) const {
  std::vector<int> found;
  for (const auto& [fd, local] : sockets_) {
    const bool same = local == endpoint;
    const bool both_any = is_any(local) && is_any(endpoint) && local.port == endpoint.port;
    if (same || both_any) found.push_back(fd);
  }
  return found;
}

}  // namespace proxy
