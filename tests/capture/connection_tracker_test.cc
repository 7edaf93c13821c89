// Whole conversations and what is said of them: the endings themselves, and what a capture does to
// them on the way. Reused endpoints, limits and other protocols are in connection_tracker_*_test.

#include "capture/connection_tracker.h"

#include "tests/support/endings.h"
#include "tests/support/packet_edits.h"
#include "tests/support/verdicts.h"

namespace {

using namespace support;
using testing::ElementsAre;
using testing::IsEmpty;
using websocket::Bytes;
using websocket::HandshakeSeen;
using websocket::Side;

constexpr const char* kClean = "client 1000, server 1000, client, closing_handshake";

void open(Conversation& c, const Upgrade& upgrade = {}) {
  c.tcp_handshake();
  c.upgrade(upgrade);
  c.client_ack();
}

void fins(Conversation& c) {
  c.server_fin();
  c.client_fin();
  c.server_ack();
}

void close(Conversation& c) {
  c.client_close(1000);
  c.server_close(1000);
  fins(c);
}

TEST(ConnectionTracker, TellsEveryEnding) {
  for (const Ending& ending : endings()) {
    EXPECT_THAT(verdicts(packets_of(ending)), ElementsAre(ending.verdict)) << ending.name;
    EXPECT_THAT(verdicts(each_twice(packets_of(ending))), ElementsAre(ending.verdict))
        << ending.name << ", each packet twice";
  }
}

TEST(ConnectionTracker, ReadsTheHandshakeHoweverItIsCut) {
  for (const std::size_t size : {1U, 2U, 7U, 100U}) {
    Conversation c;
    c.tcp_handshake();
    c.request({.path = "/a?token=secret", .host = "a.example"}, {.segment_size = size});
    c.response({.subprotocol = "chat", .extensions = "permessage-deflate"}, {.segment_size = size});
    close(c);
    Observations seen;
    track(c.packets(), seen);
    ASSERT_EQ(seen.connections.size(), 1U) << size;
    EXPECT_EQ(seen.connections[0].verdict(), kClean);
    EXPECT_EQ(seen.connections[0].host, "a.example");
    EXPECT_EQ(seen.connections[0].path, "/a");
    EXPECT_EQ(seen.connections[0].subprotocol, "chat");
    EXPECT_EQ(seen.connections[0].extensions, "permessage-deflate");
    EXPECT_EQ(seen.connections[0].handshake, HandshakeSeen::full);
    EXPECT_EQ(seen.opened, 1);
    EXPECT_EQ(seen.handshakes.size(), 1U);
  }
}

TEST(ConnectionTracker, ReadsAFrameInTheSegmentOfThe101) {
  Conversation c;
  c.tcp_handshake();
  c.request();
  ByteString bytes = bytes_of(upgrade_response({}));
  append(bytes, encode({text("welcome"), close_frame(1012)}, Side::server));
  c.send(Side::server, bytes);
  c.client_close(1012);
  fins(c);
  EXPECT_THAT(verdicts(c), ElementsAre("client 1012, server 1012, server, closing_handshake"));
}

TEST(ConnectionTracker, PutsTheLast101ByteInItsPlace) {
  Conversation c;  // the last LF alone in its segment
  c.tcp_handshake();
  c.request();
  const std::string response = upgrade_response({});
  c.send(Side::server, response.substr(0, response.size() - 1));
  c.send(Side::server, "\n");
  close(c);
  EXPECT_THAT(verdicts(c), ElementsAre(kClean));
}

TEST(ConnectionTracker, ReadsHeaderAndPayloadInSeparateSegments) {
  Conversation c;
  open(c);
  const ByteString frame = encode(close_frame(4001, "x"), Side::server);
  c.send(Side::server, Bytes(frame).first(2));
  c.client_ack();
  c.send(Side::server, Bytes(frame).subspan(2));
  c.client_close(4001);
  fins(c);
  EXPECT_THAT(verdicts(c), ElementsAre("client 4001, server 4001, server, closing_handshake"));
}

TEST(ConnectionTracker, AcceptsWhatPeersWriteIntoTheUpgrade) {
  const std::vector<Upgrade> upgrades{{.upgrade = "WebSocket"},
                                      {.connection = "keep-alive, Upgrade"},
                                      {.offered_extensions = "permessage-deflate"},
                                      {.accept = "d3JvbmcgYWNjZXB0"}};
  for (const Upgrade& upgrade : upgrades) {
    Conversation c;
    open(c, upgrade);
    close(c);
    EXPECT_THAT(verdicts(c), ElementsAre(kClean));
  }
}

TEST(ConnectionTracker, ReadsLargeSegments) {
  Conversation c{{.segment_size = 65'000}};
  open(c);
  c.server_frame(binary(ByteString(200'000, 'x')));
  close(c);
  EXPECT_THAT(verdicts(c), ElementsAre(kClean));
}

TEST(ConnectionTracker, FindsAFinAheadOfItsClose) {
  Conversation c;
  open(c);
  c.client_close(1000);
  const std::size_t at = c.packets().size();
  c.server_close(1000);
  c.server_fin();
  c.client_fin();
  EXPECT_THAT(verdicts(swapped(c.packets(), at)), ElementsAre(kClean));
  EXPECT_THAT(verdicts(moved(c.packets(), at, at + 2)), ElementsAre(kClean));
}

TEST(ConnectionTracker, IgnoresKeepAliveProbes) {
  Conversation c;
  open(c);
  for (int i = 0; i < 3; ++i) {
    c.keep_alive_probe(Side::client);
    c.server_ack();
    c.wait(std::chrono::minutes{30});
    c.keep_alive_probe(Side::server);
    c.client_ack();
  }
  close(c);
  c.keep_alive_probe(Side::client);
  EXPECT_THAT(verdicts(c), ElementsAre(kClean));
}

TEST(ConnectionTracker, ReportsEachCloseOfASide) {
  Conversation c;
  open(c);
  c.server_close(1001);
  c.server_close(1011);
  c.client_close(1001);
  fins(c);
  Observations seen;
  track(c.packets(), seen);
  ASSERT_EQ(seen.connections.size(), 1U);
  EXPECT_EQ(seen.connections[0].verdict(), "client 1001, server 1001, server, closing_handshake");
  EXPECT_THAT(seen.connections[0].closes(Side::server), ElementsAre("1001", "1011"));
}

// Each Close acknowledges what the other side had sent, whichever of them is captured first.
TEST(ConnectionTracker, KnowsWhichCloseAnswersWhich) {
  const auto talk = [](bool answers) {
    Conversation c;
    open(c);
    c.client_close(1009);
    c.server_close(1000, "", {.stale_acknowledgment = !answers});
    fins(c);
    return c.packets();
  };
  const auto answered = talk(true);
  constexpr std::size_t client_close = 6;
  EXPECT_THAT(verdicts(answered),
              ElementsAre("client unknown, server 1009, client, closing_handshake"));
  EXPECT_THAT(verdicts(swapped(answered, client_close)), ElementsAre(verdicts(answered)[0]));
  EXPECT_THAT(verdicts(swapped(talk(false), client_close)),
              ElementsAre("client unknown, server 1009, both, closing_handshake"));

  Conversation server_first;  // and the client's answer is captured first
  open(server_first);
  server_first.server_close(1000);
  server_first.client_close(1009);
  fins(server_first);
  const auto swapped_closes = swapped(server_first.packets(), client_close);
  EXPECT_THAT(verdicts(swapped_closes),
              ElementsAre("client 1000, server 1009, server, closing_handshake"));
}

TEST(ConnectionTracker, SubtractsAGapInsideAPayload) {
  Conversation c;
  open(c);
  ByteString frame = encode(binary(ByteString(3000, 'x')), Side::server);
  c.send(Side::server, Bytes(frame).first(1000));
  c.send(Side::server, Bytes(frame).subspan(1000, 1500), {.lost = true});
  c.send(Side::server, Bytes(frame).subspan(2500));
  c.client_ack();
  close(c);
  EXPECT_THAT(verdicts(c), ElementsAre(kClean));
}

TEST(ConnectionTracker, FindsTheCloseBehindALostHeader) {
  Conversation c;
  open(c);
  c.server_frame(text("lost"), {.lost = true});
  c.client_ack();
  close(c);
  EXPECT_THAT(verdicts(c), ElementsAre(kClean));
}

TEST(ConnectionTracker, SaysUnknownWhereACloseMayBeMissing) {
  Conversation c;
  open(c);
  c.client_close(1000);
  c.server_close(1000, "", {.lost = true});
  fins(c);
  EXPECT_THAT(verdicts(c), ElementsAre("client unknown, server 1000, unknown, gap"));
}

TEST(ConnectionTracker, FollowsOneDirectionAlone) {
  Conversation c;
  open(c);
  c.client_frame(text("hi"));
  close(c);
  for (const bool from_client : {true, false}) {
    Packets one_way;
    for (const TestPacket& packet : c.packets()) {
      if ((packet.bytes[29] == 1) == from_client) one_way.push_back(packet);  // 10.0.0.1
    }
    const auto seen = verdicts(one_way);
    EXPECT_THAT(seen, ElementsAre(from_client ? "client unknown, server 1000, unknown, gap"
                                              : "client 1000, server unknown, unknown, gap"));
  }
}

TEST(ConnectionTracker, JoinsMidwayWhicheverSideSpeaksFirst) {
  for (const char* client : {"10.0.0.1:40000", "10.0.0.1:80"}) {
    for (const Side first : websocket::kSides) {
      Conversation c{{.client = client, .server = "10.0.0.2:8080"}};
      for (int i = 0; i < 4; ++i) {
        c.frame(first, text("one"));
        c.frame(opposite(first), text("other"));
      }
      close(c);
      Observations seen;
      track(c.packets(), seen);
      ASSERT_EQ(seen.connections.size(), 1U) << client;
      EXPECT_EQ(seen.connections[0].verdict(), kClean) << client;
      EXPECT_EQ(to_string(seen.connections[0].client), client);
      EXPECT_EQ(seen.connections[0].handshake, HandshakeSeen::none);
    }
  }
}

TEST(ConnectionTracker, JoinsAtTheClose) {
  Conversation c;
  close(c);
  EXPECT_THAT(verdicts(c), ElementsAre(kClean));
}

TEST(ConnectionTracker, DoesNotJoinWhatIsNoWebSocket) {
  Conversation c;
  for (int i = 0; i < 50; ++i) {
    c.send(Side::client, "some request " + std::to_string(i));
    c.send(Side::server, "some answer " + std::to_string(i));
  }
  fins(c);
  EXPECT_THAT(verdicts(c), IsEmpty());
}

}  // namespace
