#ifndef CLOSEWATCH_TESTS_METRICS_HTTP_CLIENT_H_
#define CLOSEWATCH_TESTS_METRICS_HTTP_CLIENT_H_

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <array>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include "config/listen_address.h"

namespace metrics::test {

// A blocking TCP connection to the endpoint under test; every read gives up after ten seconds.
class HttpClient {
 public:
  explicit HttpClient(const config::ListenAddress& address) {
    const bool is_ipv6 = address.host.find(':') != std::string::npos;
    socket_ = socket(is_ipv6 ? AF_INET6 : AF_INET, SOCK_STREAM, 0);
    const timeval limit{.tv_sec = 10, .tv_usec = 0};
    setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
    sockaddr_in v4{};
    v4.sin_family = AF_INET;
    v4.sin_port = htons(address.port);
    inet_pton(AF_INET, address.host.c_str(), &v4.sin_addr);
    sockaddr_in6 v6{};
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(address.port);
    inet_pton(AF_INET6, address.host.c_str(), &v6.sin6_addr);
    const auto* to =
        is_ipv6 ? reinterpret_cast<const sockaddr*>(&v6) : reinterpret_cast<const sockaddr*>(&v4);
    if (connect(socket_, to, is_ipv6 ? sizeof(v6) : sizeof(v4)) != 0) {
      throw std::runtime_error("cannot connect to " + to_string(address));
    }
  }
  HttpClient(HttpClient&& other) noexcept : socket_(std::exchange(other.socket_, -1)) {}
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;
  ~HttpClient() {
    if (socket_ >= 0) close(socket_);
  }

  void send(std::string_view bytes) const {
    while (!bytes.empty()) {
      const ssize_t sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) return;  // the endpoint closed; what it said can still be read
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
  }

  // Up to the end of the stream, or the ten seconds.
  std::string read_to_end() const {
    std::string all;
    for (std::string part = read_some(); !part.empty(); part = read_some()) all += part;
    return all;
  }

  // Up to and with `text`; what came until the end if it does not come.
  std::string read_through(std::string_view text) const {
    std::string all;
    while (all.find(text) == std::string::npos) {
      const std::string part = read_some();
      if (part.empty()) return all;
      all += part;
    }
    return all;
  }

 private:
  std::string read_some() const {
    std::array<char, 65536> part{};
    const ssize_t size = recv(socket_, part.data(), part.size(), 0);
    return size > 0 ? std::string(part.data(), static_cast<std::size_t>(size)) : std::string{};
  }

  int socket_ = -1;
};

struct HttpResponse {
  std::string head;
  std::string body;

  explicit HttpResponse(const std::string& bytes)
      : head(bytes.substr(0, bytes.find("\r\n\r\n") + 2)),
        body(bytes.find("\r\n\r\n") == std::string::npos
                 ? std::string{}
                 : bytes.substr(bytes.find("\r\n\r\n") + 4)) {}

  bool has_status(int status) const {
    return head.starts_with("HTTP/1.1 " + std::to_string(status) + " ");
  }
  bool has_field(const std::string& line) const {
    return head.find("\r\n" + line + "\r\n") != std::string::npos;
  }
};

}  // namespace metrics::test

#endif  // CLOSEWATCH_TESTS_METRICS_HTTP_CLIENT_H_
