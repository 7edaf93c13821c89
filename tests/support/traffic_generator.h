#ifndef CLOSEWATCH_TESTS_SUPPORT_TRAFFIC_GENERATOR_H_
#define CLOSEWATCH_TESTS_SUPPORT_TRAFFIC_GENERATOR_H_

#include <array>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string_view>
#include <vector>

#include "tests/support/traffic_capture.h"
#include "tests/support/traffic_flow.h"
#include "tests/support/traffic_script.h"
#include "tests/support/traffic_truth.h"

namespace support {

enum class TrafficProfile : std::uint8_t {
  chat,   // many connections, small messages both ways, all interleaved
  churn,  // many more that live shortly and end in every way
  bulk,   // a few that carry 64 KiB messages one way, in segments as large as GRO makes them
  lossy   // chat, captured badly: reordered, repeated, retransmitted and lost packets
};

std::optional<TrafficProfile> traffic_profile(std::string_view name);

struct TrafficOptions {
  TrafficProfile profile = TrafficProfile::chat;
  std::uint32_t connections = 0;  // 0: 20,000 for chat, 200,000 for churn, 4 for bulk, 2,000 lossy
  std::uint64_t messages = 0;     // in all (churn: does not apply); 0: as suits the profile
  std::uint64_t seed = 1;
  std::filesystem::path output{};
};

// Writes a savefile of generated traffic; the same options give the same bytes on every machine.
class TrafficGenerator {
 public:
  explicit TrafficGenerator(const TrafficOptions& options);

  // Once. Throws std::system_error.
  TrafficTruth generate();

 private:
  // What a side does some packets after it received something, unless it did so already.
  struct Reaction {
    std::uint32_t flow;
    websocket::Side side;
    bool pong;
  };
  static constexpr std::size_t kReactionSlots = 128;

  void add_flows();
  void short_lives();
  void long_lives();
  void plan_opening(std::uint32_t flow);
  void plan_life(std::uint32_t flow);  // from the opening to the end
  void plan_ending(std::uint32_t flow);
  void chat_message();
  void bulk_messages(std::size_t count);
  // Sends all that is planned, `window` connections at a time, one segment of a random one after
  // the other. `short_lived`: what they are to send is planned when they come into the window.
  void interleave(std::uint32_t window, bool short_lived);
  void step(std::uint32_t flow);
  void send(std::uint32_t flow, const PlannedSegment& segment);
  void react_later(std::uint32_t flow, websocket::Side side, bool pong);
  void react();

  TrafficOptions options_;
  TrafficTruth truth_;
  Dice dice_;
  TrafficScript script_;
  TrafficCapture capture_;
  std::vector<Flow> flows_;  // flows_[i] is truth_.connections[i]
  std::array<std::vector<Reaction>, kReactionSlots> reactions_;
  std::size_t slot_ = 0;
};

}  // namespace support

#endif  // CLOSEWATCH_TESTS_SUPPORT_TRAFFIC_GENERATOR_H_
