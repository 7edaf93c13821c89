// The denominator of the proxy benchmark: what relaying bytes between two sockets costs at the
// least. One thread, one level-triggered epoll, one buffer for all connections, one read and one
// write per event; only what the other side did not take is kept. A FIN is passed on as a FIN. With
// --splice the bytes go through a pipe per direction instead of the buffer.
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <exception>
#include <iostream>
#include <memory>
#include <stdexcept>
#include <string>
#include <system_error>
#include <vector>

namespace {

constexpr std::size_t kBufferSize = 65536;

struct Connection;

// A socket, and the bytes read from it that the other one did not take yet.
struct End {
  Connection* connection = nullptr;
  End* other = nullptr;
  int socket = -1;
  std::uint32_t interest = 0;
  bool ended = false;  // its FIN was read
  std::vector<char> kept{};
  std::size_t kept_from = 0;
  std::array<int, 2> pipe{-1, -1};  // with --splice, instead of `kept`
  std::size_t piped = 0;

  std::size_t held() const { return kept.size() - kept_from + piped; }
};

struct Connection {
  End client{};
  End upstream{};
  bool connecting = true;
  bool dropped = false;
};

[[noreturn]] void fail(const char* what) {
  throw std::system_error(errno, std::generic_category(), what);
}

bool would_block() { return errno == EAGAIN || errno == EINTR; }

sockaddr_in parse(const std::string& text) {
  const std::size_t colon = text.rfind(':');
  sockaddr_in result{};
  result.sin_family = AF_INET;
  if (colon == std::string::npos ||
      inet_pton(AF_INET, text.substr(0, colon).c_str(), &result.sin_addr) != 1) {
    throw std::invalid_argument("not an IPv4 address and port: " + text);
  }
  result.sin_port = htons(static_cast<std::uint16_t>(std::stoul(text.substr(colon + 1))));
  return result;
}

class Relay {
 public:
  Relay(const sockaddr_in& listen_at, const sockaddr_in& upstream, bool splice);
  [[noreturn]] void run();

 private:
  void accept();
  void connect(int client);
  void connected(Connection& connection);
  void ready(End& end, std::uint32_t events);
  void watch(End& end, std::uint32_t interest);
  void read(End& from);
  ssize_t take(End& from);
  bool give(End& from, ssize_t fresh);
  void finish(End& from);
  void drop(Connection& connection);

  sockaddr_in upstream_;
  bool splice_;
  int epoll_ = epoll_create1(EPOLL_CLOEXEC);
  int listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  std::vector<char> buffer_ = std::vector<char>(kBufferSize);
  std::vector<std::unique_ptr<Connection>> dropped_;  // freed when no event can name them
};

Relay::Relay(const sockaddr_in& listen_at, const sockaddr_in& upstream, bool splice)
    : upstream_(upstream), splice_(splice) {
  const int on = 1;
  setsockopt(listener_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  epoll_event event{EPOLLIN, {nullptr}};
  if (bind(listener_, reinterpret_cast<const sockaddr*>(&listen_at), sizeof listen_at) != 0 ||
      listen(listener_, 1024) != 0 || epoll_ctl(epoll_, EPOLL_CTL_ADD, listener_, &event) != 0) {
    fail("cannot listen");
  }
}

void Relay::run() {
  std::array<epoll_event, 256> events{};
  for (;;) {
    const int count = epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), -1);
    if (count < 0 && errno != EINTR) fail("cannot wait");
    for (int i = 0; i < count; ++i) {
      const epoll_event& event = events[static_cast<std::size_t>(i)];
      if (event.data.ptr == nullptr) {
        accept();
      } else {
        ready(*static_cast<End*>(event.data.ptr), event.events);
      }
    }
    dropped_.clear();
  }
}

void Relay::accept() {
  const int client = accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
  if (client >= 0) return connect(client);
  if (!would_block() && errno != ECONNABORTED) fail("cannot accept");
}

