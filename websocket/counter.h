#ifndef CLOSEWATCH_WEBSOCKET_COUNTER_H_
#define CLOSEWATCH_WEBSOCKET_COUNTER_H_

#include <array>
#include <atomic>
#include <cstdint>

#include "websocket/opcode.h"

namespace websocket {

// A count that one thread writes and any thread reads; an add is a plain load and store, no lock
// and no locked instruction. Two writers would lose counts.
class Counter {
 public:
  void add(std::uint64_t n = 1) {
    value_.store(value_.load(std::memory_order_relaxed) + n, std::memory_order_relaxed);
  }
  void subtract(std::uint64_t n = 1) {
    value_.store(value_.load(std::memory_order_relaxed) - n, std::memory_order_relaxed);
  }
  void set(std::uint64_t n) { value_.store(n, std::memory_order_relaxed); }
  std::uint64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> value_{0};
};

// What the connections of one service carried while they live, by sender (index(Side)). Owned by
// the observer that hands it out, written by the thread that feeds the connections.
struct TrafficCounters {
  struct BySender {
    std::array<Counter, kOpcodeCount> frames;  // by index(Opcode)
    Counter payload_bytes;
  };
  std::array<BySender, 2> by_sender;
};

}  // namespace websocket

#endif  // CLOSEWATCH_WEBSOCKET_COUNTER_H_
