#include "proxy/proxy_protocol.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "proxy/address_range.h"
#include "tests/websocket/pieces.h"
#include "websocket/http_head.h"

namespace proxy {
namespace {

using Status = ProxyHeaderReader::Status;
using support::bytes_of;
using websocket::every_way_to_cut;

constexpr std::string_view kSignature{"\r\n\r\n\0\r\nQUIT\n", 12};

ProxyAddresses addresses(std::string_view source, std::uint16_t source_port,
                         std::string_view destination, std::uint16_t destination_port) {
  ProxyAddresses told{.source = parse_address(source).value(),
                      .destination = parse_address(destination).value()};
  told.source.port = source_port;
  told.destination.port = destination_port;
  return told;
}

// "partial", "complete" with "source>destination" where they are told, or the refusal's name.
std::string told(const websocket::Pieces& pieces, std::string* rest = nullptr) {
  ProxyHeaderReader reader;
  Status status = Status::partial;
  for (const support::ByteString& piece : pieces) {
    Bytes bytes{piece};
    if (status == Status::partial) status = reader.take(bytes);
    if (rest && status == Status::complete) *rest += websocket::as_text(bytes);
  }
  if (status == Status::partial) return "partial";
  if (status == Status::refused) return std::string{name(reader.refusal())};
  if (!reader.addresses()) return "complete";
  return to_string(reader.addresses()->source) + ">" + to_string(reader.addresses()->destination);
}

// A version 2 header: command byte, family byte, and what its length counts.
std::string binary(char command, char family, std::string_view content) {
  std::string text{kSignature};
  text += command;
  text += family;
  text += static_cast<char>(content.size() >> 8U);
  text += static_cast<char>(content.size() & 0xffU);
  return text.append(content);
}

const std::string kIpv4{"\xc0\x00\x02\x01\xc6\x33\x64\x02\x04\xd2\x01\xbb", 12};
const std::string kIpv6 = std::string{"\x20\x01\x0d\xb8", 4} + std::string(11, '\0') + '\x01' +
                          std::string{"\x20\x01\x0d\xb8", 4} + std::string(11, '\0') + '\x02' +
                          std::string{"\xff\xff\x00\x50", 4};

TEST(ProxyProtocol, IsReadInWhateverPieces) {
  struct Row {
    std::string header, told;
  };
  const std::string tlv{"\x03\x00\x04\x01\x02\x03\x04", 7};
  for (const Row& row : std::vector<Row>{
           {"PROXY TCP4 192.0.2.1 198.51.100.2 1234 443\r\n", "192.0.2.1:1234>198.51.100.2:443"},
           {"PROXY TCP4 0.0.0.0 255.255.255.255 0 65535\r\n", "0.0.0.0:0>255.255.255.255:65535"},
           {"PROXY TCP6 2001:db8::1 ::1 65535 80\r\n", "[2001:db8::1]:65535>[::1]:80"},
           {"PROXY TCP6 ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff "
            "ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffe 65535 65534\r\n",
            "[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]:65535>"
            "[ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffe]:65534"},
           {"PROXY UNKNOWN\r\n", "complete"},
           {"PROXY UNKNOWN " + std::string(91, 'x') + "\r\n", "complete"},
           {binary('\x21', '\x11', kIpv4), "192.0.2.1:1234>198.51.100.2:443"},
           {binary('\x21', '\x11', kIpv4 + tlv), "192.0.2.1:1234>198.51.100.2:443"},
           {binary('\x21', '\x21', kIpv6), "[2001:db8::1]:65535>[2001:db8::2]:80"},
           {binary('\x21', '\x21', kIpv6 + tlv), "[2001:db8::1]:65535>[2001:db8::2]:80"},
           {binary('\x20', '\0', ""), "complete"},
           {binary('\x20', '\x11', kIpv4), "complete"},
           {binary('\x20', '\x7f', tlv), "complete"},
           {binary('\x21', '\0', ""), "complete"},
           {binary('\x21', '\0', tlv), "complete"},
           {binary('\x21', '\x31', std::string(216, 'u')), "complete"}}) {
    for (const std::string rest : {"", "GET", "\r\n", "PROXY "}) {
      for (const auto& pieces : every_way_to_cut(bytes_of(row.header + rest))) {
        std::string left;
        ASSERT_EQ(told(pieces, &left), row.told) << row.header;
        ASSERT_EQ(left, rest) << row.header;
      }
    }
    for (std::size_t size = 0; size < row.header.size(); ++size) {
      EXPECT_EQ(told({bytes_of(row.header.substr(0, size))}), "partial") << row.header << size;
    }
  }
}

TEST(ProxyProtocol, RefusesWhatIsNoHeader) {
  struct Row {
    std::string header, told;
  };
  for (const Row& row :
       std::vector<Row>{{"GET / HTTP/1.1\r\n", "no_signature"},
                        {"POST / HTTP/1.1\r\n", "no_signature"},
                        {"PROXX", "no_signature"},
                        {"proxy TCP4", "no_signature"},
                        {"\r\n\r\nGET", "no_signature"},
                        {"\x16\x03\x01", "no_signature"},
                        {"PROXY TCP5 192.0.2.1 192.0.2.2 1 2\r\n", "invalid_line"},
                        {"PROXY UNKNOWNX\r\n", "invalid_line"},
                        {"PROXY \r\n", "invalid_line"},
                        {"PROXY  TCP4 192.0.2.1 192.0.2.2 1 2\r\n", "invalid_line"},
                        {"PROXY TCP4 192.0.2.1 192.0.2.2 1 2\n", "invalid_line"},
                        {"PROXY UNKNOWN " + std::string(92, 'x') + "\r\n", "invalid_line"},
                        {"PROXY TCP4\r\n", "invalid_address"},
                        {"PROXY TCP4 192.0.2.1 192.0.2.2 1\r\n", "invalid_address"},
                        {"PROXY TCP4 192.0.2.1 192.0.2.2 1 2 \r\n", "invalid_address"},
                        {"PROXY TCP4 192.0.2.1 192.0.2.2 1 2 3\r\n", "invalid_address"},
                        {"PROXY TCP4 192.0.2.1  192.0.2.2 1 2\r\n", "invalid_address"},
                        {"PROXY TCP4 192.0.2.1 192.0.2.2 01 2\r\n", "invalid_address"},
                        {"PROXY TCP4 192.0.2.1 192.0.2.2 1 65536\r\n", "invalid_address"},
                        {"PROXY TCP4 192.0.2.1 192.0.2.2 -1 2\r\n", "invalid_address"},
                        {"PROXY TCP4 192.0.2.256 192.0.2.2 1 2\r\n", "invalid_address"},
                        {"PROXY TCP4 192.0.2 192.0.2.2 1 2\r\n", "invalid_address"},
                        {"PROXY TCP4 ::1 ::2 1 2\r\n", "invalid_address"},
                        {"PROXY TCP6 192.0.2.1 192.0.2.2 1 2\r\n", "invalid_address"},
                        {"PROXY TCP6 [::1] [::2] 1 2\r\n", "invalid_address"},
                        {binary('\x11', '\x11', kIpv4), "invalid_version"},
                        {binary('\x31', '\x11', kIpv4), "invalid_version"},
                        {binary('\x22', '\x11', kIpv4), "invalid_command"},
                        {binary('\x21', '\x12', kIpv4), "invalid_family"},
                        {binary('\x21', '\x22', kIpv6), "invalid_family"},
                        {binary('\x21', '\x41', kIpv6), "invalid_family"},
                        {binary('\x21', '\x11', kIpv4.substr(1)), "invalid_length"},
                        {binary('\x21', '\x21', kIpv6.substr(1)), "invalid_length"},
                        {binary('\x21', '\x11', std::string(2033, 'x')), "invalid_length"},
                        {binary('\x20', '\0', std::string(2033, 'x')), "invalid_length"}}) {
    for (const auto& pieces : every_way_to_cut(bytes_of(row.header))) {
      ASSERT_EQ(told(pieces), row.told) << row.header;
    }
  }
  EXPECT_EQ(told({bytes_of(binary('\x20', '\0', std::string(2032, 'x')))}), "complete");
}

TEST(ProxyProtocol, IsWritten) {
  const ProxyAddresses ipv4 = addresses("192.0.2.1", 1234, "198.51.100.2", 443);
  EXPECT_EQ(proxy_header_v1(ipv4), "PROXY TCP4 192.0.2.1 198.51.100.2 1234 443\r\n");
  EXPECT_EQ(proxy_header_v2(ipv4), binary('\x21', '\x11', kIpv4));
  const ProxyAddresses ipv6 = addresses("2001:db8::1", 65535, "2001:db8::2", 80);
  EXPECT_EQ(proxy_header_v1(ipv6), "PROXY TCP6 2001:db8::1 2001:db8::2 65535 80\r\n");
  EXPECT_EQ(proxy_header_v2(ipv6), binary('\x21', '\x21', kIpv6));
  EXPECT_EQ(proxy_header_v1_unknown(), "PROXY UNKNOWN\r\n");
  EXPECT_EQ(proxy_header_v2_local(), binary('\x20', '\0', ""));
}

TEST(ProxyProtocol, WhatIsWrittenIsReadBack) {
  for (const auto& [both, read] : std::vector<std::pair<ProxyAddresses, std::string>>{
           {addresses("192.0.2.1", 1, "198.51.100.2", 2), "192.0.2.1:1>198.51.100.2:2"},
           {addresses("2001:db8::1", 0, "::", 65535), "[2001:db8::1]:0>[::]:65535"},
           {addresses("192.0.2.1", 1, "::1", 2), "[::ffff:192.0.2.1]:1>[::1]:2"},
           {addresses("::1", 1, "192.0.2.1", 2), "[::1]:1>[::ffff:192.0.2.1]:2"}}) {
    EXPECT_EQ(told({bytes_of(proxy_header_v1(both))}), read);
    EXPECT_EQ(told({bytes_of(proxy_header_v2(both))}), read);
  }
}

TEST(ProxyProtocol, RefusalsHaveNames) {
  EXPECT_EQ(static_cast<std::size_t>(ProxyHeaderRefusal::invalid_length) + 1,
            kProxyHeaderRefusalCount);
  EXPECT_EQ(name(ProxyHeaderRefusal::invalid_length), "invalid_length");
}

}  // namespace
}  // namespace proxy
