#include "capture/tcp_header.h"

namespace capture {
namespace {

constexpr std::size_t kSmallestHeader = 20;

// RFC 7323 section 3.2.
void read_timestamp(Bytes options, Segment& segment) {
  constexpr std::uint32_t kAlignedTimestamp = 0x0101080a;  // NOP, NOP, Timestamps: as Linux sends
  constexpr std::uint8_t kEnd = 0;
  constexpr std::uint8_t kNoOperation = 1;
  constexpr std::uint8_t kTimestamps = 8;
  if (options.size() >= 12 && load32(options.data()) == kAlignedTimestamp) [[likely]] {
    segment.has_timestamp = true;
    segment.timestamp_value = load32(options.data() + 4);
    return;
  }
  while (options.size() >= 2 && options[0] != kEnd) {
    if (options[0] == kNoOperation) {
      options = options.subspan(1);
      continue;
    }
    const std::size_t size = options[1];
    if (size < 2 || size > options.size()) return;
    if (options[0] == kTimestamps && size == 10) {
      segment.has_timestamp = true;
      segment.timestamp_value = load32(options.data() + 2);
      return;
    }
    options = options.subspan(size);
  }
}

// The sum of the 16-bit words (RFC 1071), not folded: 2^16 of them and more cannot overflow it.
std::uint64_t sum(Bytes bytes) {
  std::uint64_t total = 0;
  std::size_t at = 0;
  for (; at + 1 < bytes.size(); at += 2) total += load16(bytes.data() + at);
  if (at < bytes.size()) total += std::uint64_t{bytes[at]} << 8U;
  return total;
}

}  // namespace

bool read_tcp_header(const Layer& layer, Segment& segment, Undecodable& reason) {
  if (!layer.holds(kSmallestHeader)) {
    reason = incomplete(layer, Undecodable::malformed_tcp).reason;
    return false;
  }
  const std::uint8_t* header = layer.bytes.data();
  const std::size_t header_size = (header[12] >> 4U) * std::size_t{4};
  if (header_size < kSmallestHeader || header_size > layer.length) {
    reason = Undecodable::malformed_tcp;
    return false;
  }
  segment.source.port = load16(header);
  segment.destination.port = load16(header + 2);
  segment.sequence_number = load32(header + 4);
  segment.acknowledgment_number = load32(header + 8);
  segment.flags = header[13];
  segment.window = load16(header + 14);
  segment.urgent_pointer = load16(header + 18);
  segment.checksum_bad = false;
  segment.has_timestamp = false;
  segment.timestamp_value = 0;
  const std::size_t captured_header = std::min(header_size, layer.bytes.size());
  if (captured_header > kSmallestHeader) {
    read_timestamp(layer.bytes.subspan(kSmallestHeader, captured_header - kSmallestHeader),
                   segment);
  }
  segment.payload = layer.bytes.subspan(captured_header);
  segment.payload_length = static_cast<std::uint32_t>(layer.length - header_size);
  return true;
}

bool tcp_checksum_right(const Layer& layer, const Segment& segment) {
  constexpr std::uint64_t kProtocol = 6;
  const std::size_t address_size = segment.source.is_ipv6 ? 16 : 4;
  std::uint64_t total = kProtocol + layer.length + sum(layer.bytes);
  total += sum(Bytes{segment.source.address}.first(address_size));
  total += sum(Bytes{segment.destination.address}.first(address_size));
  while (total >> 16U != 0) total = (total & 0xffffU) + (total >> 16U);
  return total == 0xffff;
}

}  // namespace capture
