#ifndef CLOSEWATCH_TESTS_SUPPORT_TRAFFIC_SCRIPT_H_
#define CLOSEWATCH_TESTS_SUPPORT_TRAFFIC_SCRIPT_H_

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/traffic_ending.h"
#include "tests/support/traffic_flow.h"
#include "tests/support/traffic_truth.h"

namespace support {

// Writes what flows are going to send into their plans, and what follows from it into the truth.
class TrafficScript {
 public:
  TrafficScript(Dice& dice, TrafficTruth& truth);

  // SYN, SYN-ACK, ACK, the upgrade and its answer; `status` 0 is a plain HTTP exchange.
  void plan_opening(Flow& flow, ConnectionTruth& connection, int status);
  // `count` text frames of `size` bytes, one right after the other, in segments of at most
  // `segment_size`.
  void plan_messages(Flow& flow, websocket::Side sender, std::size_t count, std::size_t size,
                     std::size_t segment_size);
  void plan_control(Flow& flow, websocket::Side sender, Frame frame);
  void plan_ending(Flow& flow, ConnectionTruth& connection, const Ending& ending);
  // Both FINs of a connection that never became a WebSocket.
  void plan_fins(Flow& flow);

 private:
  void plan_step(Flow& flow, const EndingStep& step);
  void append_wire(ByteString& wire, websocket::Side sender, Frame frame);
  void plan_bytes(Flow& flow, websocket::Side sender, websocket::Bytes wire,
                  std::size_t segment_size);
  void plan_frame(Flow& flow, websocket::Side sender, Frame frame, std::uint8_t more_flags = 0);
  void plan_half_frame(Flow& flow, websocket::Side sender, const Frame& frame);
  std::string some_text(std::size_t size);

  Dice& dice_;
  TrafficTruth& truth_;
  std::vector<std::pair<std::string, std::string>> keys_;  // Sec-WebSocket-Key and -Accept
  std::string letters_;
};

}  // namespace support

#endif  // CLOSEWATCH_TESTS_SUPPORT_TRAFFIC_SCRIPT_H_
