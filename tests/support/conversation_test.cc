#include "tests/support/conversation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>
#include <string>

namespace support {
namespace {

using testing::ElementsAre;
using websocket::Side;

// What the tests below look at in a packet, read with nothing but offsets.
struct Read {
  unsigned source_port, sequence, acknowledgment, flags;
  std::string payload;
};

unsigned number(const ByteString& bytes, std::size_t at, std::size_t width) {
  unsigned value = 0;
  for (std::size_t i = 0; i < width; ++i) value = value << 8 | bytes.at(at + i);
  return value;
}

std::size_t tcp_offset(const ByteString& bytes) { return bytes.at(12) == 0x86 ? 54 : 34; }

Read read(const TestPacket& packet) {
  const ByteString& bytes = packet.bytes;
  const std::size_t tcp = tcp_offset(bytes);
  const std::size_t payload = tcp + (bytes.at(tcp + 12) >> 4) * 4U;
  return {number(bytes, tcp, 2), number(bytes, tcp + 4, 4), number(bytes, tcp + 8, 4),
          bytes.at(tcp + 13),
          std::string(bytes.begin() + static_cast<std::ptrdiff_t>(payload), bytes.end())};
}

Read last(const Conversation& conversation) { return read(conversation.packets().back()); }

// RFC 1071 by the book; a header or segment with its right checksum sums to 0xffff.
unsigned internet_sum(const ByteString& bytes) {
  unsigned sum = 0;
  for (std::size_t i = 0; i < bytes.size(); i += 2) {
    sum += static_cast<unsigned>(bytes[i] << 8 | (i + 1 < bytes.size() ? bytes[i + 1] : 0));
    sum = (sum & 0xffff) + (sum >> 16);
  }
  return sum;
}

unsigned tcp_sum(const ByteString& packet) {
  const std::size_t tcp = tcp_offset(packet);
  const std::size_t addresses = tcp == 54 ? 22 : 26;
  ByteString covered(packet.begin() + static_cast<std::ptrdiff_t>(addresses), packet.end());
  append_big_endian(covered, 0, (packet.size() - tcp) % 2);
  append_big_endian(covered, 6, 2);
  append_big_endian(covered, packet.size() - tcp, 4);
  return internet_sum(covered);
}

TEST(Conversation, CountsSequenceNumbersOnBothSides) {
  Conversation c;
  c.tcp_handshake();
  c.send(Side::client, "abc");
  c.send(Side::server, "defgh");
  c.client_fin();
  c.server_fin();
  c.client_ack();
  std::vector<std::pair<unsigned, unsigned>> numbers;
  for (const TestPacket& packet : c.packets()) {
    numbers.emplace_back(read(packet).sequence, read(packet).acknowledgment);
  }
  EXPECT_EQ(numbers, (std::vector<std::pair<unsigned, unsigned>>{{1000, 0},
                                                                 {5000, 1001},
                                                                 {1001, 5001},
                                                                 {1001, 5001},
                                                                 {5001, 1004},
                                                                 {1004, 5006},
                                                                 {5006, 1005},
                                                                 {1005, 5007}}));
  EXPECT_EQ(read(c.packets()[0]).flags, TcpFlag::syn);
  EXPECT_EQ(read(c.packets()[5]).flags, TcpFlag::fin | TcpFlag::ack);
}

TEST(Conversation, WrapsTheSequenceNumber) {
  Conversation c({.client_isn = 0xfffffffe});
  c.tcp_handshake();
  c.send(Side::client, "abc");
  c.client_ack();
  EXPECT_EQ(last(c).sequence, 2U);
}

TEST(Conversation, ChecksumsAreGood) {
  for (const std::string prefix : {"10.0.0.", "[2001:db8::"}) {
    const std::string bracket = prefix[0] == '[' ? "]" : "";
    for (const bool timestamps : {false, true}) {
      Conversation c({.client = prefix + "1" + bracket + ":40000",
                      .server = prefix + "2" + bracket + ":80",
                      .timestamps = timestamps});
      c.tcp_handshake();
      c.upgrade();
      c.client_frame(text("odd"));
      c.client_frame(text("even"));
      for (const TestPacket& packet : c.packets()) {
        EXPECT_EQ(tcp_sum(packet.bytes), 0xffffU);
        if (bracket.empty()) {
          EXPECT_EQ(internet_sum({packet.bytes.begin() + 14, packet.bytes.begin() + 34}), 0xffffU);
        }
      }
    }
  }
}

TEST(Conversation, UpgradesWithTheAcceptOfTheRfc) {
  Conversation c;
  c.upgrade({.path = "/ws", .subprotocol = "graphql-transport-ws"});
  EXPECT_THAT(read(c.packets()[0]).payload, testing::StartsWith("GET /ws HTTP/1.1\r\n"));
  EXPECT_THAT(read(c.packets()[1]).payload,
              testing::HasSubstr("Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"));
  EXPECT_THAT(read(c.packets()[1]).payload,
              testing::HasSubstr("Sec-WebSocket-Protocol: graphql-transport-ws\r\n"));
}

TEST(Conversation, SplitsIntoSegments) {
  Conversation c;
  c.send(Side::server, "abcde", {.segment_size = 2, .fin = true});
  ASSERT_EQ(c.packets().size(), 3U);
  EXPECT_EQ(read(c.packets()[0]).payload, "ab");
  EXPECT_EQ(read(c.packets()[1]).flags & TcpFlag::fin, 0);
  EXPECT_EQ(last(c).payload, "e");
  EXPECT_EQ(last(c).flags & TcpFlag::fin, TcpFlag::fin);
  EXPECT_EQ(c.next_sequence_number(Side::server), 5001 + 5 + 1U);
}

TEST(Conversation, LosesBytesThatThePeerAcknowledges) {
  Conversation c;
  c.lose(Side::server, 100);
  c.client_ack();
  EXPECT_EQ(c.packets().size(), 1U);
  EXPECT_EQ(last(c).acknowledgment, 5101U);
}

TEST(Conversation, LetsCloseFramesCross) {
  Conversation c;
  c.server_close(1001);
  c.client_close(1000, "", {.stale_acknowledgment = true});
  EXPECT_EQ(last(c).acknowledgment, 5001U);
  c.client_ack();
  EXPECT_EQ(last(c).acknowledgment, 5005U);
}

TEST(Conversation, RetransmitsAndProbes) {
  Conversation c;
  c.send(Side::client, "abcdef");
  c.retransmit(Side::client, 1, 2);
  EXPECT_EQ(last(c).payload, "bc");
  EXPECT_EQ(last(c).sequence, 1002U);
  c.send(Side::client, "gh", {.fin = true});
  c.retransmit_last(Side::client);
  EXPECT_EQ(last(c).payload, "gh");
  EXPECT_EQ(last(c).flags, TcpFlag::psh | TcpFlag::ack | TcpFlag::fin);
  c.send_at(Side::client, -1, bytes_of("x"));
  EXPECT_EQ(last(c).sequence, 1000U);
  c.keep_alive_probe(Side::server);
  EXPECT_EQ(last(c).sequence, 5000U);
  EXPECT_EQ(c.next_sequence_number(Side::client), 1001 + 8 + 1U);
}

TEST(Conversation, StepsTimeFromPacketToPacket) {
  Conversation c({.step = std::chrono::milliseconds{2}});
  const websocket::Time start = c.now();
  c.client_ack();
  c.wait(std::chrono::seconds{5});
  c.server_ack();
  EXPECT_EQ(c.packets()[0].time, start);
  EXPECT_EQ(c.packets()[1].time - start, std::chrono::milliseconds{5002});
}

TEST(PacketBuilder, LeavesTheLengthOfBigTcpAtZero) {
  const ByteString payload(100'000);
  const ByteString v4 = ip_packet({.source = endpoint("10.0.0.1:1"),
                                   .destination = endpoint("10.0.0.2:2"),
                                   .payload = payload});
  EXPECT_EQ(v4.size(), 100'040U);
  EXPECT_EQ(number(v4, 2, 2), 0U);
  const ByteString v6 = ip_packet(
      {.source = endpoint("[::1]:1"), .destination = endpoint("[::2]:2"), .payload = payload});
  EXPECT_EQ(number(v6, 4, 2), 0U);
}

TEST(PacketBuilder, BreaksAChecksumOnRequest) {
  const ByteString packet = ethernet_packet({.source = endpoint("10.0.0.1:1"),
                                             .destination = endpoint("10.0.0.2:2"),
                                             .bad_checksum = true});
  EXPECT_NE(tcp_sum(packet), 0xffffU);
}

TEST(PacketBuilder, RefusesWhatIsNoEndpoint) {
  for (const char* text : {"", "10.0.0.1", "10.0.0.1:", "10.0.0.1:70000", "[::1:80", "a:1"}) {
    EXPECT_THROW(endpoint(text), std::invalid_argument) << text;
  }
}

}  // namespace
}  // namespace support
