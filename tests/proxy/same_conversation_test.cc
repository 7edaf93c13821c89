// One script of bytes and endings played through the capture, as packets, and through the proxy, as
// sockets: both must say the same of it.

#include <gtest/gtest.h>

#include <string>
#include <variant>
#include <vector>

#include "tests/proxy/relayed.h"
#include "tests/support/conversation.h"

namespace proxy {
namespace {

using support::binary;
using support::ByteString;
using support::close_frame;
using support::close_frame_of;
using support::continuation;
using support::Frame;
using support::ping;
using support::pong;
using support::text;
using websocket::Side;

constexpr Side client = Side::client;
constexpr Side server = Side::server;

enum class Act { fin, rst };

struct Step {
  Side side;
  std::variant<ByteString, Act> what;
};

Step sends(Side side, std::initializer_list<Frame> frames) { return {side, encode(frames, side)}; }
Step raw(Side side, ByteString bytes) { return {side, std::move(bytes)}; }
Step fin(Side side) { return {side, Act::fin}; }
Step rst(Side side) { return {side, Act::rst}; }

struct Script {
  std::string name;
  std::vector<Step> steps;
  support::Upgrade upgrade{};
};

// What both must agree on.
std::string told(const support::ObservedConnection& connection) {
  std::string text = connection.verdict();
  text += "; host " + connection.host + ", path " + connection.path + ", subprotocol " +
          connection.subprotocol + ", extensions " + connection.extensions;
  for (const Side side : websocket::kSides) {
    const websocket::StreamFacts& stream = connection.facts.stream(sent_by(side));
    text += "\n" + std::string(name(side)) + ": " + connection.frames(side) + ", closes";
    for (const std::string& close : connection.closes(side)) text += " " + close;
    text += ", " + std::to_string(stream.payload_bytes) + " payload bytes, " +
            std::to_string(stream.unanswered_pings) + " pings unanswered";
    if (stream.mid_frame) text += ", within a frame";
    if (!stream.synchronised) text += ", lost";
    for (std::size_t i = 0; i < websocket::kViolationCount; ++i) {
      const auto violation = static_cast<websocket::Violation>(i);
      if (stream.violations.has(violation)) text += ", " + std::string(name(violation));
    }
  }
  text += "\nends:";
  for (const websocket::StreamEnd& end : connection.facts.stream_ends) {
    text += " " + std::string(name(end.sender)) + " " + std::string(name(end.how));
  }
  return text;
}

std::string through_capture(const Script& script) {
  support::Conversation conversation;
  conversation.tcp_handshake();
  conversation.upgrade(script.upgrade);
  for (const Step& step : script.steps) {
    if (const auto* bytes = std::get_if<ByteString>(&step.what)) {
      conversation.send(step.side, *bytes);
      conversation.ack(opposite(step.side));
    } else if (std::get<Act>(step.what) == Act::fin) {
      conversation.fin(step.side);
      conversation.ack(opposite(step.side));
    } else {
      conversation.rst(step.side);
    }
  }
  support::Observations observations;
  track(conversation.packets(), observations);
  if (observations.connections.size() != 1) return "not one connection";
  return told(observations.connections.front());
}

std::string through_proxy(const Script& script) {
  Relayed relayed({}, script.upgrade);
  for (const Step& step : script.steps) {
    Peer& from = step.side == client ? relayed.client : relayed.server;
    Peer& to = step.side == client ? relayed.server : relayed.client;
    if (const auto* bytes = std::get_if<ByteString>(&step.what)) {
      EXPECT_TRUE(from.send(*bytes));
      // What the next step does, it does knowing of this one.
      EXPECT_TRUE(to.receive(bytes->size()) == *bytes);
    } else if (std::get<Act>(step.what) == Act::fin) {
      from.fin();
      EXPECT_EQ(to.wait_for_end(), Peer::End::fin);
    } else {
      from.reset();
      EXPECT_EQ(to.wait_for_end(), Peer::End::reset);
    }
  }
  return told(relayed.ended());
}

std::vector<Script> scripts() {
  return {
      {"closed by the client",
       {sends(client, {text("hello")}), sends(server, {text("world"), binary(ByteString(70'000))}),
        sends(client, {close_frame(1000, "done")}), sends(server, {close_frame(1000)}), fin(server),
        fin(client)}},
      {"closed by the server, empty",
       {sends(server, {close_frame()}), sends(client, {close_frame()}), fin(server), fin(client)}},
      {"codes that differ",
       {sends(server, {close_frame(4004, "no")}), sends(client, {close_frame(1000)}), fin(client),
        fin(server)}},
      {"a Close answered by a FIN", {sends(client, {close_frame(1000)}), fin(server), fin(client)}},
      {"FIN of the client", {sends(client, {text("a")}), fin(client), fin(server)}},
      {"FIN of the server", {sends(server, {text("a")}), fin(server), fin(client)}},
      {"reset by the client", {sends(server, {text("a")}), rst(client)}},
      {"reset by the server", {sends(client, {text("a")}), rst(server)}},
      {"the answer after Close and FIN",
       {sends(client, {close_frame(1001)}), fin(client), sends(server, {text("late")}),
        sends(server, {close_frame(1001)}), fin(server)}},
      {"reset after the Closes",
       {sends(client, {close_frame(1000)}), sends(server, {close_frame(1000)}), rst(client)}},
      {"within a frame",
       {raw(server, {0x82, 0x7e, 0xff, 0xff, 1, 2, 3}), fin(server), fin(client)}},
      {"within a header", {raw(client, {0x82}), rst(client)}},
      {"a code that may not be sent, refused",
       {sends(server, {close_frame(1006)}), sends(client, {close_frame(1002)}), fin(client),
        fin(server)}},
      {"a one-byte Close",
       {sends(client, {close_frame_of({0x03})}), sends(server, {close_frame(1002)}), fin(server),
        fin(client)}},
      {"fragments with a ping between, and no pong",
       {sends(client, {text("a").first(), ping("x"), continuation("b")}), fin(server),
        fin(client)}},
      {"pings answered",
       {sends(server, {ping("1")}), sends(client, {pong("1")}), sends(server, {close_frame(1011)}),
        sends(client, {close_frame(1011)}), fin(server), fin(client)}},
      {"unmasked frames of the client",
       {raw(client, encode(text("a"), server)), sends(server, {close_frame(1002)}),
        sends(client, {close_frame(1002)}), fin(server), fin(client)}},
      {"a length of 2^63",
       {raw(client, {0x82, 0xff, 0x80, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4, 5}),
        sends(server, {close_frame(1009)}), fin(server), fin(client)}},
      {"data after Close",
       {sends(server, {close_frame(1000), text("more")}), sends(client, {close_frame(1000)}),
        fin(client), fin(server)}},
      {"compressed, with a subprotocol",
       {sends(client, {text("zip").compressed()}), sends(server, {close_frame(1012)}),
        sends(client, {close_frame(1012)}), fin(server), fin(client)},
       {.path = "/a?b=c",
        .host = "chat.example:8080",
        .subprotocol = "graphql-transport-ws",
        .extensions = "permessage-deflate"}},
  };
}

class SameConversation : public testing::TestWithParam<Script> {};

TEST_P(SameConversation, ThroughCaptureAndProxy) {
  EXPECT_EQ(through_capture(GetParam()), through_proxy(GetParam()));
}

std::string test_name(const testing::TestParamInfo<Script>& script) {
  std::string name = script.param.name;
  for (char& c : name) c = std::isalnum(static_cast<unsigned char>(c)) != 0 ? c : '_';
  return name;
}

INSTANTIATE_TEST_SUITE_P(Script, SameConversation, testing::ValuesIn(scripts()), test_name);

}  // namespace
}  // namespace proxy
