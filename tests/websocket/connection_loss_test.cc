// Connections of which bytes are missing: joined midway, cut, one direction only.

#include <gtest/gtest.h>

#include <string>

#include "tests/websocket/connection_feed.h"

namespace websocket {
namespace {

using support::bytes_of;
using support::close_frame;
using support::text;
using Phase = Connection::Phase;
using Start = Connection::Start;
constexpr Side client = Side::client;
constexpr Side server = Side::server;
constexpr auto kToServer = Direction::client_to_server;
constexpr auto kToClient = Direction::server_to_client;

TEST(ConnectionLoss, OfPayloadCostsNothing) {
  ConnectionFeed feed = ConnectionFeed::opened();
  TrafficCounters traffic;
  feed.connection().bind(0, &traffic);
  feed.send(server, {0x82, 126, 0x03, 0xe8, 1, 2, 3});
  feed.lose(server, 997);
  feed.send(server, {close_frame(1000)});
  feed.send(client, {close_frame(1000)});
  const ConnectionFacts facts = feed.facts();
  EXPECT_EQ(facts.stream(kToClient).missing_bytes, 997U);
  EXPECT_EQ(facts.stream(kToClient).gaps, 1U);
  EXPECT_TRUE(facts.stream(kToClient).synchronised);
  EXPECT_FALSE(facts.first_close(server)->recovered);
  EXPECT_EQ(feed.outcome().client_observed, CloseCode{1000});
  EXPECT_EQ(traffic.by_sender[1].payload_bytes.value(), facts.stream(kToClient).payload_bytes)
      << "the counters and the summary say the same";
}

TEST(ConnectionLoss, OfAHeaderIsUnknownNot1006) {
  ConnectionFeed feed = ConnectionFeed::opened();
  feed.lose(server, 10);
  feed.send(server, bytes_of(std::string(100, '\xee')));
  feed.end(server);
  feed.end(client);
  EXPECT_EQ(feed.outcome().client_observed, std::nullopt);
  EXPECT_EQ(feed.outcome().server_observed, kAbnormalClosure);
  EXPECT_EQ(feed.outcome().cause, Cause::gap);
}

TEST(ConnectionLoss, LeavesTheCloseAtTheEnd) {
  ConnectionFeed feed = ConnectionFeed::opened();
  feed.lose(client, 10);
  feed.send(client, {close_frame(1000, "bye")});
  EXPECT_TRUE(feed.connection().has_recovered_close(kToServer));
  feed.send(server, {close_frame(1000)});
  feed.end(server);
  const ConnectionFacts facts = feed.facts();
  ASSERT_NE(facts.first_close(client), nullptr);
  EXPECT_TRUE(facts.first_close(client)->recovered);
  EXPECT_EQ(facts.first_close(client)->reason, "bye");
  EXPECT_EQ(facts.stream(kToServer).frames[index(Opcode::close)], 1U);
  EXPECT_TRUE(facts.first_close(server)->answers) << "the server had received it";
  EXPECT_EQ(feed.outcome(),
            (Outcome{1000, 1000, Initiator::client, Cause::closing_handshake, CodeClass::normal}));
}

TEST(ConnectionLoss, LeavesTheOrderOfTwoClosesAtTheEnds) {
  for (const Side first : kSides) {
    ConnectionFeed feed = ConnectionFeed::opened();
    feed.lose(client, 10);
    feed.lose(server, 10);
    feed.send(first, {close_frame(1000)});
    feed.send(opposite(first), {close_frame(1000)});
    EXPECT_EQ(feed.outcome().initiator, first == client ? Initiator::client : Initiator::server);
    EXPECT_EQ(feed.outcome().cause, Cause::closing_handshake);
  }
}

// What a resynchronised stream shows is no Close unless it is the last thing in it; that there was
// none is not certain either.
TEST(ConnectionLoss, MakesACloseInTheMiddleUnknown) {
  ConnectionFeed feed = ConnectionFeed::opened();
  feed.lose(server, 10);
  for (int i = 0; i < 5; ++i) feed.send(server, {text("a"), text("b")});
  EXPECT_TRUE(feed.facts().stream(kToClient).synchronised);
  feed.send(server, {close_frame(1001)});
  EXPECT_EQ(feed.outcome().client_observed, CloseCode{1001});
  feed.send(server, {text("after")});
  feed.end(server);
  feed.end(client);
  EXPECT_EQ(feed.outcome().client_observed, std::nullopt);
}

// Nobody reads on behind a length with its top bit set: what looks like a Close there is none.
TEST(ConnectionLoss, BehindAnImpossibleLengthIsNoClose) {
  ConnectionFeed feed = ConnectionFeed::opened();
  feed.send(server, {0x82, 127, 0xff, 0, 0, 0, 0, 0, 0, 0});
  feed.send(server, {close_frame(4000)});
  feed.end(client);
  EXPECT_TRUE(feed.facts().stream(kToClient).violations.has(Violation::length_out_of_range));
  EXPECT_EQ(feed.facts().first_close(server), nullptr);
  EXPECT_EQ(feed.outcome().client_observed, kAbnormalClosure);
}

TEST(ConnectionLoss, OfTheAnswerIsMadeUpForByFrames) {
  ConnectionFeed feed;
  feed.send(client, bytes_of(support::upgrade_request({.path = "/p"})));
  feed.lose(server, 129);
  EXPECT_EQ(feed.connection().phase(), Phase::handshake);
  feed.send(client, {text("a")});
  EXPECT_EQ(feed.connection().phase(), Phase::open);
  EXPECT_EQ(feed.connection().handshake_summary()->result, HandshakeResult::opened);
  EXPECT_EQ(feed.connection().path(), "/p");
  const ConnectionFacts facts = feed.facts();
  EXPECT_EQ(feed.connection().summary(facts, {}).handshake, HandshakeSeen::request_only);

  ConnectionFeed by_close;
  by_close.send(client, bytes_of(support::upgrade_request({})));
  by_close.lose(server, 129);
  by_close.send(server, {close_frame(1008)});
  EXPECT_EQ(by_close.connection().phase(), Phase::handshake);
  by_close.connection().decide_phase_at_end();
  EXPECT_EQ(by_close.connection().phase(), Phase::open);
  EXPECT_EQ(by_close.outcome().client_observed, CloseCode{1008});
}

TEST(ConnectionLoss, OfTheRequestLeavesTheAnswer) {
  ConnectionFeed feed{Start::response};
  feed.send(server, bytes_of(support::upgrade_response({.subprotocol = "chat"})));
  EXPECT_EQ(feed.connection().phase(), Phase::open);
  EXPECT_FALSE(feed.connection().handshake_summary());
  feed.send(client, {text("a"), text("b")});
  feed.send(client, {text("c"), close_frame(1000)});
  feed.send(server, {close_frame(1000)});
  const ConnectionFacts facts = feed.facts();
  EXPECT_EQ(feed.connection().summary(facts, {}).handshake, HandshakeSeen::response_only);
  EXPECT_EQ(facts.stream(kToServer).frames[index(Opcode::text)], 3U);
  EXPECT_EQ(feed.outcome(),
            (Outcome{1000, 1000, Initiator::client, Cause::closing_handshake, CodeClass::normal}));
}

// Neither head could be read: every extension is possible.
TEST(ConnectionLoss, OfTheRequestAndTheAnswerAllowsEveryExtension) {
  ConnectionFeed feed{Start::response};
  feed.send(server, bytes_of("HTTP/1.1 101 Switching Prot"));
  feed.lose(server, 100);
  EXPECT_EQ(feed.connection().phase(), Phase::midstream);
  for (int i = 0; i < 4; ++i) feed.send(server, {text("a").compressed(), text("b").compressed()});
  EXPECT_EQ(feed.connection().phase(), Phase::open);
  EXPECT_EQ(feed.connection().buffered(), 0U);
  feed.send(server, {text("c").compressed()});
  EXPECT_EQ(feed.facts().stream(kToClient).frames[index(Opcode::text)], 9U);
  EXPECT_TRUE(feed.facts().stream(kToClient).synchronised);
}

TEST(ConnectionLoss, OfTheStartNeedsEvidence) {
  ConnectionFeed feed{Start::midstream};
  EXPECT_EQ(feed.connection().phase(), Phase::midstream);
  feed.send(client, {text("a"), text("b")});
  EXPECT_EQ(feed.connection().phase(), Phase::midstream);
  feed.send(server, {text("a"), text("b")});
  EXPECT_EQ(feed.connection().phase(), Phase::open);
  EXPECT_FALSE(feed.connection().take_sides_swapped());
  EXPECT_FALSE(feed.connection().handshake_summary());
  feed.send(client, {close_frame(1000)});
  feed.send(server, {close_frame(1000)});
  EXPECT_EQ(feed.outcome().cause, Cause::closing_handshake);
  EXPECT_EQ(feed.outcome().initiator, Initiator::client);
}

// The client is the side that masks, whoever was taken for it.
TEST(ConnectionLoss, OfTheStartLearnsItsSides) {
  ConnectionFeed feed{Start::midstream};
  feed.send(client, support::encode({support::ping("p"), text("b")}, server));
  feed.send(server, support::encode({support::pong("p"), text("b")}, client));
  EXPECT_EQ(feed.connection().phase(), Phase::open);
  EXPECT_TRUE(feed.connection().take_sides_swapped());
  EXPECT_FALSE(feed.connection().take_sides_swapped()) << "once";
  const auto round_trip = feed.connection().take_round_trip();
  ASSERT_TRUE(round_trip);
  EXPECT_EQ(round_trip->ping_sender, server) << "turned round with the sides";
  feed.send(client, {close_frame(1001)});
  feed.end(client);
  EXPECT_EQ(feed.outcome().server_observed, CloseCode{1001});
}

TEST(ConnectionLoss, OfTheStartMayBeDecidedByItsCloses) {
  ConnectionFeed feed{Start::midstream};
  feed.send(client, {text("x"), close_frame(1000)});
  feed.send(server, {close_frame(1000)});
  feed.connection().decide_phase_at_end();
  EXPECT_EQ(feed.connection().phase(), Phase::open);

  ConnectionFeed nothing{Start::midstream};
  nothing.send(server, {close_frame(1000)});
  nothing.connection().decide_phase_at_end();
  EXPECT_EQ(nothing.connection().phase(), Phase::midstream) << "one may be chance";
}

TEST(ConnectionLoss, OfTheStartIsHopelessWhereNothingLooksRight) {
  ConnectionFeed feed{Start::midstream};
  for (int i = 0; i < 1001; ++i) {
    feed.send(client, bytes_of("\x83\x01"));
  }
  EXPECT_TRUE(feed.connection().hopeless());
}

TEST(ConnectionLoss, OfOneDirectionLeavesTheOther) {
  ConnectionFeed feed{Start::midstream};
  for (int i = 0; i < 4; ++i) feed.send(server, {text("a"), text("b")});
  EXPECT_EQ(feed.connection().phase(), Phase::open);
  feed.send(server, {close_frame(1012)});
  feed.end(server);
  EXPECT_EQ(feed.outcome().client_observed, CloseCode{1012});
  EXPECT_EQ(feed.outcome().server_observed, std::nullopt);
  EXPECT_EQ(feed.outcome().cause, Cause::gap);
}

// A Pong may be among the missing bytes.
TEST(ConnectionLoss, SaysNothingAboutPings) {
  ConnectionFeed feed = ConnectionFeed::opened();
  feed.send(server, {support::ping("p")});
  EXPECT_TRUE(feed.facts().stream(kToClient).oldest_unanswered_ping);
  feed.lose(client, 7);
  EXPECT_FALSE(feed.facts().stream(kToClient).oldest_unanswered_ping);
}

}  // namespace
}  // namespace websocket
