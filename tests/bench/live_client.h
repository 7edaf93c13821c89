#ifndef CLOSEWATCH_TESTS_BENCH_LIVE_CLIENT_H_
#define CLOSEWATCH_TESTS_BENCH_LIVE_CLIENT_H_

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "tests/bench/live_socket.h"

namespace bench {

struct LiveLoad {
  std::size_t connections = 16;
  std::size_t payload_size = 64;
  double frames_per_second = 300'000;  // on all connections together
  std::chrono::duration<double> duration{3};
};

struct LiveResult {
  std::uint64_t frames = 0;  // data frames; each connection adds one Close
  std::uint64_t bytes = 0;   // of frames, headers included
  double seconds = 0;
};

// Opens the connections of one thread, sends frames one write each at a steady rate, and closes
// with 1000.
class LiveClient {
 public:
  LiveClient(const std::string& address, std::uint16_t port, const LiveLoad& load);

  LiveResult run();

 private:
  void upgrade(const Socket& socket) const;
  void close(const Socket& socket) const;

  LiveLoad load_;
  std::vector<Socket> sockets_;
};

}  // namespace bench

#endif  // CLOSEWATCH_TESTS_BENCH_LIVE_CLIENT_H_
