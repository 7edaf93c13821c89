// The first byte chooses the link type; packets follow, each behind its length and a byte of time,
// so that fragments meet one another.

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <memory>

#include "capture/link_type.h"
#include "capture/packet_decoder.h"

namespace {

using capture::Bytes;

// What the decoder promises of every segment. The sum makes ASan look at each byte of the payload.
void check(const capture::Segment& segment) {
  std::uint32_t sum = 0;
  for (const std::uint8_t byte : segment.payload) sum += byte;
  if (sum > 255U * segment.payload.size()) std::abort();
  if (segment.payload.size() > segment.payload_length) std::abort();
  if (segment.payload_length > capture::kLargestDatagram) std::abort();
  if (segment.source.is_ipv6 != segment.destination.is_ipv6) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const int link_type = capture::kLinkTypes[data[0] % capture::kLinkTypes.size()].value;
  capture::PacketDecoder decoder{{.checksums = capture::PacketDecoder::Checksums::verify,
                                  .fragments = {.datagrams = 4, .bytes = 8192}}};
  capture::Time at{};
  capture::Segment segment;
  Bytes rest{data + 1, size - 1};
  while (rest.size() >= 3) {
    const std::size_t length = std::size_t{rest[0]} << 8U | rest[1];
    at += std::chrono::milliseconds{rest[2] * 100};
    rest = rest.subspan(3);
    const Bytes captured = rest.first(std::min(length, rest.size()));
    // At the very end of its own memory, where reading on is seen.
    const std::unique_ptr<std::uint8_t[]> packet{new std::uint8_t[captured.size()]};
    std::copy(captured.begin(), captured.end(), packet.get());
    if (decoder.decode(link_type, Bytes{packet.get(), captured.size()},
                       static_cast<std::uint32_t>(length), at, segment)) {
      check(segment);
    }
    rest = rest.subspan(captured.size());
  }
  return 0;
}
