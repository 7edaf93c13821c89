#include "proxy/proxy_protocol.h"

#include <algorithm>
#include <charconv>

#include "proxy/address_range.h"
#include "websocket/http_head.h"

namespace proxy {
namespace {

using websocket::Endpoint;

constexpr std::string_view kLineStart = "PROXY ";
constexpr std::string_view kSignature{"\r\n\r\n\0\r\nQUIT\n", 12};
constexpr std::size_t kBinaryHead = 16;

// What the 13th and 14th byte of version 2 say: version and command, family and transport.
constexpr std::uint8_t kVersion2 = 2;
constexpr char kLocal = '\x20';
constexpr char kProxy = '\x21';
constexpr std::uint8_t kUnspecified = 0x00;
constexpr std::uint8_t kUnspecifiedStream = 0x01;
constexpr std::uint8_t kTcpOverIpv4 = 0x11;
constexpr std::uint8_t kTcpOverIpv6 = 0x21;
constexpr std::uint8_t kUnixStream = 0x31;

constexpr std::size_t address_bytes(bool is_ipv6) { return is_ipv6 ? 16 : 4; }
// Two addresses and two ports.
constexpr std::size_t addresses_size(bool is_ipv6) { return 2 * address_bytes(is_ipv6) + 4; }

std::uint16_t read_16(const std::uint8_t* bytes) {
  return static_cast<std::uint16_t>((unsigned{bytes[0]} << 8U) | bytes[1]);
}

void append_16(std::string& text, std::size_t value) {
  text += static_cast<char>(value >> 8U);
  text += static_cast<char>(value & 0xffU);
}

// The text up to the next space, and the rest behind it.
std::string_view next_word(std::string_view& rest) {
  const std::string_view word = rest.substr(0, rest.find(' '));
  rest.remove_prefix(std::min(word.size() + 1, rest.size()));
  return word;
}

// Digits without leading zeros.
std::optional<std::uint16_t> parse_port(std::string_view text) {
  std::uint16_t port = 0;
  const char* end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data(), end, port);
  const bool is_port =
      parsed.ec == std::errc{} && parsed.ptr == end && (text.size() == 1 || !text.starts_with('0'));
  return is_port ? std::optional{port} : std::nullopt;
}

// Both of one family, as the protocol wants them.
ProxyAddresses of_one_family(const ProxyAddresses& addresses) {
  const auto mapped = [](const Endpoint& endpoint) {
    if (endpoint.is_ipv6) return endpoint;
    Endpoint ipv6{.port = endpoint.port, .is_ipv6 = true};
    ipv6.address[10] = ipv6.address[11] = 0xff;
    std::copy_n(endpoint.address.begin(), 4, ipv6.address.begin() + 12);
    return ipv6;
  };
  if (addresses.source.is_ipv6 == addresses.destination.is_ipv6) return addresses;
  return {.source = mapped(addresses.source), .destination = mapped(addresses.destination)};
}

}  // namespace

ProxyHeaderReader::Status ProxyHeaderReader::take(Bytes& bytes) {
  while (!bytes.empty()) {
    if (size_ >= wanted_) {
      const std::size_t skipped = std::min(skip_, bytes.size());
      skip_ -= skipped;
      bytes = bytes.subspan(skipped);
      return skip_ == 0 ? Status::complete : Status::partial;
    }
    collected_[size_++] = bytes.front();
    bytes = bytes.subspan(1);
    if (const Status status = step(); status != Status::partial) return status;
  }
  return Status::partial;
}

ProxyHeaderReader::Status ProxyHeaderReader::refuse(ProxyHeaderRefusal refusal) {
  refusal_ = refusal;
  return Status::refused;
}

ProxyHeaderReader::Status ProxyHeaderReader::step() {
  const std::string_view text = websocket::as_text(Bytes{collected_}.first(size_));
  const bool is_line = text.front() == kLineStart.front();
  const std::string_view start = is_line ? kLineStart : kSignature;
  if (text.substr(0, start.size()) != start.substr(0, text.size())) {
    return refuse(ProxyHeaderRefusal::no_signature);
  }
  if (is_line) wanted_ = collected_.size();
  return is_line ? step_line() : step_binary();
}

ProxyHeaderReader::Status ProxyHeaderReader::step_line() {
  const std::string_view text = websocket::as_text(Bytes{collected_}.first(size_));
  if (text.ends_with("\r\n")) return read_line(text.substr(0, size_ - 2));
  const bool is_over = text.back() == '\n' || size_ == collected_.size();
  return is_over ? refuse(ProxyHeaderRefusal::invalid_line) : Status::partial;
}

