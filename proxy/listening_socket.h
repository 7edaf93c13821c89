#ifndef CLOSEWATCH_PROXY_LISTENING_SOCKET_H_
#define CLOSEWATCH_PROXY_LISTENING_SOCKET_H_

#include <string>
#include <utility>
#include <vector>

#include "proxy/config.h"
#include "websocket/endpoint.h"

namespace proxy {

// A listening, non-blocking TCP socket. Owns it.
class ListeningSocket {
 public:
  ListeningSocket() = default;
  explicit ListeningSocket(int fd) : fd_(fd) {}
  ListeningSocket(ListeningSocket&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  ListeningSocket& operator=(ListeningSocket&& other) noexcept;
  ~ListeningSocket();

  // Shares its address with others of this process (SO_REUSEPORT): the system spreads new
  // connections over them. Throws std::system_error with one sentence.
  static ListeningSocket open(const websocket::Endpoint& endpoint);

  int fd() const { return fd_; }
  // With the port that the system chose if 0 was asked for.
  websocket::Endpoint endpoint() const;
  // What set_socket_options() sets; accepted sockets inherit it, which saves setting it on each.
  void set(const Timeouts& timeouts);
  // Another one for the same queue of new connections as `fd`. Throws std::system_error.
  static ListeningSocket duplicate(int fd);

 private:
  int fd_ = -1;
};

// The sockets that a service manager opened for us (sd_listen_fds(3)). Does not own them: they are
// open as long as the program runs, so that no address is ever refused.
class ActivatedSockets {
 public:
  ActivatedSockets() = default;
  // What LISTEN_PID and LISTEN_FDS say; takes both out of the environment. Sockets that do not
  // listen, or are not TCP, are passed over with a sentence in `problems`.
  static ActivatedSockets from_environment(std::vector<std::string>& problems);

  void add(int fd);
  // The sockets at this endpoint: for an unspecified address the port alone counts, where the
  // socket listens at every address, too.
  std::vector<int> at(const websocket::Endpoint& endpoint) const;
  bool empty() const { return sockets_.empty(); }

 private:
  std::vector<std::pair<int, websocket::Endpoint>> sockets_;
};

}  // namespace proxy

#endif  // CLOSEWATCH_PROXY_LISTENING_SOCKET_H_
