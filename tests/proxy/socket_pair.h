#ifndef CLOSEWATCH_TESTS_PROXY_SOCKET_PAIR_H_
#define CLOSEWATCH_TESTS_PROXY_SOCKET_PAIR_H_

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <csignal>
#include <utility>

#include "proxy/tls_handshake.h"
#include "proxy/transport.h"

namespace proxy::testing_sockets {

// Two connected non-blocking TCP sockets; the caller closes them.
struct SocketPair {
  int client = -1;
  int server = -1;
};

inline SocketPair tcp_pair(int buffer_size = 0) {
  std::signal(SIGPIPE, SIG_IGN);
  const int listener = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  SocketPair pair;
  pair.client = ::socket(AF_INET, SOCK_STREAM, 0);
  if (buffer_size > 0) {
    ::setsockopt(listener, SOL_SOCKET, SO_RCVBUF, &buffer_size, sizeof buffer_size);
    ::setsockopt(pair.client, SOL_SOCKET, SO_SNDBUF, &buffer_size, sizeof buffer_size);
  }
  if (::bind(listener, generic, size) != 0 || ::listen(listener, 1) != 0 ||
      ::getsockname(listener, generic, &size) != 0 || ::connect(pair.client, generic, size) != 0) {
    std::abort();
  }
  pair.server = ::accept(listener, nullptr, nullptr);
  ::close(listener);
  for (const int fd : {pair.client, pair.server}) {
    ::fcntl(fd, F_SETFL, ::fcntl(fd, F_GETFL) | O_NONBLOCK);
  }
  return pair;
}

// Until there is something to read, an end, or an error; false after two seconds.
inline bool wait_readable(int fd) {
  pollfd asked{.fd = fd, .events = POLLIN, .revents = 0};
  return ::poll(&asked, 1, 2000) == 1;
}

// Both handshakes as far as they go; {client, server}.
inline std::pair<HandshakeStep, HandshakeStep> shake_hands(SSL* client, SSL* server) {
  HandshakeStep client_step{.status = HandshakeStatus::want_read};
  HandshakeStep server_step{.status = HandshakeStatus::want_read};
  const auto is_open = [](const HandshakeStep& step) {
    return step.status == HandshakeStatus::want_read || step.status == HandshakeStatus::want_write;
  };
  for (int i = 0; i < 20 && (is_open(client_step) || is_open(server_step)); ++i) {
    if (is_open(client_step)) client_step = continue_handshake(client);
    if (is_open(server_step)) server_step = continue_handshake(server);
    pollfd both[] = {{.fd = SSL_get_fd(client), .events = POLLIN, .revents = 0},
                     {.fd = SSL_get_fd(server), .events = POLLIN, .revents = 0}};
    ::poll(both, 2, 20);
  }
  return {client_step, server_step};
}

}  // namespace proxy::testing_sockets

#endif  // CLOSEWATCH_TESTS_PROXY_SOCKET_PAIR_H_
