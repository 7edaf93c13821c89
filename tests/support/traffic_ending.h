#ifndef CLOSEWATCH_TESTS_SUPPORT_TRAFFIC_ENDING_H_
#define CLOSEWATCH_TESTS_SUPPORT_TRAFFIC_ENDING_H_

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "websocket/direction.h"

namespace support {

enum class EndStep : std::uint8_t {
  close,            // a Close frame
  close_and_fin,    // both in one segment
  crossing_close,   // a Close sent before the other side's arrived
  fin,              //
  rst,              //
  half_frame,       // a text frame cut in its payload
  unmasked_frame,   // a text frame that a client must not send
  acknowledgement,  // a bare ACK
};

// One step of one side; `code` is for Close frames, kNoCode leaves the body empty.
struct EndingStep {
  static constexpr std::uint16_t kNoCode = 0;

  websocket::Side side;
  EndStep what;
  std::uint16_t code = kNoCode;
};

// A way in which connections end, and what both ends then report (RFC 6455 section 7.1.5).
struct Ending {
  unsigned weight;  // how common it is among the endings
  std::uint16_t client_observed;
  std::uint16_t server_observed;
  std::string_view initiator;
  std::string_view cause;
  std::vector<EndingStep> steps;
};

std::span<const Ending> all_endings();

// The ending at `place` when all are laid out by weight; `place` is below total_weight().
const Ending& ending_at(unsigned place);
unsigned total_weight();

}  // namespace support

#endif  // CLOSEWATCH_TESTS_SUPPORT_TRAFFIC_ENDING_H_
