#include "proxy/opening.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <functional>
#include <thread>

#include "tests/proxy/proxied.h"

namespace proxy {
namespace {

#if defined(__SANITIZE_ADDRESS__)
constexpr bool kSanitized = true;
#elif defined(__has_feature)
constexpr bool kSanitized = __has_feature(address_sanitizer);
#else
constexpr bool kSanitized = false;
#endif

using namespace std::chrono_literals;
using support::Upgrade;
using support::upgrade_request;
using support::upgrade_response;
using websocket::HandshakeResult;

std::string request() { return upgrade_request(Upgrade{}); }
std::string switching() { return upgrade_response(Upgrade{}); }

// What an upstream does when it was asked for a WebSocket, and what becomes of it.
struct Fault {
  std::string name;
  std::function<void(Peer&)> upstream;
  unsigned status;  // that the client is answered with
  HandshakeResult result;
};

void PrintTo(const Fault& fault, std::ostream* out) { *out << fault.name; }

Fault answers(const std::string& name, const std::string& text, unsigned status,
              HandshakeResult result) {
  return {name, [text](Peer& upstream) { send_text(upstream, text); }, status, result};
}

std::vector<Fault> faults() {
  const std::string ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi";
  const std::string no_upgrade = "HTTP/1.1 101 Switching Protocols\r\n\r\n";
  return {
      answers("says_200", ok, 200, HandshakeResult::rejected_2xx),
      answers("says_426", "HTTP/1.1 426 Upgrade Required\r\nContent-Length: 0\r\n\r\n", 426,
              HandshakeResult::rejected_426),
      answers("says_404_in_chunks",
              "HTTP/1.1 404 Not Found\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n",
              404, HandshakeResult::rejected_404),
      answers("says_garbage", "SSH-2.0-OpenSSH_9.2\r\n\r\n", 502, HandshakeResult::malformed),
      answers("says_a_bare_lf", "HTTP/1.1 101 Switching Protocols\n\n", 502,
              HandshakeResult::malformed),
      answers("accepts_another_key", upgrade_response({.accept = "AAAAAAAAAAAAAAAAAAAAAAAAAAA="}),
              502, HandshakeResult::bad_accept),
      answers("switches_without_upgrade", no_upgrade, 502, HandshakeResult::malformed),
      answers("stops_inside_the_head", switching().substr(0, 40), 504, HandshakeResult::timeout),
      answers("is_silent", "", 504, HandshakeResult::timeout),
      {"sends_fin", [](Peer& upstream) { upstream.close(); }, 502, HandshakeResult::aborted},
      {"sends_fin_inside_the_head",
       [](Peer& upstream) {
         send_text(upstream, switching().substr(0, 40));
         upstream.close();
       },
       502, HandshakeResult::aborted},
      {"sends_rst", [](Peer& upstream) { upstream.reset(); }, 502, HandshakeResult::aborted}};
}

class OpeningFaultTest : public testing::TestWithParam<Fault> {};

TEST_P(OpeningFaultTest, IsReportedOnceAndAnswered) {
  const std::size_t descriptors = open_descriptors();
  {
    Proxied proxied(
        [](ProxyConfig& config) { config.services[0].timeouts.opening_handshake = 300ms; });
    const auto client = proxied.client();
    send_text(*client, request());
    const auto upstream = proxied.upstream.accept();
    EXPECT_TRUE(receive_head(*upstream).starts_with("GET /chat HTTP/1.1\r\n"));
    GetParam().upstream(*upstream);
    const std::string head = receive_head(*client);
    EXPECT_EQ(status_of(head), GetParam().status) << head;
    EXPECT_NE(head.find("Connection: close"), std::string::npos) << head;
    receive_rest(*client);
    EXPECT_EQ(client->end(), Peer::End::fin);
    client->close();
    EXPECT_EQ(proxied.handshakes(), std::vector{GetParam().result});
    EXPECT_EQ(proxied.observations().opened, 0);
  }
  EXPECT_EQ(open_descriptors(), descriptors);
}

INSTANTIATE_TEST_SUITE_P(Faults, OpeningFaultTest, testing::ValuesIn(faults()),
                         [](const auto& fault) { return fault.param.name; });

TEST(Opening, PassesTheAnswerOfARefusal) {
  Proxied proxied;
  const auto client = proxied.client();
  send_text(*client, request());
  const auto upstream = proxied.upstream.accept();
  receive_head(*upstream);
  send_text(*upstream,
            "HTTP/1.1 403 Forbidden\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nno!\r\n0\r\n\r\n");
  const std::string answer = receive_rest(*client);
  EXPECT_TRUE(answer.ends_with("\r\n\r\n3\r\nno!\r\n0\r\n\r\n")) << answer;
  EXPECT_EQ(upstream->wait_for_end(), Peer::End::fin);
}

TEST(Opening, IsAnsweredWhereTheUpstreamRefusesTheConnection) {
  Proxied proxied;
  proxied.upstream.refuse();
  const auto client = proxied.client();
  send_text(*client, request());
  EXPECT_EQ(status_of(receive_rest(*client)), 502U);
  client->close();
  EXPECT_EQ(proxied.handshakes(), std::vector{HandshakeResult::upstream_unreachable});
  EXPECT_EQ(
      proxied.service().connect_failures[static_cast<std::size_t>(ConnectFailure::refused)].value(),
      1U);
}

TEST(Opening, TriesTheNextUpstream) {
  Upstream dead;
  const std::uint16_t dead_port = dead.port();
  dead.refuse();
  Proxied proxied([&](ProxyConfig& config) {
    auto& upstreams = config.services[0].upstreams;
    upstreams.insert(upstreams.begin(), {.host = "127.0.0.1", .port = dead_port});
  });
  for (int i = 0; i < 2; ++i) {
    const auto client = proxied.client();
    send_text(*client, request());
    const auto upstream = proxied.upstream.accept();
    receive_head(*upstream);
    send_text(*upstream, switching());
    EXPECT_EQ(status_of(receive_head(*client)), 101U);
  }
}

TEST(Opening, IsAbortedByAClientThatGoes) {
  for (const bool reset : {false, true}) {
    Proxied proxied;
    const auto client = proxied.client();
    send_text(*client, request());
    const auto upstream = proxied.upstream.accept();
    receive_head(*upstream);
    reset ? client->reset() : client->close();
    EXPECT_NE(upstream->wait_for_end(), Peer::End::none);
    EXPECT_EQ(proxied.handshakes(), std::vector{HandshakeResult::aborted});
  }
}

TEST(Opening, TakesHeadsCutAnywhere) {
  Proxied proxied;
  const std::string asked = request();
  const std::string answered = switching();
  for (std::size_t cut = 1; cut < std::max(asked.size(), answered.size()); cut += 3) {
    const auto client = proxied.client();
    send_text(*client, asked.substr(0, cut));
    std::this_thread::sleep_for(1ms);
    send_text(*client, asked.substr(std::min(cut, asked.size())));
    const auto upstream = proxied.upstream.accept();
    receive_head(*upstream);
    send_text(*upstream, answered.substr(0, cut));
    std::this_thread::sleep_for(1ms);
    send_text(*upstream, answered.substr(std::min(cut, answered.size())));
    EXPECT_EQ(status_of(receive_head(*client)), 101U) << cut;
    client->reset();
    upstream->wait_for_end();
  }
}

TEST(Opening, HoldsWhatComesAheadOfTime) {
  Proxied proxied;
  const auto client = proxied.client();
  const std::string early = "\x81\x82\x01\x02\x03\x04ii";
  send_text(*client, request() + early);
  const auto upstream = proxied.upstream.accept();
  receive_head(*upstream);
  std::this_thread::sleep_for(250ms);
  EXPECT_FALSE([&] {
    char byte = 0;
    return ::recv(upstream->fd(), &byte, 1, MSG_DONTWAIT | MSG_PEEK) > 0;
  }());
  const std::string from_server = "\x81\x02hi";
  send_text(*upstream, switching() + from_server);
  EXPECT_EQ(receive_text(*upstream, early.size()), early);
  EXPECT_EQ(status_of(receive_head(*client)), 101U);
  EXPECT_EQ(receive_text(*client, from_server.size()), from_server);
}

TEST(Opening, PassesInterimAnswersOn) {
  Proxied proxied;
  const auto client = proxied.client();
  send_text(*client, request());
  const auto upstream = proxied.upstream.accept();
  receive_head(*upstream);
  send_text(*upstream, "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + switching());
  EXPECT_EQ(status_of(receive_head(*client)), 103U);
  EXPECT_EQ(status_of(receive_head(*client)), 101U);
  client->reset();
  upstream->wait_for_end();
  EXPECT_EQ(proxied.handshakes(), std::vector{HandshakeResult::opened});
  EXPECT_EQ(proxied.observations().connections.size(), 1U);
}

// Takes away every free descriptor while it lives.
class NoDescriptors {
 public:
  NoDescriptors() {
    getrlimit(RLIMIT_NOFILE, &before_);
    const rlimit none{.rlim_cur = 3, .rlim_max = before_.rlim_max};
    setrlimit(RLIMIT_NOFILE, &none);
  }
  ~NoDescriptors() { setrlimit(RLIMIT_NOFILE, &before_); }

 private:
  rlimit before_{};
};

TEST(Opening, IsAnsweredWithoutADescriptorForTheUpstream) {
  if (kSanitized) GTEST_SKIP() << "the sanitizer needs descriptors of its own";
  Proxied proxied;
  const auto client = proxied.client();
  send_text(*client, request().substr(0, 10));
  while (proxied.counters().handshakes.value() == 0) std::this_thread::sleep_for(1ms);
  {
    const NoDescriptors none;
    send_text(*client, request().substr(10));
    EXPECT_EQ(status_of(receive_rest(*client)), 503U);
  }
  client->close();
  EXPECT_EQ(proxied.handshakes(), std::vector{HandshakeResult::upstream_unreachable});
}

TEST(Listener, PausesWithoutDescriptorsAndNeverSpins) {
  if (kSanitized) GTEST_SKIP() << "the sanitizer needs descriptors of its own";
  Proxied proxied;
  const std::uint16_t port = proxied.port();
  const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
  Peer client{fd};
  {
    const NoDescriptors none;
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(port);
    ASSERT_EQ(::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    std::this_thread::sleep_for(450ms);
  }
  EXPECT_GE(proxied.counters().accept_pauses.value(), 2U);
  EXPECT_LE(proxied.counters().accept_pauses.value(), 6U);
  send_text(client, "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  EXPECT_TRUE(receive_head(*proxied.upstream.accept()).starts_with("GET / HTTP/1.1\r\n"));
}

}  // namespace
}  // namespace proxy
