// Opening handshakes that fail, other protocols, and the limits.

#include "capture/connection_tracker.h"
#include "capture/packet_decoder.h"
#include "tests/support/packet_edits.h"
#include "tests/support/verdicts.h"

namespace {

using namespace support;
using namespace std::string_literals;
using capture::Eviction;
using capture::FlowState;
using capture::Opaque;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::IsEmpty;
using websocket::Side;

constexpr const char* kClean = "client 1000, server 1000, client, closing_handshake";

void close(Conversation& c) {
  c.client_close(1000);
  c.server_close(1000);
  c.server_fin();
  c.client_fin();
  c.server_ack();
}

// A tracker that can be asked about itself.
struct Tracked {
  explicit Tracked(const capture::Limits& limits = {}) : tracker{limits, {}, services, seen} {}
  void add(const Packets& packets) {
    capture::Segment segment;
    for (const TestPacket& packet : packets) {
      const auto length = static_cast<std::uint32_t>(packet.bytes.size());
      if (decoder.decode(1, packet.bytes, length, packet.time, segment)) tracker.track(segment);
    }
  }
  std::uint64_t in_state(FlowState state) const {
    return tracker.counters().flows[static_cast<std::size_t>(state)].value();
  }
  std::uint64_t evicted(Eviction reason) const {
    return tracker.counters().evicted[static_cast<std::size_t>(reason)].value();
  }
  std::uint64_t opaque(Opaque reason) const {
    return tracker.counters().opaque[static_cast<std::size_t>(reason)].value();
  }

