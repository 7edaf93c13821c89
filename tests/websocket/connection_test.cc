// A connection that is followed from its opening handshake on.

#include "websocket/connection.h"

#include <gtest/gtest.h>

#include <string>

#include "tests/websocket/connection_feed.h"
#include "tests/websocket/pieces.h"

namespace websocket {
namespace {

using support::bytes_of;
using support::close_frame;
using support::text;
using Phase = Connection::Phase;
constexpr Side client = Side::client;
constexpr Side server = Side::server;
constexpr auto kToServer = Direction::client_to_server;
constexpr auto kToClient = Direction::server_to_client;
using std::chrono::milliseconds;

TEST(Connection, IsOpenWhenItsHandshakeIs) {
  ConnectionFeed feed;
  EXPECT_EQ(feed.connection().phase(), Phase::handshake);
  EXPECT_FALSE(feed.connection().handshake_summary());
  const support::Upgrade upgrade{.path = "/ws?secret", .host = "chat.example"};
  feed.send(client, bytes_of(support::upgrade_request(upgrade)));
  ASSERT_TRUE(feed.connection().handshake_summary());
  EXPECT_EQ(feed.connection().handshake_summary()->result, HandshakeResult::aborted);
  feed.send(server, bytes_of(support::upgrade_response(upgrade)));
  EXPECT_EQ(feed.connection().phase(), Phase::open);
  EXPECT_EQ(feed.connection().handshake_summary()->result, HandshakeResult::opened);
  EXPECT_EQ(feed.connection().handshake_summary()->duration, milliseconds{100});
  EXPECT_EQ(feed.connection().host(), "chat.example");
  EXPECT_EQ(feed.connection().path(), "/ws");
  EXPECT_EQ(feed.connection().opened(), feed.now());
  EXPECT_EQ(feed.connection().buffered(), 0U);
}

TEST(Connection, IsRefusedByAnyOtherAnswer) {
  ConnectionFeed feed;
  feed.send(client, bytes_of(support::upgrade_request({})));
  feed.send(server, bytes_of(support::upgrade_response({.status = 403})));
  EXPECT_EQ(feed.connection().phase(), Phase::refused);
  EXPECT_EQ(feed.connection().handshake_summary()->result, HandshakeResult::rejected_403);

  ConnectionFeed plain;
  plain.send(client, bytes_of("GET / HTTP/1.1\r\n\r\n"));
  EXPECT_EQ(plain.connection().phase(), Phase::refused);
  EXPECT_FALSE(plain.connection().handshake_summary()) << "it was none";

  ConnectionFeed cut;
  cut.send(client, bytes_of("GET / HT"));
  cut.lose(client, 10);
  EXPECT_EQ(cut.connection().phase(), Phase::refused);
}

TEST(Connection, FollowsFramesRightBehindTheHeads) {
  ConnectionFeed feed;
  support::ByteString request = bytes_of(support::upgrade_request({}));
  support::append(request, support::encode(text("early"), client));
  feed.send(client, request);
  support::ByteString response = bytes_of(support::upgrade_response({}));
  support::append(response, support::encode({text("hi"), close_frame(1012)}, server));
  feed.send(server, response);
  const ConnectionFacts facts = feed.facts();
  EXPECT_EQ(facts.stream(kToServer).frames[index(Opcode::text)], 1U);
  EXPECT_EQ(facts.stream(kToClient).frames[index(Opcode::text)], 1U);
  ASSERT_NE(facts.first_close(server), nullptr);
  EXPECT_EQ(facts.first_close(server)->code, CloseCode{1012});
}

TEST(Connection, ComesToTheSameEndInWhateverPieces) {
  const support::ByteString closing =
      support::encode({text("bye"), close_frame(4000, "done")}, client);
  for (const Pieces& pieces : every_way_to_cut(closing)) {
    ConnectionFeed feed = ConnectionFeed::opened();
    for (const support::ByteString& piece : pieces) feed.send(client, piece);
    feed.send(server, {close_frame(4000)});
    feed.end(server);
    feed.end(client);
    EXPECT_TRUE(feed.connection().ended());
    EXPECT_EQ(feed.outcome(), (Outcome{4000, 4000, Initiator::client, Cause::closing_handshake,
                                       CodeClass::application}));
  }
}

TEST(Connection, TellsAnAnswerFromACrossingClose) {
  ConnectionFeed answered = ConnectionFeed::opened();
  answered.send(client, {close_frame(1000)});
  EXPECT_FALSE(answered.connection().closing());
  answered.send(server, {close_frame(1000)});
  EXPECT_TRUE(answered.connection().closing());
  EXPECT_FALSE(answered.facts().first_close(client)->answers);
  EXPECT_TRUE(answered.facts().first_close(server)->answers);

  ConnectionFeed crossing = ConnectionFeed::opened();
  const std::uint64_t before = crossing.position(client);
  crossing.send(client, {close_frame(1000)});
  crossing.send_having_seen(before, server, support::encode(close_frame(1001), server));
  EXPECT_FALSE(crossing.facts().first_close(server)->answers);
  EXPECT_EQ(crossing.outcome().initiator, Initiator::both);
}

TEST(Connection, KnowsWhetherAResetTookACloseAway) {
  ConnectionFeed lost = ConnectionFeed::opened();
  const std::uint64_t before = lost.position(server);
  lost.send(server, {close_frame(1001)});
  lost.end_having_seen(before, client, EndKind::reset);
  EXPECT_FALSE(lost.facts().first_close(server)->delivered);
  EXPECT_EQ(lost.outcome().client_observed, kAbnormalClosure);

  ConnectionFeed read = ConnectionFeed::opened();
  read.send(server, {close_frame(1001)});
  read.connection().acknowledge(kToClient, read.position(server));
  read.end_having_seen(before, client, EndKind::reset);
  EXPECT_TRUE(read.facts().first_close(server)->delivered);
  EXPECT_EQ(read.outcome().client_observed, CloseCode{1001});

  ConnectionFeed both = ConnectionFeed::opened();
  both.send(server, {close_frame(1001)});
  both.send_having_seen(before, client, support::encode(close_frame(1000), client));
  both.end_having_seen(before, client, EndKind::reset);
  EXPECT_TRUE(both.facts().first_close(server)->delivered) << "a reset after both is clean";

  ConnectionFeed unsent = ConnectionFeed::opened();
  unsent.send(server, {close_frame(1001)});
  const std::uint64_t until = unsent.position(client);
  unsent.send(client, {close_frame(1001)});
  unsent.end(server, EndKind::reset);
  unsent.connection().pass_on_until(Direction::client_to_server, until);
  EXPECT_FALSE(unsent.facts().first_close(client)->delivered) << "a proxy could not pass it on";
  EXPECT_EQ(unsent.outcome().server_observed, kAbnormalClosure);
  EXPECT_EQ(unsent.outcome().cause, Cause::unanswered_close);
}

TEST(Connection, SeesAnEndBeforeTheAnswerCouldArrive) {
  ConnectionFeed feed = ConnectionFeed::opened();
  feed.send(server, {close_frame(1008)});
  const std::uint64_t before = feed.position(client);
  feed.send(client, {close_frame(1008)});
  feed.end_having_seen(before, server);
  EXPECT_TRUE(feed.facts().stream(kToClient).ended_before_answer);
  feed.end(client);
  EXPECT_FALSE(feed.facts().stream(kToServer).ended_before_answer);
}

TEST(Connection, KeepsEightClosesAndCountsAll) {
  ConnectionFeed feed = ConnectionFeed::opened();
  for (std::uint16_t i = 0; i < 20; ++i) {
    feed.send(server, {close_frame(static_cast<std::uint16_t>(4000 + i))});
  }
  feed.send(client, {close_frame(1000)});
  const ConnectionFacts facts = feed.facts();
  EXPECT_EQ(facts.close_frames.size(), kMaxCloseFrames);
  ASSERT_NE(facts.first_close(client), nullptr) << "there is a place for the other side's";
  EXPECT_EQ(feed.outcome().server_observed, CloseCode{1000});
  EXPECT_EQ(facts.first_close(server)->code, CloseCode{4000});
  EXPECT_EQ(facts.stream(kToClient).frames[index(Opcode::close)], 20U);
  EXPECT_TRUE(facts.stream(kToClient).violations.has(Violation::data_after_close));
  for (const CloseFrame& close : facts.close_frames) EXPECT_TRUE(close.valid());
}

TEST(Connection, FindsViolations) {
  const auto violations = [](const support::ByteString& wire, Side sender) {
    ConnectionFeed feed = ConnectionFeed::opened();
    feed.send(sender, wire);
    return feed.facts().stream(sent_by(sender)).violations;
  };
  const auto of_server = [&](std::initializer_list<support::Frame> frames) {
    return violations(support::encode(frames, server), server);
  };
  using enum Violation;
  EXPECT_TRUE(of_server({text("a").first(), support::ping(), support::continuation("b")}).empty())
      << "a ping may come between fragments";
  EXPECT_TRUE(of_server({support::continuation("b")}).has(unexpected_continuation));
  EXPECT_TRUE(of_server({text("a").first(), text("b")}).has(message_interrupted));
  EXPECT_TRUE(of_server({text("a").compressed()}).has(reserved_bits));
  EXPECT_TRUE(of_server({close_frame(1000), text("a")}).has(data_after_close));
  EXPECT_TRUE(of_server({close_frame(999)}).has(invalid_close_code));
  EXPECT_TRUE(of_server({support::close_frame_of({1})}).has(one_byte_close));
  EXPECT_TRUE(of_server({close_frame(1000, "\xff")}).has(close_reason_not_utf8));
  EXPECT_TRUE(violations(support::encode(text("a"), server), client).has(unmasked_client_frame));

  // The reason of an overlong Close is cut by us, not by its sender.
  const Violations overlong = of_server({close_frame(1000, std::string(122, 'r') + "\xc3\xbc")});
  EXPECT_EQ(overlong.size(), 1);
  EXPECT_TRUE(overlong.has(control_frame_too_long));
}

TEST(Connection, AllowsTheBitsOfAcceptedExtensions) {
  ConnectionFeed feed = ConnectionFeed::opened({.extensions = "permessage-deflate"});
  feed.send(server, {text("a").compressed()});
  EXPECT_TRUE(feed.facts().stream(kToClient).violations.empty());
}

TEST(Connection, MeasuresRoundTrips) {
  ConnectionFeed feed = ConnectionFeed::opened();
  feed.send(server, {support::ping("one")});
  EXPECT_EQ(feed.facts().stream(kToClient).unanswered_pings, 1U);
  EXPECT_EQ(feed.facts().stream(kToClient).oldest_unanswered_ping, feed.now());
  EXPECT_FALSE(feed.connection().take_round_trip());
  feed.send(client, {support::pong("one")});
  const auto round_trip = feed.connection().take_round_trip();
  ASSERT_TRUE(round_trip);
  EXPECT_EQ(round_trip->ping_sender, server);
  EXPECT_EQ(round_trip->time, milliseconds{100});
  EXPECT_FALSE(feed.connection().take_round_trip()) << "once";
  EXPECT_EQ(feed.facts().stream(kToClient).unanswered_pings, 0U);
  EXPECT_FALSE(feed.facts().stream(kToClient).oldest_unanswered_ping);
}

// RFC 6455 section 5.5.3: a Pong may be unsolicited, and one may answer several Pings.
TEST(Connection, MatchesPongsByTheirBody) {
  ConnectionFeed feed = ConnectionFeed::opened();
  const auto unanswered = [&] { return feed.facts().stream(kToServer).unanswered_pings; };
  feed.send(server, {support::pong("heartbeat")});
  feed.send(client, {support::ping("one")});
  feed.send(server, {support::pong("heartbeat")});
  EXPECT_EQ(unanswered(), 1U);
  EXPECT_FALSE(feed.connection().take_round_trip());
  feed.send(client, {support::ping("two")});
  EXPECT_EQ(unanswered(), 2U);
  feed.send(server, {support::pong("one")});
  EXPECT_EQ(unanswered(), 1U) << "one of them was answered, not the latest";
  feed.send(client, {support::ping("three")});
  feed.send(server, {support::pong("three")});
  EXPECT_EQ(unanswered(), 0U) << "the latest answers all before it";
}

TEST(Connection, IsRevived) {
  ConnectionFeed feed = ConnectionFeed::opened();
  feed.end(client, EndKind::silence);
  feed.end(server, EndKind::silence);
  EXPECT_TRUE(feed.connection().ended());
  EXPECT_EQ(feed.outcome().cause, Cause::vanished);
  feed.connection().revive();
  EXPECT_FALSE(feed.connection().ended());
  EXPECT_FALSE(feed.connection().closing());
  feed.send(client, {close_frame(1000)});
  feed.send(server, {close_frame(1000)});
  EXPECT_EQ(feed.outcome().cause, Cause::closing_handshake);
}

TEST(Connection, KeepsAnEndOnce) {
  ConnectionFeed feed = ConnectionFeed::opened();
  feed.end(server);
  const Time first = feed.now();
  feed.end(server);
  feed.end(server, EndKind::reset);
  feed.end(server, EndKind::reset);
  EXPECT_EQ(feed.facts().stream_ends.size(), 2U);
  EXPECT_EQ(feed.facts().first_end(server)->at, first);
}

TEST(Connection, CountsItsTrafficFromTheStart) {
  ConnectionFeed feed = ConnectionFeed::opened();
  feed.send(client, {text("12345")});
  TrafficCounters traffic;
  feed.connection().bind(3, &traffic);
  EXPECT_EQ(feed.connection().service(), 3);
  EXPECT_EQ(traffic.by_sender[0].payload_bytes.value(), 5U);
  feed.send(client, {text("67"), support::ping("x")});
  feed.send(server, {support::binary({1, 2, 3})});
  EXPECT_EQ(traffic.by_sender[0].frames[index(Opcode::text)].value(), 2U);
  EXPECT_EQ(traffic.by_sender[0].frames[index(Opcode::ping)].value(), 1U);
  EXPECT_EQ(traffic.by_sender[0].payload_bytes.value(), 8U);
  EXPECT_EQ(traffic.by_sender[1].frames[index(Opcode::binary)].value(), 1U);
  EXPECT_EQ(traffic.by_sender[1].payload_bytes.value(), 3U);
}

TEST(Connection, IsSummedUp) {
  ConnectionFeed feed =
      ConnectionFeed::opened({.path = "/a", .subprotocol = "chat", .extensions = "x-e"});
  feed.send(client, {close_frame(1000)});
  feed.send(server, {close_frame(1000)});
  feed.end(server);
  const ConnectionFacts facts = feed.facts();
  const ConnectionSummary summary = feed.connection().summary(facts, {});
  EXPECT_EQ(summary.path, "/a");
  EXPECT_EQ(summary.subprotocol, "chat");
  EXPECT_EQ(summary.extensions, "x-e");
  EXPECT_EQ(summary.handshake, HandshakeSeen::full);
  EXPECT_EQ(summary.closing_handshake, milliseconds{100});
  EXPECT_EQ(summary.ended, feed.now());
  EXPECT_EQ(summary.outcome, feed.outcome());
}

}  // namespace
}  // namespace websocket
