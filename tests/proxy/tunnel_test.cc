#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <numeric>

#include "tests/proxy/relayed.h"

namespace proxy {
namespace {

using support::append;
using support::binary;
using support::ByteString;
using support::close_frame;
using support::ping;
using support::pong;
using support::text;
using websocket::Direction;
using websocket::Side;

// Neither periodic in a power of two nor constant, so that nothing moved, lost or doubled fits.
ByteString pattern(std::size_t size) {
  ByteString bytes(size);
  std::uint32_t state = 12345;
  for (auto& byte : bytes) {
    state = state * 1664525 + 1013904223;
    byte = static_cast<std::uint8_t>(state >> 24U);
  }
  return bytes;
}

TEST(Tunnel, PassesBytesBothWaysUnchanged) {
  Relayed relayed;
  relayed.client_sends({text("hello"), ping("p")});
  EXPECT_EQ(relayed.server.receive(6 + 5 + 6 + 1), Relayed::of_client({text("hello"), ping("p")}));
  relayed.server_sends({pong("p"), text("world")});
  EXPECT_EQ(relayed.client.receive(3 + 7), Relayed::of_server({pong("p"), text("world")}));
  relayed.client_sends({close_frame(1000)});
  EXPECT_EQ(relayed.server.receive(8), Relayed::of_client({close_frame(1000)}));
  relayed.server_sends({close_frame(1000)});
  relayed.server.fin();
  EXPECT_EQ(relayed.client.receive_all(), Relayed::of_server({close_frame(1000)}));
  EXPECT_EQ(relayed.client.end(), Peer::End::fin);
  relayed.client.fin();
  EXPECT_EQ(relayed.server.wait_for_end(), Peer::End::fin);
  EXPECT_EQ(relayed.verdict(), "client 1000, server 1000, client, closing_handshake");
  EXPECT_EQ(relayed.ended().frames(Side::client), "text:1 close:1 ping:1");
}

TEST(Tunnel, PassesOnWhatCameWithTheAnswer) {
  Relayed relayed({}, {}, Relayed::of_server({text("first")}));
  EXPECT_EQ(relayed.client.receive(7), Relayed::of_server({text("first")}));
  relayed.server.fin();
  relayed.client.fin();
  EXPECT_EQ(relayed.ended().frames(Side::server), "text:1");
}

// Frames below, at and above the size from which payload is spliced, each way at once, in sizes of
// writes that cut them anywhere.
TEST(Tunnel, LosesNoByteOfLargeFrames) {
  ByteString sent_by_client;
  ByteString sent_by_server;
  for (const std::size_t size :
       {1UL, 125UL, 126UL, 16'383UL, 16'384UL, 16'398UL, 65'535UL, 65'536UL, 65'551UL, 1UL,
        300'000UL, 20'000UL, 2UL, 3'000'000UL, 0UL}) {
    append(sent_by_client, encode(binary(pattern(size)), Side::client));
    append(sent_by_server, encode(binary(pattern(size + 7)), Side::server));
  }
  for (const std::size_t piece : {1'000'000'000UL, 65'536UL, 10'007UL}) {
    Relayed relayed;
    const auto send = [piece](Peer& peer, const ByteString& bytes) {
      for (std::size_t at = 0; at < bytes.size(); at += piece) {
        const std::size_t size = std::min(piece, bytes.size() - at);
        const auto from = bytes.begin() + static_cast<std::ptrdiff_t>(at);
        ASSERT_TRUE(peer.send({from, from + static_cast<std::ptrdiff_t>(size)}));
      }
      peer.fin();
    };
    std::thread client_sends([&] { send(relayed.client, sent_by_client); });
    std::thread server_sends([&] { send(relayed.server, sent_by_server); });
    ByteString at_server;
    std::thread server_receives([&] { at_server = relayed.server.receive_all(); });
    const ByteString at_client = relayed.client.receive_all();
    client_sends.join();
    server_sends.join();
    server_receives.join();
    EXPECT_TRUE(at_client == sent_by_server) << at_client.size() << " of " << sent_by_server.size();
    EXPECT_TRUE(at_server == sent_by_client) << at_server.size() << " of " << sent_by_client.size();
    EXPECT_EQ(relayed.ended().frames(Side::client), "binary:15");
    EXPECT_EQ(relayed.ended().facts.stream(Direction::server_to_client).payload_bytes,
              relayed.ended().facts.stream(Direction::client_to_server).payload_bytes + 15 * 7);
  }
}

TEST(Tunnel, StopsReadingWhereNobodyTakes) {
  Relayed relayed;
  const ByteString frame = encode(binary(pattern(1'000'000)), Side::client);
  std::thread client([&] {
    for (int i = 0; i < 40; ++i) relayed.client.send(frame);
    relayed.client.fin();
  });
  std::this_thread::sleep_for(std::chrono::milliseconds{300});
  EXPECT_LE(relayed.counters.services[0].buffered_bytes.value(), 32'768U);
  EXPECT_GT(relayed.counters.services[0].buffered_bytes.value(), 0U);
  EXPECT_EQ(relayed.server.receive_all().size(), 40 * frame.size());
  client.join();
  relayed.server.fin();
  EXPECT_EQ(relayed.ended().frames(Side::client), "binary:40");
  EXPECT_EQ(relayed.counters.services[0].buffered_bytes.value(), 0U);
}

// nginx and Caddy lose the answer.
TEST(Tunnel, KeepsTheOtherHalfOpen) {
  Relayed relayed;
  relayed.client_sends({close_frame(1000)});
  relayed.client.fin();
  EXPECT_EQ(relayed.server.receive_all(), Relayed::of_client({close_frame(1000)}));
  EXPECT_EQ(relayed.server.end(), Peer::End::fin);
  relayed.server_sends({text("last words"), close_frame(1000)});
  relayed.server.fin();
  EXPECT_EQ(relayed.client.receive_all(),
            Relayed::of_server({text("last words"), close_frame(1000)}));
  EXPECT_EQ(relayed.verdict(), "client 1000, server 1000, client, closing_handshake");
}

TEST(Tunnel, PassesAFinAsAFin) {
  for (const bool client_ends : {true, false}) {
    Relayed relayed;
    Peer& ender = client_ends ? relayed.client : relayed.server;
    Peer& other = client_ends ? relayed.server : relayed.client;
    ender.fin();
    EXPECT_EQ(other.wait_for_end(), Peer::End::fin);
    other.fin();
    EXPECT_EQ(ender.wait_for_end(), Peer::End::fin);
    EXPECT_EQ(relayed.verdict(), client_ends ? "client 1006, server 1006, client, fin"
                                             : "client 1006, server 1006, server, fin");
  }
}

TEST(Tunnel, PassesAResetAsAResetBehindAllThatCameBefore) {
  for (const bool client_ends : {true, false}) {
    Relayed relayed;
    Peer& ender = client_ends ? relayed.client : relayed.server;
    Peer& other = client_ends ? relayed.server : relayed.client;
    const ByteString frame =
        encode(binary(pattern(200'000)), client_ends ? Side::client : Side::server);
    std::thread sends([&] {
      ender.send(frame);
      std::this_thread::sleep_for(std::chrono::milliseconds{50});
      ender.reset();
    });
    EXPECT_TRUE(other.receive_all() == frame);
    EXPECT_EQ(other.end(), Peer::End::reset);
    sends.join();
    EXPECT_EQ(relayed.verdict(), client_ends ? "client 1006, server 1006, client, reset"
                                             : "client 1006, server 1006, server, reset");
  }
}

TEST(Tunnel, SeesAResetBehindAFin) {
  Relayed relayed;
  relayed.server_sends({close_frame(1001)});
  relayed.server.fin();
  EXPECT_EQ(relayed.client.receive_all(), Relayed::of_server({close_frame(1001)}));
  relayed.server.reset();
  EXPECT_EQ(relayed.client.wait_for_end(), Peer::End::fin);
  relayed.client.close();
  EXPECT_EQ(relayed.verdict(), "client 1001, server 1006, server, unanswered_close");
}

TEST(Tunnel, LetsBytesPassThatItCannotFollow) {
  Relayed relayed;
  const ByteString noise = pattern(100'000);
  ASSERT_TRUE(relayed.client.send(noise));
  relayed.client.fin();
  EXPECT_TRUE(relayed.server.receive_all() == noise);
  relayed.server.fin();
  EXPECT_EQ(relayed.client.wait_for_end(), Peer::End::fin);
  relayed.ended();
}

TEST(Tunnel, ClosesThatCrossAreBothSides) {
  Relayed relayed;
  relayed.client_sends({close_frame(1000)});
  relayed.server_sends({close_frame(1001)});
  EXPECT_EQ(relayed.server.receive(8), Relayed::of_client({close_frame(1000)}));
  EXPECT_EQ(relayed.client.receive(4), Relayed::of_server({close_frame(1001)}));
  relayed.server.fin();
  relayed.client.fin();
  EXPECT_THAT(relayed.verdict(),
              testing::AnyOf("client 1001, server 1000, both, closing_handshake",
                             "client 1001, server 1000, client, closing_handshake"));
}

TEST(Tunnel, DropsAHalfClosedConnectionThatStaysSilent) {
  ServiceOptions options;
  options.timeouts.half_close = std::chrono::milliseconds{200};
  Relayed relayed(options);
  relayed.client.fin();
  EXPECT_EQ(relayed.server.wait_for_end(), Peer::End::fin);
  EXPECT_EQ(relayed.verdict(), "client 1006, server 1006, client, fin");
  EXPECT_EQ(
      relayed.counters.services[0].timeouts[static_cast<std::size_t>(Timeout::half_close)].value(),
      1U);
}

}  // namespace
}  // namespace proxy
