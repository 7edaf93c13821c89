#ifndef CLOSEWATCH_TESTS_SUPPORT_MUTATION_H_
#define CLOSEWATCH_TESTS_SUPPORT_MUTATION_H_

#include <cstdint>
#include <string>
#include <vector>

#include "tests/support/observed.h"
#include "tests/support/packet_edits.h"

namespace support {

// What may happen to one packet of a capture on its way to us.
enum class Edit : std::uint8_t { cut, drop, duplicate, swap };

// An edit after which more is said than the untouched capture says.
struct Invention {
  Edit edit;
  std::size_t packet;  // from 0; of a swap the first one, of a cut the first that is gone
  std::string what;
};
std::string to_string(const Invention& invention);

// Edits each packet in each way and holds what is then seen against the untouched capture:
// - a code is the one that was observed there, or unknown; each Close was seen there, too;
// - no connection and no opening handshake more than there, and one end for each connection;
// - a packet that was captured twice changes nothing at all;
// - packets captured in the wrong order change no code.
std::vector<Invention> inventions(const Packets& packets, const TrackOptions& options);

}  // namespace support

#endif  // CLOSEWATCH_TESTS_SUPPORT_MUTATION_H_