void Relay::connect(int client) {
  auto* connection = new Connection;
  connection->client.socket = client;
  connection->upstream.socket = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (connection->upstream.socket < 0) fail("cannot open a socket");
  const int on = 1;
  for (End* end : {&connection->client, &connection->upstream}) {
    end->connection = connection;
    end->other = end == &connection->client ? &connection->upstream : &connection->client;
    setsockopt(end->socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (splice_ && pipe2(end->pipe.data(), O_NONBLOCK | O_CLOEXEC) != 0) fail("cannot open a pipe");
  }
  if (::connect(connection->upstream.socket, reinterpret_cast<const sockaddr*>(&upstream_),
                sizeof upstream_) != 0 &&
      errno != EINPROGRESS) {
    return drop(*connection);
  }
  watch(connection->upstream, EPOLLOUT);
}

void Relay::connected(Connection& connection) {
  int error = 0;
  socklen_t size = sizeof error;
  getsockopt(connection.upstream.socket, SOL_SOCKET, SO_ERROR, &error, &size);
  if (error != 0) return drop(connection);
  connection.connecting = false;
  watch(connection.upstream, EPOLLIN);
  watch(connection.client, EPOLLIN);
}

void Relay::watch(End& end, std::uint32_t interest) {
  // The flag tells that epoll knows the socket, though maybe for nothing.
  constexpr std::uint32_t known = EPOLLERR;
  if (end.interest == (interest | known)) return;
  epoll_event event{interest, {&end}};
  const int operation = end.interest == 0 ? EPOLL_CTL_ADD : EPOLL_CTL_MOD;
  if (epoll_ctl(epoll_, operation, end.socket, &event) != 0) fail("cannot watch a socket");
  end.interest = interest | known;
}

void Relay::ready(End& end, std::uint32_t events) {
  Connection& connection = *end.connection;
  if (connection.dropped) return;
  if (connection.connecting) return connected(connection);
  if ((events & EPOLLOUT) != 0 && end.other->held() != 0 && !give(*end.other, 0)) return;
  if ((events & (EPOLLIN | EPOLLERR | EPOLLHUP)) == 0) return;
  if ((end.interest & EPOLLIN) != 0) return read(end);
  if ((events & EPOLLERR) != 0) return drop(connection);
  // Both FINs are through, and the other side has yet to take what is held: not a word until then,
  // since nothing can turn this event off.
  epoll_ctl(epoll_, EPOLL_CTL_DEL, end.socket, nullptr);
  end.interest = 0;
}

void Relay::read(End& from) {
  const ssize_t count = take(from);
  if (count > 0) {
    give(from, count);
  } else if (count == 0) {
    finish(from);
  } else if (!would_block()) {
    drop(*from.connection);
  }
}

ssize_t Relay::take(End& from) {
  if (!splice_) return ::read(from.socket, buffer_.data(), buffer_.size());
  const ssize_t count = ::splice(from.socket, nullptr, from.pipe[1], nullptr, kBufferSize,
                                 SPLICE_F_MOVE | SPLICE_F_NONBLOCK);
  if (count > 0) from.piped += static_cast<std::size_t>(count);
  return count;
}

// Writes what is held, or the `fresh` bytes in the buffer, and keeps what is not taken: then
// nothing more is read until it is. False when the connection was dropped.
bool Relay::give(End& from, ssize_t fresh) {
  End& to = *from.other;
  ssize_t written = 0;
  if (splice_) {
    written = ::splice(from.pipe[0], nullptr, to.socket, nullptr, from.piped,
                       SPLICE_F_MOVE | SPLICE_F_NONBLOCK);
    if (written > 0) from.piped -= static_cast<std::size_t>(written);
  } else if (fresh > 0) {
    written = ::send(to.socket, buffer_.data(), static_cast<std::size_t>(fresh), MSG_NOSIGNAL);
    const ssize_t taken = std::max<ssize_t>(written, 0);
    if (taken < fresh) from.kept.assign(buffer_.data() + taken, buffer_.data() + fresh);
  } else {
    written = ::send(to.socket, from.kept.data() + from.kept_from, from.held(), MSG_NOSIGNAL);
    if (written > 0) from.kept_from += static_cast<std::size_t>(written);
    if (from.held() == 0) std::vector<char>().swap(from.kept);
    if (from.kept.empty()) from.kept_from = 0;
  }
  if (written < 0 && !would_block()) {
    drop(*from.connection);
    return false;
  }
  const bool blocked = from.held() != 0;
  watch(from, (from.interest & EPOLLOUT) | (blocked ? 0U : EPOLLIN));
  watch(to, (to.interest & EPOLLIN) | (blocked ? EPOLLOUT : 0U));
  return true;
}

// Passes the FIN on; drops the connection after the second one. Nothing is held: while something
// is, nothing is read, a FIN neither.
void Relay::finish(End& from) {
  from.ended = true;
  if (from.other->ended) return drop(*from.connection);
  watch(from, from.interest & EPOLLOUT);
  shutdown(from.other->socket, SHUT_WR);
}

void Relay::drop(Connection& connection) {
  connection.dropped = true;
  for (const End* end : {&connection.client, &connection.upstream}) {
    close(end->socket);
    if (splice_) close(end->pipe[0]);
    if (splice_) close(end->pipe[1]);
  }
  dropped_.emplace_back(&connection);
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Copies bytes between TCP connections; the baseline of proxy_bench.py"};
  std::string listen_at;
  std::string upstream;
  bool splice = false;
  app.add_option("--listen", listen_at, "IPv4 address and port")->required();
  app.add_option("--upstream", upstream, "IPv4 address and port")->required();
  app.add_flag("--splice", splice, "Through pipes, without copying to user space");
  CLI11_PARSE(app, argc, argv);
  try {
    std::signal(SIGPIPE, SIG_IGN);
    Relay(parse(listen_at), parse(upstream), splice).run();
  } catch (const std::exception& error) {
    std::cerr << "copy-relay: " << error.what() << '\n';
    return 1;
  }
}
