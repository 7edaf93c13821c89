#ifndef CLOSEWATCH_TESTS_SUPPORT_TCP_PACKET_H_
#define CLOSEWATCH_TESTS_SUPPORT_TCP_PACKET_H_

#include <cstdint>
#include <string_view>

#include "tests/support/byte_string.h"
#include "websocket/bytes.h"
#include "websocket/endpoint.h"

namespace support {

// A packet as a capture gives it.
struct TestPacket {
  ByteString bytes{};
  websocket::Time time{};
  std::uint32_t wire_length = 0;  // more than bytes.size() when a snapshot length cut it
};

// The flags of a TCP header (RFC 9293 section 3.1).
struct TcpFlag {
  static constexpr std::uint8_t fin = 0x01, syn = 0x02, rst = 0x04, psh = 0x08, ack = 0x10,
                                urg = 0x20;
};

// One segment in one packet; the options' size is a multiple of four.
struct TcpPacket {
  websocket::Endpoint source{};
  websocket::Endpoint destination{};
  std::uint32_t sequence_number = 0;
  std::uint32_t acknowledgment_number = 0;
  std::uint8_t flags = TcpFlag::ack;
  std::uint16_t window = 0xffff;
  std::uint16_t urgent_pointer = 0;
  websocket::Bytes options{};
  websocket::Bytes payload{};
  bool bad_checksum = false;
};

// "10.0.0.1:40000" or "[2001:db8::1]:443"; throws std::invalid_argument.
websocket::Endpoint endpoint(std::string_view text);

// NOP, NOP, Timestamps (RFC 7323): the twelve bytes that Linux puts into each segment.
ByteString timestamps_option(std::uint32_t value, std::uint32_t echo_reply);

// IPv4 or IPv6, as the source is, with good checksums. A packet above 65,535 bytes has a length of
// 0, as BIG TCP leaves it.
void append_ip_packet(ByteString& to, const TcpPacket& packet);
ByteString ip_packet(const TcpPacket& packet);

// The same behind an Ethernet header; the MAC addresses follow from the IP addresses.
void append_ethernet_packet(ByteString& to, const TcpPacket& packet);
ByteString ethernet_packet(const TcpPacket& packet);

}  // namespace support

#endif  // CLOSEWATCH_TESTS_SUPPORT_TCP_PACKET_H_
