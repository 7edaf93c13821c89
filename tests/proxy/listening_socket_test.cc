#include "proxy/listening_socket.h"

#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <system_error>

#include "proxy/socket_address.h"
#include "tests/proxy/proxied.h"

namespace proxy {
namespace {

using websocket::Endpoint;

const Endpoint kAnyPort{.address = {127, 0, 0, 1}};

TEST(ListeningSocket, SharesItsAddress) {
  const ListeningSocket one = ListeningSocket::open(kAnyPort);
  const ListeningSocket two = ListeningSocket::open(one.endpoint());
  EXPECT_EQ(one.endpoint(), two.endpoint());
  EXPECT_NE(one.endpoint().port, 0);
}

TEST(ListeningSocket, SaysWhyItCannotListen) {
  const Upstream taken;
  Endpoint endpoint = kAnyPort;
  endpoint.port = taken.port();
  try {
    ListeningSocket::open(endpoint);
    FAIL();
  } catch (const std::system_error& error) {
    EXPECT_EQ(std::string(error.what()),
              "cannot listen at " + to_string(endpoint) + ": Address already in use");
  }
}

TEST(ListeningSocket, TakesIpv4AtEveryAddressOfTheMachine) {
  const auto endpoints = endpoints_to_listen_at({.host = "", .port = 0});
  ASSERT_EQ(endpoints.size(), 1U);
  const ListeningSocket socket = ListeningSocket::open(endpoints[0]);
  const auto client = connect_to(socket.endpoint().port);
  sockaddr_storage peer{};
  socklen_t length = sizeof peer;
  Peer accepted{::accept4(socket.fd(), reinterpret_cast<sockaddr*>(&peer), &length, 0)};
  ASSERT_GE(accepted.fd(), 0);
  EXPECT_FALSE(endpoint_of(peer)->is_ipv6);
}

TEST(ActivatedSockets, AreFoundByTheirAddress) {
  const ListeningSocket socket = ListeningSocket::open(kAnyPort);
  ActivatedSockets activated;
  activated.add(socket.fd());
  EXPECT_EQ(activated.at(socket.endpoint()), std::vector{socket.fd()});
  EXPECT_TRUE(activated.at(kAnyPort).empty());
  Endpoint other = socket.endpoint();
  other.address[3] = 2;
  EXPECT_TRUE(activated.at(other).empty());
}

TEST(ActivatedSockets, AreNotTakenFromAnotherProcess) {
  ::setenv("LISTEN_PID", "1", 1);
  ::setenv("LISTEN_FDS", "1", 1);
  std::vector<std::string> problems;
  EXPECT_TRUE(ActivatedSockets::from_environment(problems).empty());
  EXPECT_EQ(std::getenv("LISTEN_FDS"), nullptr);
  EXPECT_TRUE(problems.empty());
}

TEST(Listener, ServesWhoeverIsInTheQueueWhenItCloses) {
  Proxied proxied;
  std::vector<std::unique_ptr<Peer>> clients;
  const std::uint16_t port = proxied.port();
  for (int i = 0; i < 50; ++i) {
    clients.push_back(connect_to(port));
    send_text(*clients.back(), "GET / HTTP/1.0\r\nHost: a\r\n\r\n");
  }
  proxied.drain();
  for (std::size_t i = 0; i < clients.size(); ++i) {
    const auto upstream = proxied.upstream.accept();
    receive_head(*upstream);
    send_text(*upstream, "HTTP/1.1 204 No Content\r\n\r\n");
  }
  for (const auto& client : clients) EXPECT_EQ(status_of(receive_head(*client)), 204U);
  proxied.wait_for_end();
}

}  // namespace
}  // namespace proxy
