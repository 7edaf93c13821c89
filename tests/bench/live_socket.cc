#include "tests/bench/live_socket.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <stdexcept>
#include <system_error>
#include <thread>

namespace bench {
namespace {

[[noreturn]] void fail(const char* what) {
  throw std::system_error(errno, std::generic_category(), what);
}

sockaddr_in socket_address(const std::string& address, std::uint16_t port) {
  sockaddr_in result{};
  result.sin_family = AF_INET;
  result.sin_port = htons(port);
  if (inet_pton(AF_INET, address.c_str(), &result.sin_addr) != 1) {
    throw std::invalid_argument("not an IPv4 address: " + address);
  }
  return result;
}

// Small frames leave at once, one packet each; nobody waits for ever.
void set_options(int descriptor) {
  const int on = 1;
  const timeval limit{2, 0};
  setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
  setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
}

}  // namespace

Socket Socket::listen(const std::string& address, std::uint16_t port) {
  const sockaddr_in where = socket_address(address, port);
  Socket result(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const int on = 1;
  setsockopt(result.descriptor_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (::bind(result.descriptor_, reinterpret_cast<const sockaddr*>(&where), sizeof where) != 0 ||
      ::listen(result.descriptor_, 1024) != 0) {
    fail("cannot listen");
  }
  return result;
}

Socket Socket::connect(const std::string& address, std::uint16_t port) {
  const sockaddr_in where = socket_address(address, port);
  for (int attempt = 0; attempt < 40; ++attempt) {
    Socket result(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (::connect(result.descriptor_, reinterpret_cast<const sockaddr*>(&where), sizeof where) ==
        0) {
      set_options(result.descriptor_);
      return result;
    }
    if (errno != ECONNREFUSED) break;
    std::this_thread::sleep_for(std::chrono::milliseconds{50});
  }
  fail("cannot connect");
}

Socket& Socket::operator=(Socket&& other) noexcept {
  std::swap(descriptor_, other.descriptor_);
  return *this;
}

Socket::~Socket() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

Socket Socket::accept() const {
  const int accepted = ::accept4(descriptor_, nullptr, nullptr, SOCK_CLOEXEC);
  if (accepted < 0) fail("cannot accept");
  set_options(accepted);
  return Socket(accepted);
}

bool Socket::send(websocket::Bytes bytes) const {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0) {
      if (errno == EAGAIN) return false;
      fail("cannot send");
    }
    bytes = bytes.subspan(static_cast<std::size_t>(sent));
  }
  return true;
}

std::size_t Socket::receive(std::span<std::uint8_t> into) const {
  const ssize_t received = ::recv(descriptor_, into.data(), into.size(), 0);
  if (received < 0) fail("cannot receive");
  return static_cast<std::size_t>(received);
}

void Socket::end_stream() const { ::shutdown(descriptor_, SHUT_WR); }

}  // namespace bench
