#include "tests/proxy/relayed.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <boost/asio/post.hpp>

namespace proxy {

using support::append;
using support::ByteString;

bool Peer::send(const ByteString& bytes) {
  std::size_t sent = 0;
  while (sent < bytes.size()) {
    const ssize_t count = ::send(fd_, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
    if (count <= 0) return false;
    sent += static_cast<std::size_t>(count);
  }
  return true;
}

ByteString Peer::receive(std::size_t count) {
  ByteString bytes(count);
  std::size_t got = 0;
  while (got < count && end_ == End::none) {
    const ssize_t some = ::recv(fd_, bytes.data() + got, count - got, 0);
    if (some > 0) {
      got += static_cast<std::size_t>(some);
    } else if (some == 0) {
      end_ = End::fin;
    } else if (errno == ECONNRESET) {
      end_ = End::reset;
    } else {
      ADD_FAILURE() << "received " << got << " of " << count << " bytes in five seconds";
      break;
    }
  }
  bytes.resize(got);
  return bytes;
}

ByteString Peer::receive_all() {
  ByteString all;
  while (end_ == End::none && !testing::Test::HasFailure()) append(all, receive(65'536));
  return all;
}

void Peer::fin() { ::shutdown(fd_, SHUT_WR); }

void Peer::reset() {
  const linger at_once{.l_onoff = 1, .l_linger = 0};
  ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
  close();
}

void Peer::close() {
  if (fd_ >= 0) ::close(fd_);
  fd_ = -1;
}

std::pair<int, int> connected_sockets() {
  const int listener = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  EXPECT_EQ(::bind(listener, reinterpret_cast<sockaddr*>(&address), size), 0);
  EXPECT_EQ(::listen(listener, 1), 0);
  EXPECT_EQ(::getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size), 0);
  const int connected = ::socket(AF_INET, SOCK_STREAM, 0);
  EXPECT_EQ(::connect(connected, reinterpret_cast<sockaddr*>(&address), size), 0);
  const int accepted = ::accept(listener, nullptr, nullptr);
  ::close(listener);
  const int on = 1;
  const timeval limit{.tv_sec = 5, .tv_usec = 0};
  for (const int fd : {connected, accepted}) {
    ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
  }
  return {connected, accepted};
}

namespace {

Transport non_blocking(int fd) {
  ::fcntl(fd, F_SETFL, ::fcntl(fd, F_GETFL) | O_NONBLOCK);
  return Transport(fd);
}

websocket::Bytes as_bytes(const std::string& text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

}  // namespace

Relayed::Relayed(ServiceOptions options, const support::Upgrade& upgrade,
                 ByteString early_from_server)
    : work_(context_.get_executor()), loop_(context_, observations_, counters, {}) {
  const auto [client_end, client_leg] = connected_sockets();
  const auto [server_leg, server_end] = connected_sockets();
  client.assign(client_end);
  server.assign(server_end);
  const websocket::Time now = std::chrono::system_clock::now();
  TunnelStart start;
  start.client = non_blocking(client_leg);
  start.server = non_blocking(server_leg);
  start.connection =
      std::make_unique<websocket::Connection>(websocket::Connection::Start::request, now);
  start.connection->observe(websocket::Direction::client_to_server,
                            {.bytes = as_bytes(upgrade_request(upgrade)), .at = now});
  start.connection->observe(websocket::Direction::server_to_client,
                            {.bytes = as_bytes(upgrade_response(upgrade)), .at = now});
  start.options = std::make_shared<ServiceOptions>(std::move(options));
  start.from_server = std::move(early_from_server);
  loop_.start(std::move(start));
  thread_ = std::thread([this] { loop_.run(); });
}

template <typename Call>
void Relayed::in_thread(Call call) {
  std::promise<void> done;
  boost::asio::post(context_, [&] {
    call();
    done.set_value();
  });
  done.get_future().wait();
}

Relayed::~Relayed() {
  in_thread([this] { loop_.stop(); });
  thread_.join();
}

void Relayed::drain(const DrainOptions& options) {
  in_thread([&] { loop_.drain(options); });
}

void Relayed::cut() {
  in_thread([this] { loop_.cut(); });
}

const support::ObservedConnection& Relayed::ended() {
  for (int tries = 0; tries < 1000; ++tries) {
    bool ended = false;
    in_thread([&] { ended = !observations_.connections.empty(); });
    if (ended) break;
    std::this_thread::sleep_for(std::chrono::milliseconds{5});
  }
  if (observations_.connections.size() != 1) {
    ADD_FAILURE() << observations_.connections.size() << " ends were observed, not 1";
    static const support::ObservedConnection none;
    return none;
  }
  return observations_.connections.front();
}

}  // namespace proxy
