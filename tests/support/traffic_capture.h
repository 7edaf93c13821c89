#ifndef CLOSEWATCH_TESTS_SUPPORT_TRAFFIC_CAPTURE_H_
#define CLOSEWATCH_TESTS_SUPPORT_TRAFFIC_CAPTURE_H_

#include <array>
#include <filesystem>
#include <utility>
#include <vector>

#include "tests/support/savefile_writer.h"
#include "tests/support/traffic_flow.h"
#include "tests/support/traffic_truth.h"

namespace support {

// The capture of the generated traffic: writes the segments that flows send into a savefile, as
// they are or, when lossy, late, twice, or not at all, and marks in the truth what cannot be known
// then. One packet follows the other by a few microseconds.
class TrafficCapture {
 public:
  TrafficCapture(const std::filesystem::path& path, bool lossy, Dice& dice, TrafficTruth& truth);

  // `flow` sends `segment`; its numbers move.
  void segment(Flow& flow, ConnectionTruth& connection, const PlannedSegment& segment);
  // No more of `flow` is coming for now: what it holds back is written.
  void release(Flow& flow);
  void close();  // throws std::system_error

  // How many segments were sent, captured or not.
  std::uint64_t segments() const { return segments_; }

 private:
  static constexpr std::size_t kLateSlots = 64;

  void encode(const Flow& flow, const ConnectionTruth& connection, const PlannedSegment& segment,
              std::uint32_t sequence_number);
  void capture_badly(Flow& flow, ConnectionTruth& connection, const PlannedSegment& segment);
  void lose(ConnectionTruth& connection, const PlannedSegment& segment);
  void write(websocket::Bytes packet);

  SavefileWriter writer_;
  bool lossy_;
  Dice& dice_;
  TrafficTruth& truth_;
  websocket::Time now_;
  std::uint64_t segments_ = 0;
  ByteString packet_;
  std::array<std::vector<ByteString>, kLateSlots> late_;  // copies, by segments_ % kLateSlots
};

}  // namespace support

#endif  // CLOSEWATCH_TESTS_SUPPORT_TRAFFIC_CAPTURE_H_