ProxyHeaderReader::Status ProxyHeaderReader::read_line(std::string_view line) {
  std::string_view rest = line.substr(kLineStart.size());
  const std::string_view family = next_word(rest);
  if (family == "UNKNOWN") return Status::complete;
  if (family != "TCP4" && family != "TCP6") return refuse(ProxyHeaderRefusal::invalid_line);
  const auto source = parse_address(next_word(rest));
  const auto destination = parse_address(next_word(rest));
  const auto source_port = parse_port(next_word(rest));
  const auto destination_port = parse_port(rest);
  if (!source || !destination || !source_port || !destination_port) {
    return refuse(ProxyHeaderRefusal::invalid_address);
  }
  const bool is_ipv6 = family == "TCP6";
  if (source->is_ipv6 != is_ipv6 || destination->is_ipv6 != is_ipv6) {
    return refuse(ProxyHeaderRefusal::invalid_address);
  }
  addresses_ = ProxyAddresses{.source = *source, .destination = *destination};
  addresses_->source.port = *source_port;
  addresses_->destination.port = *destination_port;
  return Status::complete;
}

ProxyHeaderReader::Status ProxyHeaderReader::step_binary() {
  if (size_ < wanted_) return Status::partial;
  if (size_ > kBinaryHead) return read_binary_addresses();
  return read_binary_head();
}

ProxyHeaderReader::Status ProxyHeaderReader::read_binary_head() {
  const unsigned version = collected_[12] >> 4U;
  const unsigned command = collected_[12] & 0xfU;
  const std::uint8_t family = collected_[13];
  skip_ = read_16(&collected_[14]);
  if (version != kVersion2) return refuse(ProxyHeaderRefusal::invalid_version);
  if (command > 1) return refuse(ProxyHeaderRefusal::invalid_command);
  if (skip_ > kMaxBytes - kBinaryHead) return refuse(ProxyHeaderRefusal::invalid_length);
  const bool tells_addresses = family == kTcpOverIpv4 || family == kTcpOverIpv6;
  if (command == 1 && tells_addresses) {
    const std::size_t size = addresses_size(family == kTcpOverIpv6);
    if (skip_ < size) return refuse(ProxyHeaderRefusal::invalid_length);
    wanted_ += size;
    skip_ -= size;
    return Status::partial;
  }
  const bool is_known =
      family == kUnspecified || family == kUnspecifiedStream || family == kUnixStream;
  if (command == 1 && !is_known) return refuse(ProxyHeaderRefusal::invalid_family);
  return skip_ == 0 ? Status::complete : Status::partial;
}

ProxyHeaderReader::Status ProxyHeaderReader::read_binary_addresses() {
  const bool is_ipv6 = collected_[13] == kTcpOverIpv6;
  const std::size_t width = address_bytes(is_ipv6);
  const std::uint8_t* at = &collected_[kBinaryHead];
  ProxyAddresses addresses;
  for (Endpoint* endpoint : {&addresses.source, &addresses.destination}) {
    std::copy_n(at, width, endpoint->address.begin());
    endpoint->is_ipv6 = is_ipv6;
    at += width;
  }
  addresses.source.port = read_16(at);
  addresses.destination.port = read_16(at + 2);
  addresses_ = addresses;
  return skip_ == 0 ? Status::complete : Status::partial;
}

std::string proxy_header_v1(const ProxyAddresses& addresses) {
  const ProxyAddresses told = of_one_family(addresses);
  return std::string{kLineStart} + (told.source.is_ipv6 ? "TCP6 " : "TCP4 ") +
         address_text(told.source) + " " + address_text(told.destination) + " " +
         std::to_string(told.source.port) + " " + std::to_string(told.destination.port) + "\r\n";
}

std::string proxy_header_v2(const ProxyAddresses& addresses) {
  const ProxyAddresses told = of_one_family(addresses);
  const bool is_ipv6 = told.source.is_ipv6;
  std::string text{kSignature};
  text += kProxy;
  text += static_cast<char>(is_ipv6 ? kTcpOverIpv6 : kTcpOverIpv4);
  append_16(text, addresses_size(is_ipv6));
  for (const Endpoint& endpoint : {told.source, told.destination}) {
    text += websocket::as_text(Bytes{endpoint.address}.first(address_bytes(is_ipv6)));
  }
  append_16(text, told.source.port);
  append_16(text, told.destination.port);
  return text;
}

std::string proxy_header_v1_unknown() { return std::string{kLineStart} + "UNKNOWN\r\n"; }

std::string proxy_header_v2_local() {
  return std::string{kSignature} + kLocal + std::string(3, '\0');
}

}  // namespace proxy