  Observations seen;
  capture::ServiceTable services;
  capture::PacketDecoder decoder{capture::PacketDecoder::Limits{}};
  capture::ConnectionTracker tracker;
};

TEST(OpeningHandshake, IsRefused) {
  for (const auto& [status, result] : {std::pair{403, "rejected_403"},
                                       {502, "rejected_502"},
                                       {302, "rejected_3xx"},
                                       {200, "rejected_2xx"},
                                       {418, "rejected_4xx"}}) {
    Conversation c;
    c.tcp_handshake();
    c.upgrade({.status = status, .body = "no"});
    c.server_fin();
    c.client_fin();
    EXPECT_THAT(handshake_results(c.packets()), ElementsAre(result));
    EXPECT_THAT(verdicts(c), IsEmpty());
  }
}

TEST(OpeningHandshake, IsRefusedAndThenGrantedOnTheSameConnection) {
  Conversation c;
  c.tcp_handshake();
  c.send(Side::client, "GET / HTTP/1.1\r\nHost: a.example\r\n\r\n");
  c.send(Side::server, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi");
  c.upgrade({.status = 401});
  c.upgrade();
  close(c);
  EXPECT_THAT(handshake_results(c.packets()), ElementsAre("rejected_401", "opened"));
  EXPECT_THAT(verdicts(c), ElementsAre(kClean));
}

TEST(OpeningHandshake, EndsBeforeTheAnswer) {
  Conversation reset;
  reset.tcp_handshake();
  reset.request();
  reset.server_rst();
  EXPECT_THAT(handshake_results(reset.packets()), ElementsAre("aborted"));
  Conversation fin;
  fin.tcp_handshake();
  fin.request();
  fin.server_fin();
  fin.client_fin();
  EXPECT_THAT(handshake_results(fin.packets()), ElementsAre("aborted"));
  Conversation garbage;
  garbage.tcp_handshake();
  garbage.request();
  garbage.send(Side::server, "SSH-2.0-OpenSSH_9.2\r\n\r\n");
  EXPECT_THAT(handshake_results(garbage.packets()), ElementsAre("malformed"));
}

TEST(OpeningHandshake, IsNotAnsweredInTime) {
  Conversation c;
  c.tcp_handshake();
  c.request();
  Tracked tracked;
  tracked.add(c.packets());
  tracked.tracker.advance(c.now() + seconds{59});
  EXPECT_THAT(tracked.seen.handshakes, IsEmpty());
  tracked.tracker.advance(c.now() + seconds{61});
  EXPECT_THAT(tracked.seen.handshakes, ElementsAre(websocket::HandshakeResult::timeout));
  tracked.tracker.finish();
  EXPECT_EQ(tracked.seen.handshakes.size(), 1U);
}

TEST(OpeningHandshake, MayHaveAProxyHeaderBeforeIt) {
  const std::string v1 = "PROXY TCP4 192.0.2.1 192.0.2.2 56324 443\r\n";
  const std::string v2 = "\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c"s + std::string(12, 'a');
  for (const std::string& header : {v1, v2}) {
    for (const bool alone : {false, true}) {
      Conversation c;
      c.tcp_handshake();
      if (alone) {
        c.send(Side::client, header);
        c.request();
      } else {
        c.send(Side::client, header + upgrade_request({}));
      }
      c.response();
      close(c);
      EXPECT_THAT(verdicts(c), ElementsAre(kClean));
    }
  }
}

TEST(OpeningHandshake, MayComeWithTheSyn) {
  Conversation c;  // TCP Fast Open (RFC 7413)
  const ByteString request = bytes_of(upgrade_request({}));
  c.send_at(Side::client, -1, request, TcpFlag::syn);
  c.lose(Side::client, 0);
  c.send(Side::client, request, {.lost = true});
  c.send_at(Side::server, -1, {}, TcpFlag::syn | TcpFlag::ack);
  c.client_ack();
  c.response();
  close(c);
  EXPECT_THAT(verdicts(c), ElementsAre(kClean));
}

TEST(OtherProtocols, AreCountedAndLeftAlone) {
  const auto first_words = [](Side side, std::string_view words) {
    Conversation c;
    c.tcp_handshake();
    c.send(side, words);
    c.send(opposite(side), "an answer");
    return c.packets();
  };
  Tracked tls;
  tls.add(first_words(Side::client, "\x16\x03\x01\x02\x00\x01hello"s));
  EXPECT_EQ(tls.opaque(Opaque::tls), 1U);
  EXPECT_EQ(tls.in_state(FlowState::opaque), 1U);
  Tracked http2;
  http2.add(first_words(Side::client, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"));
  EXPECT_EQ(http2.opaque(Opaque::http2), 1U);
  Tracked other;
  other.add(first_words(Side::client, "MAIL FROM:<a@example>\r\n"));
  EXPECT_EQ(other.in_state(FlowState::other), 1U);
  Tracked greeting;
  greeting.add(first_words(Side::server, "220 mail.example\r\n"));
  EXPECT_EQ(greeting.in_state(FlowState::other), 1U);
  Tracked http;
  http.add(first_words(Side::client, "POST / HTTP/1.1\r\n\r\n"));
  EXPECT_EQ(http.in_state(FlowState::undecided), 1U);
  for (Tracked* tracked : {&tls, &http2, &other, &greeting, &http}) {
    tracked->tracker.finish();
    EXPECT_THAT(tracked->seen.connections, IsEmpty());
    EXPECT_THAT(tracked->seen.handshakes, IsEmpty());
  }
}

Packets flow_of(int i, bool upgraded, websocket::Time start) {
  Conversation c{
      {.client = "10.0." + std::to_string(i / 250) + "." + std::to_string(i % 250) + ":40000",
       .start = start}};
  c.tcp_handshake();
  if (upgraded) c.upgrade();
  return c.packets();
}

TEST(Limits, EvictWhatWasNeverUpgradedFirst) {
  Tracked tracked{{.max_flows = 20}};
  websocket::Time now{seconds{1'700'000'000}};
  for (int i = 0; i < 10; ++i) tracked.add(flow_of(i, true, now += seconds{1}));
  for (int i = 10; i < 60; ++i) tracked.add(flow_of(i, false, now += seconds{1}));
  EXPECT_EQ(tracked.tracker.flows(), 20U);
  EXPECT_EQ(tracked.evicted(Eviction::capacity), 40U);
  EXPECT_EQ(tracked.in_state(FlowState::websocket), 10U);
  EXPECT_THAT(tracked.seen.connections, IsEmpty());
}

TEST(Limits, EvictTheLeastRecentlySeen) {
  Tracked tracked{{.max_flows = 20}};
  websocket::Time now{seconds{1'700'000'000}};
  for (int i = 0; i < 25; ++i) tracked.add(flow_of(i, true, now += seconds{1}));
  ASSERT_EQ(tracked.seen.connections.size(), 5U);
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(to_string(tracked.seen.connections[static_cast<std::size_t>(i)].client),
              "10.0.0." + std::to_string(i) + ":40000");
    EXPECT_EQ(tracked.seen.connections[static_cast<std::size_t>(i)].verdict(),
              "client unknown, server unknown, unknown, evicted");
  }
}

TEST(Limits, HoldForHeadsThatDoNotEnd) {
  Tracked tracked{{.buffered_bytes = 50'000}};
  websocket::Time now{seconds{1'700'000'000}};
  for (int i = 0; i < 20; ++i) {
    Conversation c{{.client = "10.0.0." + std::to_string(i) + ":40000", .start = now}};
    c.tcp_handshake();
    c.send(Side::client, "GET / HTTP/1.1\r\nX: " + std::string(8000, 'x'));
    tracked.add(c.packets());
  }
  EXPECT_GT(tracked.evicted(Eviction::memory), 5U);
  EXPECT_THAT(tracked.seen.connections, IsEmpty());
}

TEST(Limits, ForgetFlowsThatSayNothing) {
  Tracked tracked;
  const websocket::Time start{seconds{1'700'000'000}};
  for (int i = 0; i < 10; ++i) tracked.add(flow_of(i, false, start));
  tracked.tracker.advance(start + std::chrono::minutes{6});
  EXPECT_EQ(tracked.tracker.flows(), 0U);
  EXPECT_EQ(tracked.evicted(Eviction::idle), 10U);
}

TEST(Limits, ForgetFlowsThatEnded) {
  Tracked tracked;
  Conversation c;
  c.tcp_handshake();
  c.upgrade();
  close(c);
  tracked.add(c.packets());
  EXPECT_EQ(tracked.seen.connections.size(), 1U);
  EXPECT_EQ(tracked.tracker.flows(), 1U) << "for its last packets";
  tracked.tracker.advance(c.now() + seconds{2});
  EXPECT_EQ(tracked.tracker.flows(), 0U);
}

}  // namespace
