#include "websocket/endpoint.h"

#include <array>
#include <charconv>

namespace websocket {
namespace {

void append_number(std::string& text, unsigned value, int base) {
  std::array<char, 8> digits{};
  const auto result = std::to_chars(digits.data(), digits.data() + digits.size(), value, base);
  text.append(digits.data(), result.ptr);
}

void append_ipv4(std::string& text, const std::uint8_t* address) {
  for (int i = 0; i < 4; ++i) {
    if (i > 0) text += '.';
    append_number(text, address[i], 10);
  }
}

// The longest run of two or more zero groups, the first of equals, is written "::" (RFC 5952
// section 4.2).
void append_ipv6(std::string& text, const std::array<std::uint8_t, 16>& address) {
  std::array<unsigned, 8> groups{};
  for (std::size_t i = 0; i < 8; ++i) {
    groups[i] = (unsigned{address[2 * i]} << 8U) | address[2 * i + 1];
  }
  std::size_t best = 8;
  std::size_t best_length = 1;
  for (std::size_t i = 0; i < 8; ++i) {
    std::size_t length = 0;
    while (i + length < 8 && groups[i + length] == 0) ++length;
    if (length > best_length) {
      best = i;
      best_length = length;
    }
  }
  for (std::size_t i = 0; i < 8; ++i) {
    if (i == best) {
      text += "::";
      i += best_length - 1;
      continue;
    }
    if (i > 0 && text.back() != ':') text += ':';
    append_number(text, groups[i], 16);
  }
}

bool is_ipv4_mapped(const std::array<std::uint8_t, 16>& address) {
  for (std::size_t i = 0; i < 10; ++i) {
    if (address[i] != 0) return false;
  }
  return address[10] == 0xff && address[11] == 0xff;
}

}  // namespace

std::string to_string(const Endpoint& endpoint) {
  std::string text;
  if (!endpoint.is_ipv6) {
    append_ipv4(text, endpoint.address.data());
  } else {
    text += '[';
    if (is_ipv4_mapped(endpoint.address)) {
      text += "::ffff:";
      append_ipv4(text, endpoint.address.data() + 12);
    } else {
      append_ipv6(text, endpoint.address);
    }
    text += ']';
  }
  text += ':';
  append_number(text, endpoint.port, 10);
  return text;
}

}  // namespace websocket
