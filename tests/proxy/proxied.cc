#include "tests/proxy/proxied.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <charconv>
#include <csignal>
#include <filesystem>
#include <future>

namespace proxy {
namespace {

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  return address;
}

std::unique_ptr<Peer> as_peer(int fd) {
  const int on = 1;
  const timeval limit{.tv_sec = 5, .tv_usec = 0};
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  return std::make_unique<Peer>(fd);
}

constexpr auto kSoon = std::chrono::seconds{5};

bool comes_true(const std::function<bool()>& condition) {
  const auto until = std::chrono::steady_clock::now() + kSoon;
  while (std::chrono::steady_clock::now() < until) {
    if (condition()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds{2});
  }
  return condition();
}

}  // namespace

Upstream::Upstream() : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in address = loopback(0);
  socklen_t size = sizeof address;
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  EXPECT_EQ(::bind(fd_, generic, size), 0);
  EXPECT_EQ(::listen(fd_, 64), 0);
  EXPECT_EQ(::getsockname(fd_, generic, &size), 0);
  port_ = ntohs(address.sin_port);
}

bool Upstream::has_waiting() const {
  pollfd asked{.fd = fd_, .events = POLLIN, .revents = 0};
  return ::poll(&asked, 1, 0) == 1;
}

std::unique_ptr<Peer> Upstream::accept() {
  pollfd asked{.fd = fd_, .events = POLLIN, .revents = 0};
  if (::poll(&asked, 1, 5000) != 1) {
    ADD_FAILURE() << "the proxy did not connect to the upstream";
    return std::make_unique<Peer>();
  }
  return as_peer(::accept(fd_, nullptr, nullptr));
}

void Upstream::refuse() {
  if (fd_ >= 0) ::close(fd_);
  fd_ = -1;
}

std::unique_ptr<Peer> connect_to(std::uint16_t port) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const sockaddr_in address = loopback(port);
  EXPECT_EQ(::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  return as_peer(fd);
}

std::string receive_text(Peer& peer, std::size_t count) {
  const auto bytes = peer.receive(count);
  return {bytes.begin(), bytes.end()};
}

std::string receive_rest(Peer& peer) {
  const auto bytes = peer.receive_all();
  return {bytes.begin(), bytes.end()};
}

std::string receive_head(Peer& peer) {
  std::string head;
  while (!head.ends_with("\r\n\r\n")) {
    const std::string byte = receive_text(peer, 1);
    if (byte.empty()) break;
    head += byte;
  }
  return head;
}

std::string receive_message(Peer& peer) {
  std::string message = receive_head(peer);
  const std::size_t field = message.find("Content-Length: ");
  std::size_t length = 0;
  if (field != std::string::npos) {
    const char* digits = message.data() + field + 16;
    std::from_chars(digits, message.data() + message.size(), length);
  }
  return message + (length > 0 ? receive_text(peer, length) : "");
}

void send_text(Peer& peer, std::string_view text) { peer.send(support::bytes_of(text)); }

unsigned status_of(std::string_view head) {
  unsigned status = 0;
  if (head.starts_with("HTTP/1.1 ")) {
    std::from_chars(head.data() + 9, head.data() + head.size(), status);
  }
  return status;
}

std::size_t open_descriptors() {
  std::size_t count = 0;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator{"/proc/self/fd"}) {
    ++count;
  }
  return count;
}

Proxied::Proxied(const Change& change) {
  std::signal(SIGPIPE, SIG_IGN);
  config_.listeners.push_back({.address = {.host = "127.0.0.1", .port = 0}, .tls = {}});
  ServiceOptions service;
  service.name = "default";
  service.upstreams.push_back({.host = "127.0.0.1", .port = upstream.port()});
  config_.services.push_back(service);
  if (change) change(config_);
  std::vector<std::string> problems;
  Proxy::Options options;
  options.observers = {&observations_};
  options.service_ids = [names =
                             std::make_shared<std::vector<std::string>>()](std::string_view name) {
    const auto found = std::find(names->begin(), names->end(), name);
    if (found == names->end()) names->emplace_back(name);
    const auto at = std::find(names->begin(), names->end(), name);
    return static_cast<websocket::ServiceId>(at - names->begin());
  };
  options.finished = [this] { context_.stop(); };
  proxy_ = std::make_unique<Proxy>(context_, config_, std::move(options), problems);
  EXPECT_EQ(problems, std::vector<std::string>{});
  thread_ = std::thread([this] {
    const auto work = boost::asio::make_work_guard(context_);
    context_.run();
  });
}

template <typename Call>
auto Proxied::in_thread(Call call) {
  std::promise<decltype(call())> result;
  boost::asio::post(context_, [&] { result.set_value(call()); });
  return result.get_future().get();
}

std::uint16_t Proxied::port() {
  return in_thread([this] { return proxy_->endpoints().front().port; });
}

bool Proxied::reload(ProxyConfig config, std::vector<std::string>& problems) {
  return in_thread([&] { return proxy_->reload(std::move(config), problems); });
}

void Proxied::drain() {
  in_thread([this] {
    proxy_->drain();
    return true;
  });
}

void Proxied::wait_for_end() {
  if (thread_.joinable()) thread_.join();
}

void Proxied::stop() {
  if (!thread_.joinable()) return;
  boost::asio::post(context_, [this] { proxy_->cut(); });
  thread_.join();
}

bool Proxied::settles() {
  return comes_true(
      [this] { return counters().handshakes.value() == 0 && counters().exchanges.value() == 0; });
}

std::vector<websocket::HandshakeResult> Proxied::handshakes() {
  settles();
  stop();
  return observations_.handshakes;
}

}  // namespace proxy
