#include "proxy/health_check.h"

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "tests/proxy/certificates.h"
#include "tests/proxy/socket_pair.h"

namespace proxy {
namespace {

constexpr websocket::Time kNow{};

// A listening socket on loopback, and what it is asked.
class Listener {
 public:
  Listener() {
    std::signal(SIGPIPE, SIG_IGN);
    fd_ = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    ::bind(fd_, reinterpret_cast<sockaddr*>(&address), size);
    ::listen(fd_, 16);
    ::getsockname(fd_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
  }
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;
  ~Listener() { ::close(fd_); }

  std::uint16_t port() const { return port_; }
  // Nothing after two seconds without a connection.
  int accept() const {
    return testing_sockets::wait_readable(fd_) ? ::accept(fd_, nullptr, nullptr) : -1;
  }

 private:
  int fd_ = -1;
  std::uint16_t port_ = 0;
};

std::string read_until(int fd, const std::string& end) {
  std::string text;
  char c = 0;
  while (!text.ends_with(end) && ::recv(fd, &c, 1, 0) == 1) text += c;
  return text;
}

class HealthCheckTest : public testing::Test {
 protected:
  HealthCheckTest() {
    options_.health_check.enabled = true;
    options_.health_check.interval = std::chrono::milliseconds{5};
    options_.health_check.timeout = std::chrono::milliseconds{300};
    options_.health_check.unhealthy_after = 1;
    options_.health_check.healthy_after = 1;
    options_.upstreams = {{.host = "127.0.0.1", .port = listener_.port()}};
  }

  void begin() {
    context_.restart();
    set_ = std::make_shared<UpstreamSet>(options_);
    checks_.replace(
        {{.options = std::make_shared<ServiceOptions>(options_), .upstreams = set_, .tls = tls_}});
  }
  bool healthy() const { return set_->status(0, kNow).healthy; }
  // Runs until the upstream is seen as such; false after three seconds.
  bool becomes(bool is_healthy) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds{3};
    while (healthy() != is_healthy && std::chrono::steady_clock::now() < deadline) {
      context_.run_for(std::chrono::milliseconds{5});
    }
    return healthy() == is_healthy;
  }
  // The upstream plays `play` once on each connection, while the checks run; first the upstream
  // counts as `was`.
  bool becomes_with(bool is_healthy, const std::function<void(int)>& play) {
    begin();
    if (is_healthy) set_->checked(0, false);
    std::atomic<bool> stop{false};
    std::thread upstream{[&] {
      while (!stop) {
        const int fd = listener_.accept();
        if (fd < 0) continue;
        play(fd);
        ::close(fd);
      }
    }};
    const bool became = becomes(is_healthy);
    stop = true;
    checks_.replace({});
    context_.restart();
    context_.run_for(std::chrono::milliseconds{20});
    wake();
    upstream.join();
    return became;
  }
  void wake() const {
    const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(listener_.port());
    ::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address);
    ::close(fd);
  }
  static void answer(int fd, const std::string& text) {
    ::send(fd, text.data(), text.size(), MSG_NOSIGNAL);
  }

