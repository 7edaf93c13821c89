#include "capture/first_bytes.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace capture {
namespace {

using namespace std::string_view_literals;

std::string_view as_text(Bytes bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// The longest record TLS allows, with room for an expanding cipher (RFC 8446 section 5.2).
constexpr unsigned kMaxTlsRecord = (1U << 14U) + 2048;

bool is_tls_record(Bytes bytes) {
  if (bytes.size() < 5) return false;
  const unsigned length = (unsigned{bytes[3]} << 8U) | bytes[4];
  return bytes[0] >= 20 && bytes[0] <= 24 && bytes[1] == 3 && bytes[2] <= 4 && length > 0 &&
         length <= kMaxTlsRecord;
}

constexpr std::array kOtherMethods{"POST "sv,  "HEAD "sv,    "PUT "sv,     "DELETE "sv,
                                   "PATCH "sv, "OPTIONS "sv, "CONNECT "sv, "TRACE "sv};

}  // namespace

FirstBytes recognise(Bytes bytes) {
  const std::string_view text = as_text(bytes);
  if (text.starts_with("GET ")) return FirstBytes::get_request;
  if (text.starts_with("HTTP/1.")) {
    return text.substr(8, 4) == " 101" ? FirstBytes::switching_protocols
                                       : FirstBytes::other_response;
  }
  if (text.starts_with("PRI * HTTP/2.0\r\n")) return FirstBytes::http2;
  if (is_tls_record(bytes)) return FirstBytes::tls;
  const bool other_method = std::ranges::any_of(
      kOtherMethods, [text](std::string_view method) { return text.starts_with(method); });
  return other_method ? FirstBytes::other_request : FirstBytes::unknown;
}

std::size_t proxy_header_length(Bytes bytes) {
  const std::string_view text = as_text(bytes);
  if (text.starts_with("PROXY ")) {
    constexpr std::size_t longest = 107;
    const std::size_t end = text.substr(0, longest).find("\r\n");
    return end == std::string_view::npos ? 0 : end + 2;
  }
  if (text.starts_with("\r\n\r\n\0\r\nQUIT\n"sv) && bytes.size() >= 16) {
    const std::size_t length = 16 + ((std::size_t{bytes[14]} << 8U) | bytes[15]);
    return length <= bytes.size() ? length : 0;
  }
  return 0;
}

}  // namespace capture
