#ifndef CLOSEWATCH_TESTS_SUPPORT_PACKET_EDITS_H_
#define CLOSEWATCH_TESTS_SUPPORT_PACKET_EDITS_H_

#include <cstddef>
#include <vector>

#include "tests/support/tcp_packet.h"

namespace support {

// What can happen to a capture. Each gives a changed copy; times never go backwards, as a packet
// that moves takes the time of its new place. An index beyond the end throws std::out_of_range.
using Packets = std::vector<TestPacket>;

Packets first_packets(const Packets& packets, std::size_t count);  // the capture ends early
Packets without(const Packets& packets, std::size_t i);            // not captured
Packets duplicated(const Packets& packets, std::size_t i);         // captured twice in a row
Packets swapped(const Packets& packets, std::size_t i);            // with the one after it
Packets moved(const Packets& packets, std::size_t from, std::size_t to);
Packets each_twice(const Packets& packets);  // as on `any` with a bridge
Packets with_snapshot_length(const Packets& packets, std::size_t length);
// Both captures at once, ordered by time; equal times keep `one` first.
Packets interleaved(const Packets& one, const Packets& other);
// The same packets behind another link-layer header: the first `old_header` bytes of each are
// replaced by `header`.
Packets with_link_header(const Packets& packets, std::size_t old_header, const ByteString& header);

}  // namespace support

#endif  // CLOSEWATCH_TESTS_SUPPORT_PACKET_EDITS_H_
