#include "proxy/transport.h"

#include <gtest/gtest.h>
#include <netinet/tcp.h>

#include <algorithm>
#include <numeric>
#include <string>
#include <vector>

#include "proxy/socket_options.h"
#include "proxy/tls_context.h"
#include "tests/proxy/certificates.h"
#include "tests/proxy/socket_pair.h"

namespace proxy {
namespace {

using testing_sockets::SocketPair;
using testing_sockets::tcp_pair;
using testing_sockets::wait_readable;
using Data = std::vector<std::uint8_t>;

websocket::Bytes bytes(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

Data pattern(std::size_t size) {
  Data data(size);
  for (std::size_t i = 0; i < size; ++i) data[i] = static_cast<std::uint8_t>(i * 31 + (i >> 8U));
  return data;
}

// What can be read up to, and the status behind it, which is not done.
struct Reading {
  Data data;
  IoStatus status = IoStatus::would_block;
  std::string text() const { return {data.begin(), data.end()}; }
};

Reading read_all(Transport& transport, std::size_t buffer_size = 4096) {
  Reading reading;
  Data buffer(buffer_size);
  while (true) {
    const IoResult result = transport.read(buffer);
    reading.status = result.status;
    if (result.status != IoStatus::done) return reading;
    EXPECT_GT(result.count, 0U);
    reading.data.insert(reading.data.end(), buffer.begin(),
                        buffer.begin() + static_cast<std::ptrdiff_t>(result.count));
  }
}

IoResult read_once(Transport& transport) {
  Data buffer(16);
  return transport.read(buffer);
}

// Both ends of a connection, over plain TCP or over TLS.
class TransportTest : public testing::TestWithParam<bool> {
 protected:
  void SetUp() override { connect(); }

  void connect(int buffer_size = 0) {
    const SocketPair sockets = tcp_pair(buffer_size);
    if (!GetParam()) {
      client_ = Transport{sockets.client};
      server_ = Transport{sockets.server};
      return;
    }
    std::vector<std::string> problems;
    ServerTls server_options;
    server_options.certificates = {
        files_.write_both("server", testing_tls::make_certificate({.common_name = "a.example"}))};
    UpstreamTls client_options;
    client_options.verify = false;
    const auto server = ServerTlsContext::load(server_options, problems);
    const auto client = UpstreamTlsContext::load(client_options, problems);
    client_ = Transport{sockets.client, client->new_client(sockets.client, "a.example")};
    server_ = Transport{sockets.server, server->new_server(sockets.server)};
    const auto steps = testing_sockets::shake_hands(client_.ssl(), server_.ssl());
    ASSERT_EQ(steps.first.status, HandshakeStatus::done) << steps.first.reason;
    ASSERT_EQ(steps.second.status, HandshakeStatus::done) << steps.second.reason;
    // The session tickets, so that nothing unread turns a FIN into a RST.
    ASSERT_EQ(read_once(client_).status, IoStatus::would_block);
  }

  const testing_tls::PemFolder files_;
  Transport client_;
  Transport server_;
};

TEST_P(TransportTest, BytesComeAsTheyWent) {
  EXPECT_EQ(client_.is_plain(), !GetParam());
  EXPECT_EQ(read_once(server_).status, IoStatus::would_block);
  const IoResult written = client_.write(bytes("hello"));
  EXPECT_EQ(written.status, IoStatus::done);
  EXPECT_EQ(written.count, 5U);
  ASSERT_TRUE(wait_readable(server_.fd()));
  const Reading reading = read_all(server_);
  EXPECT_EQ(reading.text(), "hello");
  EXPECT_EQ(reading.status, IoStatus::would_block);
}

TEST_P(TransportTest, FinIsAnEndAndTheOtherDirectionGoesOn) {
  client_.write(bytes("last words"));
  client_.finish();
  client_.finish();
  EXPECT_TRUE(client_.finished());
  ASSERT_TRUE(wait_readable(server_.fd()));
  Reading reading = read_all(server_);
  while (reading.status == IoStatus::would_block && wait_readable(server_.fd())) {
    reading.status = read_all(server_).status;
  }
  EXPECT_EQ(reading.text(), "last words");
  EXPECT_EQ(reading.status, IoStatus::end);
  EXPECT_EQ(read_once(server_).status, IoStatus::end);

  EXPECT_EQ(server_.write(bytes("answer")).status, IoStatus::done);
  ASSERT_TRUE(wait_readable(client_.fd()));
  EXPECT_EQ(read_all(client_).text(), "answer");
}

TEST_P(TransportTest, ADestroyedTransportEndsWithFin) {
  client_ = Transport{};
  EXPECT_FALSE(client_.is_open());
  ASSERT_TRUE(wait_readable(server_.fd()));
  EXPECT_EQ(read_all(server_).status, IoStatus::end);
}

TEST_P(TransportTest, AResetIsNoEnd) {
  client_.reset();
  EXPECT_FALSE(client_.is_open());
  ASSERT_TRUE(wait_readable(server_.fd()));
  EXPECT_EQ(read_once(server_).status, IoStatus::reset);
}

TEST_P(TransportTest, DataBeforeAResetIsDelivered) {
  client_.write(bytes("last words"));
  ASSERT_TRUE(wait_readable(server_.fd()));
  client_.reset();
  ::usleep(20'000);
  const Reading reading = read_all(server_);
  EXPECT_EQ(reading.text(), "last words");
  EXPECT_EQ(reading.status, IoStatus::reset);
}

TEST_P(TransportTest, AResetIsSeenByTheNextWriteToo) {
  client_.reset();
  ASSERT_TRUE(wait_readable(server_.fd()));
  EXPECT_EQ(server_.write(bytes("x")).status, IoStatus::reset);
  EXPECT_EQ(server_.write(bytes("x")).status, IoStatus::reset);  // EPIPE, and no signal
}

TEST_P(TransportTest, APendingErrorIsKnownWithoutReading) {
  EXPECT_EQ(server_.pending_error(), IoStatus::would_block);
  client_.reset();
  ASSERT_TRUE(wait_readable(server_.fd()));
  EXPECT_EQ(server_.pending_error(), IoStatus::reset);
}

TEST_P(TransportTest, ResetAfterFinishIsAReset) {
  client_.finish();
  ASSERT_TRUE(wait_readable(server_.fd()));
  EXPECT_EQ(read_all(server_).status, IoStatus::end);
  client_.reset();
  IoResult written{IoStatus::done, 0};
  for (int i = 0; i < 100 && written.status == IoStatus::done; ++i) {
    written = server_.write(bytes("x"));
    ::usleep(1000);
  }
  EXPECT_EQ(written.status, IoStatus::reset);
}

// A reader that stalls: what was not taken is offered again, and every byte comes once.
TEST_P(TransportTest, PartialWritesLoseNothing) {
  connect(8192);
  const Data sent = pattern(3'000'000);
  Data received;
  websocket::Bytes left{sent};
  int refused = 0;
  int partial = 0;
  while (received.size() < sent.size()) {
    while (!left.empty()) {
      // Another buffer each time, as when the rest is kept elsewhere.
      const std::size_t size = std::min<std::size_t>(left.size(), 70'000);
      const Data copy(left.begin(), left.begin() + static_cast<std::ptrdiff_t>(size));
      const IoResult result = client_.write(copy);
      if (result.status != IoStatus::done) {
        ASSERT_EQ(result.status, IoStatus::would_block);
        ++refused;
        break;
      }
      ASSERT_LE(result.count, size);
      partial += result.count < size ? 1 : 0;
      left = left.subspan(result.count);
    }
    ASSERT_TRUE(wait_readable(server_.fd()));
    const Reading reading = read_all(server_, 10'000);
    ASSERT_EQ(reading.status, IoStatus::would_block);
    received.insert(received.end(), reading.data.begin(), reading.data.end());
  }
  EXPECT_EQ(received, sent);
  EXPECT_GT(refused, 0);
  EXPECT_GT(partial, 0);
}

TEST_P(TransportTest, UnreadCountsWhatIsThere) {
  EXPECT_EQ(server_.unread(), 0U);
  client_.write(bytes("0123456789"));
  ASSERT_TRUE(wait_readable(server_.fd()));
  EXPECT_GE(server_.unread(), 10U);
  Data buffer(4);
  EXPECT_EQ(server_.read(buffer).count, 4U);
  EXPECT_EQ(server_.unread(), 6U);
  read_all(server_);
  EXPECT_EQ(server_.unread(), 0U);
}

TEST_P(TransportTest, UnacknowledgedFallsToZero) {
  client_.write(bytes("0123456789"));
  client_.finish();
  for (int i = 0; i < 200 && client_.unacknowledged() > 0; ++i) ::usleep(1000);
  EXPECT_EQ(client_.unacknowledged(), 0U);
}

TEST_P(TransportTest, UnacknowledgedCountsWhatTheOtherDoesNotTake) {
  connect(8192);
  const Data much(100'000);
  std::size_t written = 0;
  while (true) {
    const IoResult result = client_.write(much);
    if (result.status == IoStatus::would_block) break;
    ASSERT_EQ(result.status, IoStatus::done);
    written += result.count;
  }
  EXPECT_GT(client_.unacknowledged(), 0U);
  // Below: records and their heads.
  EXPECT_LE(client_.unacknowledged(), written + written / 100 + 20'000);
}

TEST_P(TransportTest, MovesWithWhatItHas) {
  Transport moved{std::move(client_)};
  EXPECT_FALSE(client_.is_open());
  EXPECT_TRUE(moved.is_open());
  client_ = std::move(moved);
  EXPECT_EQ(client_.write(bytes("x")).status, IoStatus::done);
  ASSERT_TRUE(wait_readable(server_.fd()));
  EXPECT_EQ(read_all(server_).text(), "x");
}

INSTANTIATE_TEST_SUITE_P(, TransportTest, testing::Bool(),
                         [](const auto& its) { return its.param ? "tls" : "plain"; });

class TlsTransportTest : public TransportTest {};

TEST_P(TlsTransportTest, FinWithoutCloseNotifyIsAnEnd) {
  client_.write(bytes("last words"));
  ::shutdown(client_.fd(), SHUT_WR);
  ASSERT_TRUE(wait_readable(server_.fd()));
  ::usleep(20'000);
  const Reading reading = read_all(server_);
  EXPECT_EQ(reading.text(), "last words");
  EXPECT_EQ(reading.status, IoStatus::end);
}

TEST_P(TlsTransportTest, BytesThatAreNoRecordAreAReset) {
  ::send(client_.fd(), "this is no TLS at all", 21, MSG_NOSIGNAL);
  ASSERT_TRUE(wait_readable(server_.fd()));
  EXPECT_EQ(read_once(server_).status, IoStatus::reset);
}

TEST_P(TlsTransportTest, APartOfARecordIsUnread) {
  ::send(client_.fd(), "\x17\x03\x03\x00\x20half", 9, MSG_NOSIGNAL);
  ASSERT_TRUE(wait_readable(server_.fd()));
  EXPECT_EQ(read_once(server_).status, IoStatus::would_block);
  EXPECT_GT(server_.unread(), 0U);
}

INSTANTIATE_TEST_SUITE_P(, TlsTransportTest, testing::Values(true),
                         [](const auto&) { return "tls"; });

// The peer's host is gone: a socket whose packets go nowhere.
TEST(SilentTransport, IsNoReset) {
  const SocketPair sockets = tcp_pair();
  Transport client{sockets.client};
  Transport server{sockets.server};
  // A reader with a closed window that never opens is what TCP_USER_TIMEOUT gives up on, too.
  const int milliseconds = 50;
  ::setsockopt(client.fd(), IPPROTO_TCP, TCP_USER_TIMEOUT, &milliseconds, sizeof milliseconds);
  const Data much(1'000'000);
  while (client.write(much).status == IoStatus::done) {
  }
  pollfd asked{.fd = client.fd(), .events = POLLIN, .revents = 0};
  ASSERT_EQ(::poll(&asked, 1, 5000), 1);
  EXPECT_EQ(read_once(client).status, IoStatus::silent);
}

int option(int fd, int level, int name) {
  int value = -1;
  socklen_t size = sizeof value;
  EXPECT_EQ(::getsockopt(fd, level, name, &value, &size), 0);
  return value;
}

TEST(SocketOptions, AsTheTimeoutsSay) {
  const SocketPair sockets = tcp_pair();
  const Transport client{sockets.client};
  const Transport server{sockets.server};
  Timeouts timeouts;
  timeouts.tcp_keepalive = std::chrono::milliseconds{29'001};
  timeouts.tcp_user_timeout = std::chrono::milliseconds{1500};
  set_socket_options(client.fd(), timeouts);
  EXPECT_EQ(option(client.fd(), IPPROTO_TCP, TCP_NODELAY), 1);
  EXPECT_EQ(option(client.fd(), SOL_SOCKET, SO_KEEPALIVE), 1);
  EXPECT_EQ(option(client.fd(), IPPROTO_TCP, TCP_KEEPIDLE), 30);
  EXPECT_EQ(option(client.fd(), IPPROTO_TCP, TCP_KEEPINTVL), 10);
  EXPECT_EQ(option(client.fd(), IPPROTO_TCP, TCP_KEEPCNT), 6);
  EXPECT_EQ(option(client.fd(), IPPROTO_TCP, TCP_USER_TIMEOUT), 1500);

  timeouts.tcp_keepalive = timeouts.tcp_user_timeout = websocket::Duration::zero();
  set_socket_options(client.fd(), timeouts);
  EXPECT_EQ(option(client.fd(), SOL_SOCKET, SO_KEEPALIVE), 0);
  EXPECT_EQ(option(client.fd(), IPPROTO_TCP, TCP_USER_TIMEOUT), 0);

  timeouts.tcp_keepalive = timeouts.tcp_user_timeout = std::chrono::hours{10'000};
  set_socket_options(client.fd(), timeouts);
  EXPECT_EQ(option(client.fd(), IPPROTO_TCP, TCP_KEEPIDLE), 32'767);
  EXPECT_EQ(option(client.fd(), IPPROTO_TCP, TCP_USER_TIMEOUT), 2'147'483'647);
}

TEST(SocketOptions, WhatIsNoTcpSocketIsLeftAlone) {
  int pair[2];
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair), 0);
  Transport one{pair[0]};
  Transport other{pair[1]};
  set_socket_options(one.fd(), {});
  EXPECT_EQ(one.write(bytes("x")).status, IoStatus::done);
  EXPECT_EQ(read_all(other).text(), "x");
}

}  // namespace
}  // namespace proxy
