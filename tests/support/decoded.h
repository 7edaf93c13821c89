#ifndef CLOSEWATCH_TESTS_SUPPORT_DECODED_H_
#define CLOSEWATCH_TESTS_SUPPORT_DECODED_H_

#include <cstddef>
#include <cstdint>

#include "capture/packet_decoder.h"
#include "tests/support/packet_builder.h"

namespace support::layers {

inline constexpr capture::Time kDecodedAt{std::chrono::seconds{1700000000}};

struct Decoded {
  bool is_segment = false;
  capture::Segment segment;
  Octets payload;  // a copy of segment.payload, which is gone
};

// The decoder sees the first `captured` bytes of a packet at the very end of their memory, so that
// ASan sees one byte too many.
Decoded decode(capture::PacketDecoder& decoder, int link_type, const Octets& packet,
               std::size_t captured, std::size_t wire_length, capture::Time at = kDecodedAt);
// The whole packet, by a decoder of its own.
Decoded decode(int link_type, const Octets& packet);

// The sum over all reasons.
std::uint64_t total(const capture::UndecodableCounts& counts);

// `packet` with one byte changed.
Octets with(Octets packet, std::size_t at, int value);

}  // namespace support::layers

#endif  // CLOSEWATCH_TESTS_SUPPORT_DECODED_H_
