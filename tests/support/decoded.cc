#include "tests/support/decoded.h"

#include <algorithm>
#include <memory>
#include <utility>

namespace support::layers {

Decoded decode(capture::PacketDecoder& decoder, int link_type, const Octets& packet,
               std::size_t captured, std::size_t wire_length, capture::Time at) {
  const std::unique_ptr<std::uint8_t[]> exact{new std::uint8_t[captured]};
  std::copy_n(packet.begin(), captured, exact.get());
  Decoded decoded;
  decoded.is_segment = decoder.decode(link_type, capture::Bytes{exact.get(), captured},
                                      static_cast<std::uint32_t>(wire_length), at, decoded.segment);
  if (decoded.is_segment) {
    decoded.payload.assign(decoded.segment.payload.begin(), decoded.segment.payload.end());
  }
  decoded.segment.payload = {};
  return decoded;
}

Decoded decode(int link_type, const Octets& packet) {
  capture::PacketDecoder decoder{{}};
  return decode(decoder, link_type, packet, packet.size(), packet.size());
}

std::uint64_t total(const capture::UndecodableCounts& counts) {
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < capture::kUndecodableCount; ++i) {
    sum += counts[static_cast<capture::Undecodable>(i)].value();
  }
  return sum;
}

Octets with(Octets packet, std::size_t at, int value) {
  packet.at(at) = static_cast<std::uint8_t>(value);
  return packet;
}

}  // namespace support::layers
