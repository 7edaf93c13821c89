#include "tests/support/tcp_packet.h"

#include <arpa/inet.h>

#include <charconv>
#include <cstring>
#include <stdexcept>
#include <string>

namespace support {
namespace {

constexpr std::uint8_t kTcpProtocol = 6;
constexpr std::size_t kTcpHeader = 20;

// RFC 1071: the sum does not depend on the byte order, so it is taken over words as they lie.
std::uint64_t sum_of_words(websocket::Bytes bytes) {
  std::uint64_t sum = 0;
  std::size_t at = 0;
  for (; at + 4 <= bytes.size(); at += 4) {
    std::uint32_t word = 0;
    std::memcpy(&word, bytes.data() + at, 4);
    sum += word;
  }
  std::uint32_t rest = 0;
  if (at < bytes.size()) std::memcpy(&rest, bytes.data() + at, bytes.size() - at);
  return sum + rest;
}

std::uint16_t complement_of_fold(std::uint64_t sum) {
  while (sum >> 16) sum = (sum & 0xffff) + (sum >> 16);
  return static_cast<std::uint16_t>(~sum);
}

void store_checksum(std::uint8_t* at, std::uint64_t sum) {
  const std::uint16_t checksum = complement_of_fold(sum);
  std::memcpy(at, &checksum, sizeof checksum);
}

websocket::Bytes address(const websocket::Endpoint& endpoint) {
  return websocket::Bytes(endpoint.address).first(endpoint.is_ipv6 ? 16 : 4);
}

std::uint64_t sum_of_pseudo_header(const TcpPacket& packet, std::size_t tcp_length) {
  return sum_of_words(address(packet.source)) + sum_of_words(address(packet.destination)) +
         htonl(static_cast<std::uint32_t>(tcp_length)) + htons(kTcpProtocol);
}

void append_ipv4_header(ByteString& to, const TcpPacket& packet, std::size_t tcp_length) {
  const std::size_t start = to.size();
  const std::size_t total = tcp_length + 20;
  append(to, {0x45, 0});
  append_big_endian(to, total > 0xffff ? 0 : total, 2);
  append(to, {0, 0, 0x40, 0, 64, kTcpProtocol, 0, 0});
  append(to, address(packet.source));
  append(to, address(packet.destination));
  store_checksum(&to[start + 10], sum_of_words(websocket::Bytes(to).subspan(start)));
}

void append_ipv6_header(ByteString& to, const TcpPacket& packet, std::size_t tcp_length) {
  append(to, {0x60, 0, 0, 0});
  append_big_endian(to, tcp_length > 0xffff ? 0 : tcp_length, 2);
  append(to, {kTcpProtocol, 64});
  append(to, address(packet.source));
  append(to, address(packet.destination));
}

void append_tcp(ByteString& to, const TcpPacket& packet, std::size_t tcp_length) {
  const std::size_t start = to.size();
  append_big_endian(to, packet.source.port, 2);
  append_big_endian(to, packet.destination.port, 2);
  append_big_endian(to, packet.sequence_number, 4);
  append_big_endian(to, packet.acknowledgment_number, 4);
  to.push_back(static_cast<std::uint8_t>((kTcpHeader + packet.options.size()) / 4 << 4));
  to.push_back(packet.flags);
  append_big_endian(to, packet.window, 2);
  append_big_endian(to, 0, 2);
  append_big_endian(to, packet.urgent_pointer, 2);
  append(to, packet.options);
  append(to, packet.payload);
  store_checksum(&to[start + 16], sum_of_words(websocket::Bytes(to).subspan(start)) +
                                      sum_of_pseudo_header(packet, tcp_length));
  if (packet.bad_checksum) to[start + 16] = static_cast<std::uint8_t>(to[start + 16] ^ 0x55);
}

// Locally administered, and different for each address.
void append_mac_address(ByteString& to, const websocket::Endpoint& endpoint) {
  append(to, {0x02, 0x00});
  append(to, address(endpoint).last(4));
}

}  // namespace

websocket::Endpoint endpoint(std::string_view text) {
  websocket::Endpoint result;
  const std::size_t colon = text.rfind(':');
  std::string host(text.substr(0, colon));
  result.is_ipv6 = host.starts_with('[') && host.ends_with(']');
  if (result.is_ipv6) host = host.substr(1, host.size() - 2);
  const std::string_view port = text.substr(colon == text.npos ? text.size() : colon + 1);
  const auto parsed = std::from_chars(port.data(), port.data() + port.size(), result.port);
  const int family = result.is_ipv6 ? AF_INET6 : AF_INET;
  if (parsed.ec != std::errc{} || parsed.ptr != port.data() + port.size() ||
      inet_pton(family, host.c_str(), result.address.data()) != 1) {
    throw std::invalid_argument("not an address and a port: " + std::string(text));
  }
  return result;
}

ByteString timestamps_option(std::uint32_t value, std::uint32_t echo_reply) {
  ByteString option{1, 1, 8, 10};
  append_big_endian(option, value, 4);
  append_big_endian(option, echo_reply, 4);
  return option;
}

void append_ip_packet(ByteString& to, const TcpPacket& packet) {
  if (packet.options.size() % 4 != 0) throw std::invalid_argument("TCP options not padded");
  const std::size_t tcp_length = kTcpHeader + packet.options.size() + packet.payload.size();
  if (packet.source.is_ipv6) {
    append_ipv6_header(to, packet, tcp_length);
  } else {
    append_ipv4_header(to, packet, tcp_length);
  }
  append_tcp(to, packet, tcp_length);
}

ByteString ip_packet(const TcpPacket& packet) {
  ByteString bytes;
  append_ip_packet(bytes, packet);
  return bytes;
}

void append_ethernet_packet(ByteString& to, const TcpPacket& packet) {
  append_mac_address(to, packet.destination);
  append_mac_address(to, packet.source);
  append_big_endian(to, packet.source.is_ipv6 ? 0x86dd : 0x0800, 2);
  append_ip_packet(to, packet);
}

ByteString ethernet_packet(const TcpPacket& packet) {
  ByteString bytes;
  append_ethernet_packet(bytes, packet);
  return bytes;
}

}  // namespace support
