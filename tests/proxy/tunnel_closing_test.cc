#include <gtest/gtest.h>

#include "tests/proxy/relayed.h"

namespace proxy {
namespace {

using support::append;
using support::binary;
using support::ByteString;
using support::close_frame;
using support::text;
using websocket::Side;

const DrainOptions kAtOnce{.window = {}, .deadline = std::chrono::seconds{5}};

// A masked Close cannot be compared byte by byte: its key is random.
std::string close_at_server(const ByteString& bytes) {
  websocket::FrameWalker walker;
  websocket::Bytes rest{bytes};
  const auto frame = walker.next(rest);
  if (!frame || frame->header.opcode != websocket::Opcode::close) return "no Close";
  if (!rest.empty()) return "more than a Close";
  if (!frame->header.masked) return "not masked";
  const auto body = websocket::parse_close_body(frame->close_body());
  return std::to_string(body.code.value_or(0)) + " " + std::string(body.reason);
}

TEST(Drain, SendsAClose1012AndUpstreamA1001) {
  Relayed relayed;
  relayed.drain(kAtOnce);
  const ByteString close = Relayed::of_server({close_frame(1012, "service restart")});
  EXPECT_EQ(relayed.client.receive(close.size()), close);
  EXPECT_EQ(close_at_server(relayed.server.receive(8)), "1001 ");
  relayed.client_sends({close_frame(1012, "service restart")});
  EXPECT_EQ(relayed.client.wait_for_end(), Peer::End::fin);
  relayed.client.fin();
  relayed.server_sends({close_frame(1001)});
  relayed.server.fin();
  EXPECT_TRUE(relayed.server.receive_all().empty());
  EXPECT_EQ(relayed.verdict(), "client 1012, server 1001, proxy, shutdown");
}

TEST(Drain, WaitsForTheEndOfAFrame) {
  Relayed relayed;
  const ByteString large = Relayed::of_server({binary(ByteString(100'000, 'x'))});
  relayed.server.send({large.begin(), large.begin() + 50'000});
  EXPECT_EQ(relayed.client.receive(50'000).size(), 50'000U);
  relayed.drain(kAtOnce);
  EXPECT_EQ(close_at_server(relayed.server.receive(8)), "1001 ");
  relayed.server.send({large.begin() + 50'000, large.end()});
  relayed.server_sends({text("too late"), close_frame(1001)});
  ByteString expected{large.begin() + 50'000, large.end()};
  append(expected, Relayed::of_server({close_frame(1012, "service restart")}));
  EXPECT_TRUE(relayed.client.receive(expected.size()) == expected);
  relayed.client_sends({close_frame(1012)});
  EXPECT_EQ(relayed.client.wait_for_end(), Peer::End::fin);
  relayed.client.fin();
  relayed.server.fin();
  EXPECT_EQ(relayed.verdict(), "client 1012, server 1001, proxy, shutdown");
}

TEST(Drain, NeverInjectsIntoAFrame) {
  Relayed relayed;
  const ByteString large = Relayed::of_client({binary(ByteString(100'000, 'x'))});
  relayed.client.send({large.begin(), large.begin() + 50'000});
  EXPECT_EQ(relayed.server.receive(50'000).size(), 50'000U);
  relayed.drain({.window = {}, .deadline = std::chrono::milliseconds{300}});
  const ByteString close = Relayed::of_server({close_frame(1012, "service restart")});
  EXPECT_EQ(relayed.client.receive(close.size()), close);
  EXPECT_TRUE(relayed.server.receive_all().empty());
  EXPECT_EQ(relayed.verdict(), "client 1012, server 1006, proxy, shutdown");
}

TEST(Drain, LeavesAClosingHandshakeThatHasBegun) {
  Relayed relayed;
  relayed.client_sends({close_frame(4001)});
  relayed.server.receive(8);
  relayed.drain(kAtOnce);
  relayed.server_sends({close_frame(4001)});
  relayed.server.fin();
  EXPECT_EQ(relayed.client.receive_all(), Relayed::of_server({close_frame(4001)}));
  relayed.client.fin();
  EXPECT_EQ(relayed.verdict(), "client 4001, server 4001, client, closing_handshake");
}

TEST(Drain, CutsWhatIsLeftAtTheDeadline) {
  Relayed relayed;
  relayed.drain({.window = {}, .deadline = std::chrono::milliseconds{200}});
  relayed.client.receive_all();
  relayed.server.receive_all();
  EXPECT_EQ(relayed.verdict(), "client 1012, server 1001, proxy, shutdown");
}

TEST(Cut, ResetsBothAtOnce) {
  Relayed relayed;
  relayed.cut();
  EXPECT_EQ(relayed.client.wait_for_end(), Peer::End::reset);
  EXPECT_EQ(relayed.server.wait_for_end(), Peer::End::reset);
  EXPECT_EQ(relayed.verdict(), "client 1006, server 1006, proxy, shutdown");
}

TEST(UpstreamLost, IsToldTheClientAsAClose) {
  ServiceOptions options;
  options.on_upstream_lost = CloseToSend{.code = 1012, .reason = "upstream lost"};
  for (const bool by_reset : {false, true}) {
    Relayed relayed(options);
    relayed.server_sends({text("hi")});
    EXPECT_EQ(relayed.client.receive(4), Relayed::of_server({text("hi")}));
    if (by_reset) {
      relayed.server.reset();
    } else {
      relayed.server.fin();
    }
    const ByteString close = Relayed::of_server({close_frame(1012, "upstream lost")});
    EXPECT_EQ(relayed.client.receive(close.size()), close);
    relayed.client_sends({close_frame(1012, "upstream lost")});
    EXPECT_EQ(relayed.client.wait_for_end(), Peer::End::fin);
    relayed.client.fin();
    EXPECT_EQ(relayed.verdict(), by_reset ? "client 1012, server 1006, server, reset"
                                          : "client 1012, server 1006, server, fin");
  }
}

TEST(UpstreamLost, WithinAFrameIsPassedOnAsItWas) {
  ServiceOptions options;
  options.on_upstream_lost = CloseToSend{.code = 1012, .reason = {}};
  Relayed relayed(options);
  const ByteString frame = Relayed::of_server({text("hello")});
  relayed.server.send({frame.begin(), frame.end() - 1});
  relayed.server.fin();
  EXPECT_EQ(relayed.client.receive_all(), ByteString(frame.begin(), frame.end() - 1));
  EXPECT_EQ(relayed.client.end(), Peer::End::fin);
  relayed.client.fin();
  EXPECT_EQ(relayed.verdict(), "client 1006, server 1006, server, truncated");
}

TEST(Idle, EndsASilentConnection) {
  ServiceOptions options;
  options.timeouts.idle = std::chrono::milliseconds{150};
  Relayed relayed(options);
  const ByteString close = Relayed::of_server({close_frame(1001, "idle timeout")});
  EXPECT_EQ(relayed.client.receive(close.size()), close);
  EXPECT_EQ(close_at_server(relayed.server.receive(8 + 12)), "1001 idle timeout");
  relayed.client.fin();
  relayed.server.fin();
  EXPECT_EQ(relayed.verdict(), "client 1001, server 1001, proxy, idle_timeout");
}

TEST(Pings, EndAConnectionWhosePeerDoesNotAnswer) {
  ServiceOptions options;
  options.timeouts.ping_interval = std::chrono::milliseconds{100};
  options.timeouts.ping_timeout = std::chrono::milliseconds{200};
  Relayed relayed(options);
  EXPECT_EQ(relayed.client.receive(2), Relayed::of_server({support::ping()}));
  relayed.client_sends({support::pong()});
  relayed.client.receive(2);
  EXPECT_EQ(relayed.client.wait_for_end(), Peer::End::reset);
  EXPECT_EQ(relayed.verdict(), "client 1006, server 1006, proxy, ping_timeout");
}

}  // namespace
}  // namespace proxy
