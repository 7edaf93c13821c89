#include "proxy/session.h"

#include <thread>

#include "tests/proxy/proxied.h"
#include "tests/support/upgrade.h"

namespace proxy {
namespace {

using namespace std::chrono_literals;
using support::Upgrade;
using support::upgrade_request;
using support::upgrade_response;
using websocket::HandshakeResult;

const std::string kGet = "GET /a HTTP/1.1\r\nHost: a.example\r\n\r\n";
const std::string kOk = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi";

std::uint64_t rejections(const Proxied& proxied, Rejection rejection) {
  return proxied.service().rejections[static_cast<std::size_t>(rejection)].value();
}

TEST(Session, GivesASlowHeadUp) {
  Proxied proxied([](ProxyConfig& config) { config.services[0].timeouts.request_head = 200ms; });
  const auto client = proxied.client();
  const auto silent = proxied.client();
  const auto begun = std::chrono::steady_clock::now();
  for (const char byte : std::string("GET / H")) {
    send_text(*client, std::string(1, byte));
    std::this_thread::sleep_for(20ms);
  }
  EXPECT_EQ(status_of(receive_rest(*client)), 408U);
  EXPECT_EQ(receive_rest(*silent), "");
  EXPECT_LT(std::chrono::steady_clock::now() - begun, 2s);
  EXPECT_EQ(proxied.service().timeouts[static_cast<std::size_t>(Timeout::head)].value(), 2U);
}

struct Bad {
  std::string name;
  std::string request;
  unsigned status;
};
void PrintTo(const Bad& bad, std::ostream* out) { *out << bad.name; }
class BadRequestTest : public testing::TestWithParam<Bad> {};

TEST_P(BadRequestTest, NeverReachesAnUpstream) {
  Proxied proxied;
  const auto client = proxied.client();
  send_text(*client, GetParam().request);
  EXPECT_EQ(status_of(receive_rest(*client)), GetParam().status);
  EXPECT_FALSE(proxied.upstream.has_waiting());
}

const std::string kPost = "POST / HTTP/1.1\r\nHost: a\r\n";
std::string upgrade_with(Upgrade upgrade) { return upgrade_request(upgrade); }

INSTANTIATE_TEST_SUITE_P(
    Requests, BadRequestTest,
    testing::Values(
        Bad{"no_host", "GET / HTTP/1.1\r\n\r\n", 400},
        Bad{"bare_lf", "GET / HTTP/1.1\nHost: a\n\n", 400},
        Bad{"length_and_chunks",
            kPost + "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400},
        Bad{"head_of_20_KiB", kPost + "X: " + std::string(20'000, 'x') + "\r\n\r\n", 431},
        Bad{"http_2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505},
        Bad{"upgrade_to_h2c",
            "GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n", 400},
        Bad{"key_of_another_length", upgrade_with({.key = "AAAA"}), 400}),
    [](const auto& bad) { return bad.param.name; });

TEST(Session, RefusesAVersionThatIsNot13WithOnesOwn) {
  Proxied proxied;
  const auto client = proxied.client();
  std::string request = upgrade_request(Upgrade{});
  const std::string field = "Sec-WebSocket-Version: 13";
  ASSERT_NE(request.find(field), std::string::npos);
  request.replace(request.find(field), field.size(), "Sec-WebSocket-Version: 12");
  send_text(*client, request);
  const std::string answer = receive_rest(*client);
  EXPECT_EQ(status_of(answer), 426U);
  EXPECT_NE(answer.find("Sec-WebSocket-Version: 13"), std::string::npos);
  client->close();
  EXPECT_EQ(proxied.handshakes(), std::vector{HandshakeResult::rejected_426});
}

TEST(Session, DeniesByRouteAndOrigin) {
  Proxied proxied([](ProxyConfig& config) {
    RouteOptions deny;
    deny.paths = {"/private"};
    RouteOptions rest;
    rest.service = "default";
    rest.allowed_origins = {"https://good.example"};
    config.routes = {deny, rest};
  });
  const auto denied = proxied.client();
  send_text(*denied, "GET /private/x HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_EQ(status_of(receive_rest(*denied)), 403U);
  const auto evil = proxied.client();
  send_text(*evil, upgrade_request({.request_headers = "Origin: https://evil.example\r\n"}));
  EXPECT_EQ(status_of(receive_rest(*evil)), 403U);
  const auto good = proxied.client();
  send_text(*good, upgrade_request({.request_headers = "Origin: https://good.example\r\n"}));
  const auto upstream = proxied.upstream.accept();
  receive_head(*upstream);
  send_text(*upstream, upgrade_response(Upgrade{}));
  EXPECT_EQ(status_of(receive_head(*good)), 101U);
  EXPECT_EQ(rejections(proxied, Rejection::denied), 1U);
  EXPECT_EQ(rejections(proxied, Rejection::origin), 1U);
}

TEST(Session, TurnsAwayAtTheLimit) {
  Proxied proxied([](ProxyConfig& config) { config.limits.connections = 1; });
  const auto first = proxied.client();
  send_text(*first, "GET");
  while (proxied.counters().handshakes.value() == 0) std::this_thread::sleep_for(1ms);
  const auto second = proxied.client();
  send_text(*second, upgrade_request(Upgrade{}));
  const std::string answer = receive_rest(*second);
  EXPECT_EQ(status_of(answer), 503U);
  EXPECT_NE(answer.find("Retry-After: "), std::string::npos);
  first->close();
  second->close();
  EXPECT_EQ(proxied.handshakes(), std::vector{HandshakeResult::rejected_503});
  EXPECT_EQ(rejections(proxied, Rejection::connection_limit), 1U);
}

TEST(Session, TurnsAwayWithACloseWhereThatIsAskedFor) {
  Proxied proxied([](ProxyConfig& config) {
    config.services[0].max_connections = 1;
    config.limits.at_limit = AtLimit::close_1013;
  });
  const auto first = proxied.client();
  send_text(*first, upgrade_request(Upgrade{}));
  const auto upstream = proxied.upstream.accept();
  receive_head(*upstream);
  send_text(*upstream, upgrade_response(Upgrade{}));
  receive_head(*first);
  const auto second = proxied.client();
  send_text(*second, upgrade_request(Upgrade{}));
  EXPECT_EQ(status_of(receive_head(*second)), 101U);
  const std::string frame = receive_rest(*second);
  ASSERT_GE(frame.size(), 4U);
  EXPECT_EQ(frame[0], '\x88');
  EXPECT_EQ(frame.substr(2, 2), "\x03\xf5");  // 1013
  EXPECT_EQ(rejections(proxied, Rejection::service_limit), 1U);
}

TEST(Session, BelievesAProxyHeader) {
  Proxied proxied([](ProxyConfig& config) { config.listeners[0].proxy_protocol = true; });
  const auto client = proxied.client();
  send_text(*client, "PROXY TCP4 192.0.2.7 198.51.100.1 4711 443\r\n" + kGet);
  const auto upstream = proxied.upstream.accept();
  EXPECT_NE(receive_head(*upstream).find("192.0.2.7"), std::string::npos);
  const auto without = proxied.client();
  send_text(*without, kGet);
  EXPECT_EQ(receive_rest(*without), "");
  EXPECT_EQ(rejections(proxied, Rejection::proxy_header), 1U);
}

TEST(Session, SendsAProxyHeader) {
  Proxied proxied(
      [](ProxyConfig& config) { config.services[0].proxy_protocol = ProxyProtocol::v1; });
  const auto client = proxied.client();
  send_text(*client, upgrade_request(Upgrade{}));
  const auto upstream = proxied.upstream.accept();
  EXPECT_TRUE(receive_head(*upstream).starts_with("PROXY TCP4 127.0.0.1 127.0.0.1 "));
}

TEST(Drain, EndsWhatIsIdleAndLetsTheRestFinish) {
  Proxied proxied([](ProxyConfig& config) { config.drain.window = 10ms; });
  const auto idle = proxied.client();
  send_text(*idle, kGet);
  const auto first = proxied.upstream.accept();
  receive_head(*first);
  send_text(*first, kOk);
  receive_message(*idle);
  const auto busy = proxied.client();
  send_text(*busy, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\na");
  receive_message(*first);
  proxied.drain();
  EXPECT_EQ(receive_rest(*idle), "");
  send_text(*first, kOk);
  const std::string last = receive_rest(*busy);
  EXPECT_NE(last.find("Connection: close"), std::string::npos);
  EXPECT_TRUE(last.ends_with("hi"));
  proxied.wait_for_end();
}

TEST(Drain, CutsAtTheDeadline) {
  Proxied proxied([](ProxyConfig& config) {
    config.drain.window = 10ms;
    config.drain.deadline = 300ms;
  });
  const auto client = proxied.client();
  send_text(*client, kGet);
  const auto upstream = proxied.upstream.accept();
  receive_head(*upstream);
  const auto begun = std::chrono::steady_clock::now();
  proxied.drain();
  proxied.wait_for_end();
  const auto took = std::chrono::steady_clock::now() - begun;
  EXPECT_GE(took, 250ms);
  EXPECT_LT(took, 3s);
}

TEST(Reload, KeepsConnectionsAndListenersAndMovesRoutes) {
  Proxied proxied;
  const std::uint16_t port = proxied.port();
  const auto tunnel = proxied.client();
  send_text(*tunnel, upgrade_request(Upgrade{}));
  const auto upstream = proxied.upstream.accept();
  receive_head(*upstream);
  send_text(*upstream, upgrade_response(Upgrade{}));
  receive_head(*tunnel);
  ProxyConfig config = proxied.config();
  config.routes = {RouteOptions{}};  // deny all
  std::vector<std::string> problems;
  EXPECT_TRUE(proxied.reload(config, problems));
  EXPECT_EQ(proxied.port(), port);
  const auto denied = proxied.client();
  send_text(*denied, kGet);
  EXPECT_EQ(status_of(receive_rest(*denied)), 403U);
  send_text(*upstream, "\x81\x02hi");
  EXPECT_EQ(receive_text(*tunnel, 4), "\x81\x02hi");
}

TEST(Reload, KeepsTheOldWhereTheNewCannotBe) {
  Proxied proxied;
  Upstream taken;
  ProxyConfig config = proxied.config();
  config.listeners.push_back({.address = {.host = "127.0.0.1", .port = taken.port()}, .tls = {}});
  config.routes = {RouteOptions{}};
  std::vector<std::string> problems;
  EXPECT_FALSE(proxied.reload(config, problems));
  ASSERT_EQ(problems.size(), 1U);
  EXPECT_EQ(problems[0], "cannot listen at 127.0.0.1:" + std::to_string(taken.port()) +
                             ": Address already in use");
  const auto client = proxied.client();
  send_text(*client, kGet);
  receive_head(*proxied.upstream.accept());
}

}  // namespace
}  // namespace proxy