  Listener listener_;
  ServiceOptions options_;
  boost::asio::io_context context_;
  std::shared_ptr<UpstreamSet> set_;
  std::shared_ptr<const UpstreamTlsContext> tls_;
  HealthChecks checks_{context_};
};

TEST_F(HealthCheckTest, AConnectionIsEnoughWithoutPath) {
  EXPECT_TRUE(becomes_with(true, [](int) {}));
}

TEST_F(HealthCheckTest, ARefusedConnectionIsAFailure) {
  {
    const Listener gone;
    options_.upstreams[0].port = gone.port();
  }
  begin();
  EXPECT_TRUE(becomes(false));
}

TEST_F(HealthCheckTest, AnUpstreamThatComesBackIsSeen) {
  auto listener = std::make_unique<Listener>();
  options_.upstreams[0].port = listener->port();
  begin();
  set_->checked(0, false);
  EXPECT_TRUE(becomes(true));
  listener.reset();
  EXPECT_TRUE(becomes(false));
}

TEST_F(HealthCheckTest, NamesAreResolved) {
  options_.upstreams[0].host = "localhost";
  EXPECT_TRUE(becomes_with(true, [](int) {}));
}

TEST_F(HealthCheckTest, APathIsAskedForAndItsStatusCounts) {
  options_.health_check.path = "/health?deep=1";
  std::string request;
  EXPECT_TRUE(becomes_with(true, [&](int fd) {
    const std::string read = read_until(fd, "\r\n\r\n");
    if (!read.empty()) request = read;
    answer(fd, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  }));
  EXPECT_EQ(request,
            "GET /health?deep=1 HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(listener_.port()) +
                "\r\nUser-Agent: closewatch\r\nConnection: close\r\n\r\n");
}

TEST_F(HealthCheckTest, Statuses) {
  options_.health_check.path = "/";
  const struct {
    std::string answer;
    bool healthy;
  } cases[] = {
      {"HTTP/1.1 204 No Content\r\n\r\n", true},
      {"HTTP/1.0 200\r\n", true},
      {"HTTP/1.1 302 Found\r\n", true},
      {"HTTP/1.1 404 Not Found\r\n", false},
      {"HTTP/1.1 503 \r\n", false},
      {"HTTP/1.1 100 Continue\r\n", false},
      {"HTTP/1.1 2000 What\r\n", false},
      {"SSH-2.0-OpenSSH\r\n", false},
      {"\r\n", false},
      {"", false},
      {"HTTP/1.1 200 OK", false},
      {std::string(5000, 'x'), false},
  };
  for (const auto& one : cases) {
    EXPECT_TRUE(becomes_with(one.healthy, [&](int fd) {
      read_until(fd, "\r\n\r\n");
      answer(fd, one.answer);
    })) << one.answer;
  }
}

TEST_F(HealthCheckTest, AnAnswerInPiecesIsAnAnswer) {
  options_.health_check.path = "/";
  EXPECT_TRUE(becomes_with(true, [&](int fd) {
    read_until(fd, "\r\n\r\n");
    for (const char c : std::string{"HTTP/1.1 200 OK\r\n"}) {
      answer(fd, std::string(1, c));
      ::usleep(500);
    }
  }));
}

TEST_F(HealthCheckTest, SilenceIsAFailureAfterTheTimeout) {
  options_.health_check.path = "/";
  begin();  // accepted by the system, never answered
  const auto before = std::chrono::steady_clock::now();
  EXPECT_TRUE(becomes(false));
  const auto took = std::chrono::steady_clock::now() - before;
  EXPECT_GE(took, std::chrono::milliseconds{290});
  EXPECT_LT(took, std::chrono::milliseconds{2000});
}

TEST_F(HealthCheckTest, ProxyHeadersComeFirst) {
  options_.health_check.path = "/";
  for (const auto& [protocol, header] : std::vector<std::pair<ProxyProtocol, std::string>>{
           {ProxyProtocol::v1, "PROXY UNKNOWN\r\n"},
           {ProxyProtocol::v2, {"\r\n\r\n\0\r\nQUIT\n\x20\0\0\0", 16}}}) {
    options_.proxy_protocol = protocol;
    std::string request;
    EXPECT_TRUE(becomes_with(true, [&, expected = header](int fd) {
      request = read_until(fd, "close\r\n\r\n");
      if (request.starts_with(expected + "GET / ")) answer(fd, "HTTP/1.1 200 OK\r\n");
    })) << request;
  }
}

class TlsHealthCheckTest : public HealthCheckTest {
 protected:
  void use(const testing_tls::Certificate& trusted) {
    std::vector<std::string> problems;
    ServerTls server;
    server.certificates = {files_.write_both("server", certificate_)};
    server_ = ServerTlsContext::load(server, problems);
    options_.tls.enabled = true;
    options_.tls.ca_file = files_.write_certificate("ca.crt", trusted);
    options_.health_check.path = "/";
    tls_ = UpstreamTlsContext::load(options_.tls, problems);
    ASSERT_TRUE(server_ && tls_) << testing::PrintToString(problems);
  }
  void play(int fd) const {
    const SslPointer ssl = server_->new_server(fd);
    char request[512];
    if (SSL_do_handshake(ssl.get()) != 1 || SSL_read(ssl.get(), request, sizeof request) <= 0) {
      return;
    }
    const std::string_view text = "HTTP/1.1 200 OK\r\n\r\n";
    SSL_write(ssl.get(), text.data(), static_cast<int>(text.size()));
  }

  const testing_tls::PemFolder files_;
  const testing_tls::Certificate ca_ =
      testing_tls::make_certificate({.common_name = "authority", .authority = true});
  const testing_tls::Certificate certificate_ = testing_tls::make_certificate(
      {.common_name = "s", .subject_alternative_names = "IP:127.0.0.1", .issuer = &ca_});
  std::shared_ptr<const ServerTlsContext> server_;
};

TEST_F(TlsHealthCheckTest, OverTls) {
  use(ca_);
  EXPECT_TRUE(becomes_with(true, [&](int fd) { play(fd); }));
}

TEST_F(TlsHealthCheckTest, ACertificateThatIsNotTrustedIsAFailure) {
  use(testing_tls::make_certificate({.common_name = "stranger", .authority = true}));
  EXPECT_TRUE(becomes_with(false, [&](int fd) { play(fd); }));
}

TEST_F(TlsHealthCheckTest, AnUpstreamWithoutTlsIsAFailure) {
  use(ca_);
  EXPECT_TRUE(becomes_with(false, [&](int fd) { answer(fd, "HTTP/1.1 400 Bad\r\n\r\n"); }));
}

TEST_F(HealthCheckTest, WhatIsReplacedStopsAndReportsNoMore) {
  options_.health_check.path = "/";
  begin();
  context_.run_for(std::chrono::milliseconds{50});  // in the middle of a check
  checks_.replace({});
  context_.restart();
  context_.run_for(std::chrono::seconds{1});
  EXPECT_TRUE(context_.stopped());  // nothing left to wait for
  EXPECT_TRUE(healthy());
  EXPECT_EQ(set_.use_count(), 1);
}

TEST_F(HealthCheckTest, NothingIsAskedWhereChecksAreOff) {
  options_.health_check.enabled = false;
  begin();
  context_.run_for(std::chrono::seconds{1});
  EXPECT_TRUE(context_.stopped());
}

TEST(HealthChecks, MayEndWithTheirContextInTheMiddle) {
  const Listener listener;
  ServiceOptions options;
  options.health_check.enabled = true;
  options.health_check.path = "/";
  options.upstreams = {{.host = "127.0.0.1", .port = listener.port()}};
  const auto set = std::make_shared<UpstreamSet>(options);
  {
    boost::asio::io_context context;
    HealthChecks checks{context};
    checks.replace({{.options = std::make_shared<ServiceOptions>(options), .upstreams = set}});
    context.run_for(std::chrono::milliseconds{20});
  }
  EXPECT_EQ(set.use_count(), 1);
}

}  // namespace
}  // namespace proxy
