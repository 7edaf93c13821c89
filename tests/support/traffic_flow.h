#ifndef CLOSEWATCH_TESTS_SUPPORT_TRAFFIC_FLOW_H_
#define CLOSEWATCH_TESTS_SUPPORT_TRAFFIC_FLOW_H_

#include <array>
#include <cstdint>
#include <optional>
#include <random>
#include <vector>

#include "tests/support/byte_string.h"
#include "tests/support/tcp_packet.h"
#include "tests/support/traffic_truth.h"

namespace support {

// Random numbers that are the same on every machine, which the standard's distributions are not.
class Dice {
 public:
  explicit Dice(std::uint64_t seed) : engine_(seed) {}

  // 0 ... n - 1
  std::uint32_t below(std::uint32_t n) {
    return static_cast<std::uint32_t>((engine_() >> 32) * n >> 32);
  }
  std::uint32_t between(std::uint32_t low, std::uint32_t high) {
    return low + below(high - low + 1);
  }
  bool one_in(std::uint32_t n) { return below(n) == 0; }

 private:
  std::mt19937_64 engine_;
};

// A segment that a flow is going to send; its numbers are set when it is sent.
struct PlannedSegment {
  websocket::Side sender = websocket::Side::client;
  std::uint8_t flags = TcpFlag::psh | TcpFlag::ack;
  bool opening = false;   // a part of the upgrade
  bool crossing = false;  // sent right after the one before it, which it does not acknowledge
  ByteString payload{};
};

// A TCP connection while it is generated: what it still has to send, and where both sides stand.
struct Flow {
  struct Peer {
    std::uint32_t next = 0;          // sequence number
    std::uint32_t acknowledged = 0;  // the last acknowledgment number sent
    bool owes_ack = false;
  };

  std::array<Peer, 2> peers;  // by index(Side)
  std::vector<PlannedSegment> plan;
  std::size_t planned_from = 0;  // plan[planned_from] is the next
  bool reset = false;
  std::optional<ByteString> held;  // a packet that the capture sees later than the next

  bool done() const { return planned_from == plan.size(); }
};

}  // namespace support

#endif  // CLOSEWATCH_TESTS_SUPPORT_TRAFFIC_FLOW_H_
