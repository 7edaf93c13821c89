// Resets, half-closed connections, silence, and endpoints that are used again.

#include "capture/connection_tracker.h"
#include "tests/support/packet_edits.h"
#include "tests/support/verdicts.h"

namespace {

using namespace support;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::IsEmpty;
using websocket::Side;

constexpr const char* kClean = "client 1000, server 1000, client, closing_handshake";
constexpr const char* kBothGone = "client 1006, server 1006, server, reset";

void open(Conversation& c) {
  c.tcp_handshake();
  c.upgrade();
  c.client_ack();
}

void close(Conversation& c) {
  c.client_close(1000);
  c.server_close(1000);
  c.server_fin();
  c.client_fin();
  c.server_ack();
}

Packets joined(Packets packets, const Packets& more) {
  packets.insert(packets.end(), more.begin(), more.end());
  return packets;
}

// Something else long after, so that what was waited for is over.
Packets and_then(const Packets& packets, websocket::Duration later) {
  Conversation other{{.client = "10.9.9.9:9999", .start = packets.back().time + later}};
  other.tcp_handshake();
  return joined(packets, other.packets());
}

TEST(Resets, CountWhereTheStreamStands) {
  Conversation c;
  open(c);
  c.server_frame(text("x"));
  c.client_ack();
  c.server_rst();
  EXPECT_THAT(verdicts(c), ElementsAre(kBothGone));
}

TEST(Resets, AreIgnoredElsewhere) {
  for (const std::int64_t wrong : {-1, -100, (1 << 30) + 200}) {
    Conversation c;
    open(c);
    c.send_at(Side::server, static_cast<std::int64_t>(c.sent(Side::server)) + wrong, {},
              TcpFlag::rst | TcpFlag::ack);
    c.wait(seconds{10});
    c.server_frame(text("alive"));
    EXPECT_THAT(verdicts(c), ElementsAre("open")) << wrong;
    close(c);
    EXPECT_THAT(verdicts(c), ElementsAre(kClean)) << wrong;
  }
}

TEST(Resets, AheadOfTheirBytesWaitForThem) {
  Conversation c;
  open(c);
  c.server_frame(text("x"));
  c.server_rst();
  const std::size_t rst = c.packets().size() - 1;
  EXPECT_THAT(verdicts(swapped(c.packets(), rst - 1)), ElementsAre(kBothGone));
  EXPECT_THAT(verdicts(without(c.packets(), rst - 1)),
              ElementsAre("client unknown, server 1006, unknown, gap"));
}

TEST(Resets, OfASenderThatLivesOnWereForged) {
  Conversation c;
  open(c);
  c.send_at(Side::server, static_cast<std::int64_t>(c.sent(Side::server)) + 5, {},
            TcpFlag::rst | TcpFlag::ack);
  c.server_frame(text("still here"));
  c.wait(seconds{10});
  close(c);
  EXPECT_THAT(verdicts(c), ElementsAre(kClean));
}

TEST(Resets, BehindACloseLoseItUnlessItWasAcknowledged) {
  for (const bool acknowledged : {false, true}) {
    Conversation c;
    open(c);
    c.server_frame(text("x"));
    c.client_close(1000, "", {.stale_acknowledgment = true});
    if (acknowledged) c.server_ack();
    c.send_at(Side::server, static_cast<std::int64_t>(c.sent(Side::server)), {}, TcpFlag::rst);
    EXPECT_THAT(verdicts(c),
                ElementsAre(acknowledged ? "client 1006, server 1000, client, unanswered_close"
                                         : "client 1006, server 1006, client, unanswered_close"));
  }
}

TEST(Resets, BehindAFinAndALateCloseChangeNothing) {
  Conversation c;  // client FIN, then the server's Close, then RST
  open(c);
  c.client_close(1000);
  c.client_fin();
  c.server_close(1000);
  c.send_at(Side::client, static_cast<std::int64_t>(c.sent(Side::client)) + 1, {}, TcpFlag::rst);
  EXPECT_THAT(verdicts(c), ElementsAre(kClean));
}

TEST(Resets, WithoutAckTellWhatTheyAnswer) {
  Conversation c;  // the server's last segment, which the client's RST answers, was not captured
  open(c);
  c.client_close(1000);
  c.client_fin();
  c.server_close(1000, "", {.lost = true});
  c.send_at(Side::client, static_cast<std::int64_t>(c.sent(Side::client)) + 1, {}, TcpFlag::rst);
  EXPECT_THAT(verdicts(c), ElementsAre("client unknown, server 1000, unknown, gap"));
}

TEST(HalfClose, IsDecidedAfterItsGrace) {
  Conversation c;
  open(c);
  c.client_close(1000);
  c.server_fin();
  c.client_ack();
  EXPECT_THAT(verdicts(and_then(c.packets(), seconds{4}), {.to_the_end = false}), IsEmpty());
  EXPECT_THAT(verdicts(and_then(c.packets(), seconds{6}), {.to_the_end = false}),
              ElementsAre("client 1006, server 1000, client, unanswered_close"));
}

TEST(HalfClose, LastsWhileTheOtherSideSpeaks) {
  Conversation c;
  open(c);
  c.client_fin();
  for (int i = 0; i < 5; ++i) {
    c.server_frame(text("more"));
    c.wait(seconds{3});
  }
  c.server_close(1001);
  c.server_fin();
  EXPECT_THAT(verdicts(c), ElementsAre("client 1001, server 1006, client, unanswered_close"));
}

TEST(Silence, IsReportedOnceAndRevivedByAnyByte) {
  Conversation c;
  open(c);
  c.client_frame(text("x"));
  // Enough packets of another connection, long after, for the sweep to pass by.
  Conversation other{{.client = "10.9.9.9:9999",
                      .start = c.now() + std::chrono::hours{3},
                      .step = std::chrono::microseconds{1}}};
  other.tcp_handshake();
  for (int i = 0; i < 6000; ++i) other.client_ack();
  const Packets silent = joined(c.packets(), other.packets());
  EXPECT_THAT(verdicts(silent), ElementsAre("client 1006, server 1006, unknown, vanished"));

  c.wait(std::chrono::hours{3} + std::chrono::minutes{1});
  const std::size_t before = c.packets().size();
  close(c);
  Packets revived = silent;
  revived.insert(revived.end(), c.packets().begin() + static_cast<std::ptrdiff_t>(before),
                 c.packets().end());
  Observations seen;
  track(revived, seen);
  ASSERT_EQ(seen.connections.size(), 2U);
  EXPECT_EQ(seen.connections[1].verdict(), kClean);
  EXPECT_FALSE(seen.connections[0].counted_before);
  EXPECT_TRUE(seen.connections[1].counted_before);
  EXPECT_EQ(seen.opened, 1);
  EXPECT_EQ(seen.revived, 1);
}

Conversation later(const Conversation& c, std::uint32_t isn) {
  return Conversation{{.client_isn = isn, .server_isn = isn + 7'000'000, .start = c.now()}};
}

TEST(ReusedEndpoints, AfterAFinAreANewConnection) {
  Conversation first;
  open(first);
  close(first);
  Conversation second = later(first, 900'000'000);
  open(second);
  second.server_close(1001);
  second.client_close(1001);
  second.server_fin();
  second.client_fin();
  EXPECT_THAT(verdicts(joined(first.packets(), second.packets())),
              ElementsAre(kClean, "client 1001, server 1001, server, closing_handshake"));
}

TEST(ReusedEndpoints, WithoutAFinEndTheFirstUnseen) {
  Conversation first;
  open(first);
  first.client_frame(text("x"));
  Conversation second = later(first, 900'000'000);
  open(second);
  close(second);
  const Packets both = joined(first.packets(), second.packets());
  const auto expected = ElementsAre("client unknown, server unknown, unknown, gap", kClean);
  EXPECT_THAT(verdicts(both), expected);
  const std::size_t syn = first.packets().size();
  EXPECT_THAT(verdicts(without(both, syn + 1)), expected) << "without its SYN and ACK";
  EXPECT_THAT(verdicts(each_twice(both)), expected);
}

TEST(ReusedEndpoints, AreNotBelievedOfASynAlone) {
  Conversation c;
  open(c);
  Conversation forged = later(c, 77'000'000);
  forged.tcp_handshake();
  const Packets one_syn = joined(c.packets(), first_packets(forged.packets(), 1));
  const std::size_t before = c.packets().size();
  c.client_frame(text("still here"));
  close(c);
  Packets all = one_syn;
  all.insert(all.end(), c.packets().begin() + static_cast<std::ptrdiff_t>(before),
             c.packets().end());
  EXPECT_THAT(verdicts(all), ElementsAre(kClean));
}

}  // namespace
