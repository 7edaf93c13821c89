#include "capture/first_bytes.h"

#include "tests/support/byte_string.h"

namespace {

using capture::FirstBytes;
using capture::proxy_header_length;
using capture::recognise;
using namespace std::string_literals;

FirstBytes recognised(const std::string& text) { return recognise(support::bytes_of(text)); }

TEST(FirstBytes, AreRecognised) {
  EXPECT_EQ(recognised("GET /chat HTTP/1.1\r\n"), FirstBytes::get_request);
  EXPECT_EQ(recognised("GET "), FirstBytes::get_request);
  for (const char* method :
       {"POST", "HEAD", "PUT", "DELETE", "PATCH", "OPTIONS", "CONNECT", "TRACE"}) {
    EXPECT_EQ(recognised(method + " / HTTP/1.1"s), FirstBytes::other_request) << method;
  }
  EXPECT_EQ(recognised("HTTP/1.1 101 Switching Protocols"), FirstBytes::switching_protocols);
  EXPECT_EQ(recognised("HTTP/1.0 101"), FirstBytes::switching_protocols);
  EXPECT_EQ(recognised("HTTP/1.1 200 OK"), FirstBytes::other_response);
  EXPECT_EQ(recognised("PRI * HTTP/2.0\r\n\r\nSM"), FirstBytes::http2);
  EXPECT_EQ(recognised("\x16\x03\x01\x02\x00\x01"s), FirstBytes::tls);
  EXPECT_EQ(recognised("\x17\x03\x03\x40\x11"s), FirstBytes::tls);
}

TEST(FirstBytes, AreUnknownOtherwise) {
  for (const std::string& text : {""s, "G"s, "GET"s, "get / HTTP/1.1"s, "SSH-2.0-OpenSSH"s,
                                  "\x81\x05hello"s, "HTTP/2 200"s, "PRI * HTTP/2.0"s,
                                  "\x16\x03\x01\x02"s,         // too short to tell
                                  "\x16\x03\x01\x00\x00"s,     // an empty record
                                  "\x16\x03\x03\x48\x01"s,     // longer than a record may be
                                  "\x16\x02\x01\x02\x00"s,     // no TLS version
                                  "\x19\x03\x01\x02\x00"s}) {  // no content type
    EXPECT_EQ(recognised(text), FirstBytes::unknown) << testing::PrintToString(text);
  }
}

TEST(ProxyHeader, IsMeasured) {
  const std::string v1 = "PROXY TCP4 192.0.2.1 192.0.2.2 56324 443\r\n";
  const std::string v2 = "\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c"s + std::string(12, 'a');
  for (const std::string& header : {v1, v2, "PROXY UNKNOWN\r\n"s}) {
    EXPECT_EQ(proxy_header_length(support::bytes_of(header)), header.size());
    EXPECT_EQ(proxy_header_length(support::bytes_of(header + "GET / HTTP/1.1")), header.size());
    for (std::size_t cut = 0; cut < header.size(); ++cut) {
      EXPECT_EQ(proxy_header_length(support::bytes_of(header.substr(0, cut))), 0U) << cut;
    }
  }
  EXPECT_EQ(proxy_header_length(support::bytes_of("PROXY " + std::string(200, 'x') + "\r\n")), 0U);
  EXPECT_EQ(proxy_header_length(support::bytes_of("GET / HTTP/1.1\r\n")), 0U);
}

}  // namespace
