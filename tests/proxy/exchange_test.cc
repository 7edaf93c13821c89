#include "proxy/exchange.h"

#include <thread>

#include "tests/proxy/proxied.h"

namespace proxy {
namespace {

using namespace std::chrono_literals;

const std::string kGet = "GET /a HTTP/1.1\r\nHost: a.example\r\n\r\n";
const std::string kOk = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi";

std::string without_head(const std::string& message) {
  return message.substr(message.find("\r\n\r\n") + 4);
}

std::uint64_t timeouts(const Proxied& proxied, Timeout timeout) {
  return proxied.service().timeouts[static_cast<std::size_t>(timeout)].value();
}

TEST(Exchange, KeepsBothConnectionsForTheNextRequest) {
  Proxied proxied;
  const auto client = proxied.client();
  send_text(*client, kGet);
  const auto upstream = proxied.upstream.accept();
  for (int i = 0; i < 3; ++i) {
    if (i > 0) send_text(*client, kGet);
    EXPECT_TRUE(receive_head(*upstream).starts_with("GET /a HTTP/1.1\r\nHost: a.example\r\n"));
    send_text(*upstream, kOk);
    EXPECT_TRUE(receive_message(*client).ends_with("\r\n\r\nhi"));
  }
  EXPECT_FALSE(proxied.upstream.has_waiting());
  EXPECT_EQ(proxied.service().http_responses[1].value(), 3U);
}

TEST(Exchange, AnswersPipelinedRequestsInTheirOrder) {
  Proxied proxied;
  const auto client = proxied.client();
  send_text(*client, kGet + "POST /b HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc" + kGet);
  const auto upstream = proxied.upstream.accept();
  receive_head(*upstream);
  send_text(*upstream, kOk);
  EXPECT_TRUE(receive_message(*upstream).ends_with("\r\n\r\nabc"));
  send_text(*upstream, "HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n");
  receive_head(*upstream);
  send_text(*upstream, kOk);
  EXPECT_EQ(status_of(receive_message(*client)), 200U);
  EXPECT_EQ(status_of(receive_message(*client)), 201U);
  EXPECT_EQ(status_of(receive_message(*client)), 200U);
}

// How a response is framed, and what the client gets behind the head.
struct Framing {
  std::string name;
  std::string request;
  std::string response;
  std::string body;
  bool upstream_closes = false;
  bool client_stays = true;
};
void PrintTo(const Framing& framing, std::ostream* out) { *out << framing.name; }

class ResponseFramingTest : public testing::TestWithParam<Framing> {};

TEST_P(ResponseFramingTest, PassesWholeAndCutAnywhere) {
  const Framing& framing = GetParam();
  Proxied proxied;
  for (std::size_t cut = 0; cut < framing.response.size(); ++cut) {
    const auto client = proxied.client();
    send_text(*client, framing.request);
    const auto upstream = proxied.upstream.accept();
    receive_head(*upstream);
    send_text(*upstream, framing.response.substr(0, cut));
    if (cut % 7 == 1) std::this_thread::sleep_for(1ms);
    send_text(*upstream, framing.response.substr(cut));
    if (framing.upstream_closes) upstream->close();
    receive_head(*client);
    EXPECT_EQ(receive_text(*client, framing.body.size()), framing.body) << cut;
    if (framing.client_stays) {
      EXPECT_EQ(proxied.counters().exchanges.value(), 1U);
      client->close();
    } else {
      EXPECT_EQ(receive_rest(*client), "");
    }
    // The next round shall find no idle connection.
    upstream->close();
    ASSERT_TRUE(proxied.settles());
  }
}

INSTANTIATE_TEST_SUITE_P(
    Framings, ResponseFramingTest,
    testing::Values(
        Framing{"length", kGet, kOk, "hi"},
        Framing{"chunked", kGet,
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X\r\n\r\n"
                "3\r\nabc\r\n1;x=y\r\nd\r\n0\r\nX: y\r\n\r\n",
                "3\r\nabc\r\n1;x=y\r\nd\r\n0\r\nX: y\r\n\r\n"},
        Framing{"until_close", kGet, "HTTP/1.1 200 OK\r\n\r\nabc", "abc", true, false},
        Framing{"no_content", kGet, "HTTP/1.1 204 No Content\r\n\r\n", ""},
        Framing{"not_modified", kGet, "HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n", ""},
        Framing{"head", "HEAD / HTTP/1.1\r\nHost: a\r\n\r\n",
                "HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n", ""},
        Framing{"chunked_for_1_0", "GET / HTTP/1.0\r\nHost: a\r\n\r\n",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n", "abc",
                false, false}),
    [](const auto& framing) { return framing.param.name; });

TEST(Exchange, PassesAChunkedRequestWithTrailers) {
  Proxied proxied;
  const auto client = proxied.client();
  const std::string body = "5\r\nhello\r\n0\r\nX: y\r\n\r\n";
  send_text(*client, "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" + body);
  const auto upstream = proxied.upstream.accept();
  receive_head(*upstream);
  EXPECT_EQ(receive_text(*upstream, body.size()), body);
  send_text(*upstream, kOk);
  EXPECT_EQ(status_of(receive_message(*client)), 200U);
}

TEST(Exchange, Passes100ContinueThrough) {
  Proxied proxied;
  const auto client = proxied.client();
  send_text(*client,
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n");
  const auto upstream = proxied.upstream.accept();
  EXPECT_NE(receive_head(*upstream).find("100-continue"), std::string::npos);
  send_text(*upstream, "HTTP/1.1 100 Continue\r\n\r\n");
  EXPECT_EQ(status_of(receive_head(*client)), 100U);
  send_text(*client, "ab");
  EXPECT_EQ(receive_text(*upstream, 2), "ab");
  send_text(*upstream, kOk);
  EXPECT_EQ(status_of(receive_message(*client)), 200U);
}

TEST(Exchange, PassesAResponseThatComesBeforeTheRequestIsComplete) {
  Proxied proxied;
  const auto client = proxied.client();
  send_text(*client, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\nabc");
  const auto upstream = proxied.upstream.accept();
  receive_head(*upstream);
  send_text(*upstream, "HTTP/1.1 413 Content Too Large\r\nContent-Length: 0\r\n\r\n");
  const std::string head = receive_head(*client);
  EXPECT_EQ(status_of(head), 413U);
  EXPECT_NE(head.find("Connection: close"), std::string::npos);
  EXPECT_EQ(receive_rest(*client), "");
  EXPECT_EQ(client->end(), Peer::End::fin);
}

TEST(Exchange, PassesMegabytesBothWaysAtOnce) {
  Proxied proxied;
  const std::size_t size = std::size_t{8} << 20U;
  const std::string head_of_length = "Content-Length: " + std::to_string(size) + "\r\n\r\n";
  std::string sent(size, 'a');
  for (std::size_t i = 0; i < size; ++i) sent[i] = static_cast<char>('a' + i % 23);
  const auto client = proxied.client();
  std::thread sending([&] {
    send_text(*client, "POST / HTTP/1.1\r\nHost: a\r\n" + head_of_length);
    send_text(*client, sent);
  });
  const auto upstream = proxied.upstream.accept();
  receive_head(*upstream);
  std::thread echoing([&] {
    send_text(*upstream, "HTTP/1.1 200 OK\r\n" + head_of_length);
    for (std::size_t done = 0; done < size;) {
      const std::string piece = receive_text(*upstream, std::min<std::size_t>(40'000, size - done));
      if (piece.empty()) break;
      done += piece.size();
      send_text(*upstream, piece);
    }
  });
  receive_head(*client);
  const std::string received = receive_text(*client, size);
  sending.join();
  echoing.join();
  EXPECT_TRUE(received == sent);
}

// What the client gets when an upstream breaks its word.
struct Breach {
  std::string name;
  std::string response;
  bool reset = false;
  std::string received{};  // by the client; empty: a 502
  Peer::End end = Peer::End::fin;
};
void PrintTo(const Breach& breach, std::ostream* out) { *out << breach.name; }

class UpstreamBreachTest : public testing::TestWithParam<Breach> {};

TEST_P(UpstreamBreachTest, IsAnsweredOrPassedOn) {
  const std::size_t descriptors = open_descriptors();
  {
    Proxied proxied;
    const auto client = proxied.client();
    send_text(*client, kGet);
    const auto upstream = proxied.upstream.accept();
    receive_head(*upstream);
    send_text(*upstream, GetParam().response);
    if (!GetParam().response.empty()) std::this_thread::sleep_for(20ms);
    GetParam().reset ? upstream->reset() : upstream->close();
    const std::string head = receive_head(*client);
    const std::string body = receive_rest(*client);
    if (GetParam().received.empty()) {
      EXPECT_EQ(status_of(head), 502U) << head;
    } else {
      EXPECT_EQ(status_of(head), 200U);
      EXPECT_EQ(body, GetParam().received);
    }
    EXPECT_EQ(client->end(), GetParam().end);
  }
  EXPECT_EQ(open_descriptors(), descriptors);
}

const std::string kLong = "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc";
const std::string kChunks = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n";

INSTANTIATE_TEST_SUITE_P(
    Breaches, UpstreamBreachTest,
    testing::Values(
        Breach{"no_answer", ""}, Breach{"reset_without_an_answer", "", true},
        Breach{"half_a_head", "HTTP/1.1 200 OK\r\nContent-"}, Breach{"garbage", "garbage\r\n\r\n"},
        Breach{"two_lengths", "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\na"},
        Breach{"switches_without_being_asked",
               "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
               "Connection: Upgrade\r\n\r\n"},
        Breach{"ends_too_early", kLong, false, "abc", Peer::End::fin},
        Breach{"resets_inside_the_body", kLong, true, "abc", Peer::End::reset},
        Breach{"ends_inside_the_chunks", kChunks, false, "3\r\nabc\r\n", Peer::End::fin},
        Breach{"sends_a_bad_chunk", kChunks + "zz\r\n", false, "3\r\nabc\r\n", Peer::End::reset}),
    [](const auto& breach) { return breach.param.name; });

TEST(Exchange, TriesAgainWhenAReusedConnectionDied) {
  Proxied proxied;
  const auto client = proxied.client();
  send_text(*client, kGet);
  const auto first = proxied.upstream.accept();
  receive_head(*first);
  send_text(*first, kOk);
  receive_message(*client);
  send_text(*client, kGet);
  receive_head(*first);
  first->close();  // before any byte of an answer
  const auto second = proxied.upstream.accept();
  receive_head(*second);
  send_text(*second, kOk);
  EXPECT_EQ(status_of(receive_message(*client)), 200U);
}

TEST(Exchange, NeverRepeatsARequestThatMayNotBe) {
  Proxied proxied;
  const auto client = proxied.client();
  send_text(*client, kGet);
  const auto first = proxied.upstream.accept();
  receive_head(*first);
  send_text(*first, kOk);
  receive_message(*client);
  send_text(*client, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\na");
  receive_message(*first);
  first->close();
  EXPECT_EQ(status_of(receive_message(*client)), 502U);
  EXPECT_FALSE(proxied.upstream.has_waiting());
}

TEST(Exchange, LeavesIdleConnectionsThatClosedAlone) {
  Proxied proxied;
  const auto client = proxied.client();
  send_text(*client, kGet);
  auto first = proxied.upstream.accept();
  receive_head(*first);
  send_text(*first, kOk);
  receive_message(*client);
  first->close();
  std::this_thread::sleep_for(20ms);
  send_text(*client, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\na");
  const auto second = proxied.upstream.accept();
  receive_message(*second);
  send_text(*second, kOk);
  EXPECT_EQ(status_of(receive_message(*client)), 200U);
}

TEST(Exchange, HasALimitOnSilence) {
  Proxied proxied([](ProxyConfig& config) { config.services[0].timeouts.http_response = 200ms; });
  const auto client = proxied.client();
  send_text(*client, kGet);
  const auto upstream = proxied.upstream.accept();
  EXPECT_EQ(status_of(receive_rest(*client)), 504U);
  EXPECT_EQ(timeouts(proxied, Timeout::http), 1U);
  const auto slow = proxied.client();
  send_text(*slow, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nab");
  const auto waiting = proxied.upstream.accept();
  EXPECT_EQ(status_of(receive_rest(*slow)), 408U);
  EXPECT_EQ(timeouts(proxied, Timeout::http), 2U);
}

TEST(Exchange, StopsAMalformedBody) {
  Proxied proxied;
  const auto client = proxied.client();
  send_text(*client,
            "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nabc\r\n");
  const auto upstream = proxied.upstream.accept();
  EXPECT_EQ(status_of(receive_rest(*client)), 400U);
  const std::string passed = receive_rest(*upstream);
  EXPECT_EQ(without_head(passed), "2\r\nab");
}

TEST(Exchange, NoticesAClientThatReset) {
  Proxied proxied;
  const auto client = proxied.client();
  send_text(*client, kGet);
  const auto upstream = proxied.upstream.accept();
  receive_head(*upstream);
  client->reset();
  EXPECT_NE(upstream->wait_for_end(), Peer::End::none);
}

TEST(Exchange, ServesAClientThatOnlyEndedItsSide) {
  Proxied proxied;
  const auto client = proxied.client();
  send_text(*client, kGet);
  client->fin();
  const auto upstream = proxied.upstream.accept();
  receive_head(*upstream);
  std::this_thread::sleep_for(20ms);
  send_text(*upstream, kOk);
  EXPECT_TRUE(receive_rest(*client).ends_with("hi"));
}

}  // namespace
}  // namespace proxy
