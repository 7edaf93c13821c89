#ifndef CLOSEWATCH_TESTS_SUPPORT_TRAFFIC_TRUTH_H_
#define CLOSEWATCH_TESTS_SUPPORT_TRAFFIC_TRUTH_H_

#include <array>
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "tests/support/frame_builder.h"
#include "websocket/direction.h"
#include "websocket/endpoint.h"

namespace support {

// What the endpoints of a generated connection report, and what a capture of it can know.
struct ConnectionTruth {
  websocket::Endpoint client{};
  websocket::Endpoint server{};
  int status = 0;                           // of the answer to the upgrade; 0: there was no upgrade
  bool closed = false;                      // otherwise open at the end of the savefile
  std::array<std::uint16_t, 2> observed{};  // by index(Side)
  std::string_view initiator{};
  std::string_view cause{};
  std::array<bool, 2> knowable{true, true};  // are the packets there that tell observed[side]?
  bool handshake_captured = true;  // otherwise it may be missing from the result altogether
};

// The ground truth of a generated savefile. Counts are of what was sent; where packets are lost to
// the capture they are upper bounds.
struct TrafficTruth {
  std::string profile;
  std::uint64_t seed = 0;
  std::uint64_t packets = 0;  // in the savefile
  std::uint64_t lost_packets = 0;
  std::array<std::map<std::string, std::uint64_t>, 2> frames;        // by sender, opcode
  std::array<std::map<std::string, std::uint64_t>, 2> close_frames;  // by sender, wire code
  std::array<std::uint64_t, 2> payload_bytes{};                      // of all frames, by sender
  // Text frames that end in the middle: not among `frames`, their payload not in `payload_bytes`.
  std::array<std::uint64_t, 2> cut_frames{};
  std::array<std::uint64_t, 2> cut_payload_bytes{};  // as much of it as was sent
  std::vector<ConnectionTruth> connections;

  void count(const Frame& frame, websocket::Side sender);
};

// JSON: totals as the metrics have them, and each connection. Throws std::system_error.
void write_truth(const std::filesystem::path& path, const TrafficTruth& truth);

}  // namespace support

#endif  // CLOSEWATCH_TESTS_SUPPORT_TRAFFIC_TRUTH_H_
