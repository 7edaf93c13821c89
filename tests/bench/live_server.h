#ifndef CLOSEWATCH_TESTS_BENCH_LIVE_SERVER_H_
#define CLOSEWATCH_TESTS_BENCH_LIVE_SERVER_H_

#include <cstddef>
#include <string>
#include <vector>

#include "tests/bench/live_socket.h"
#include "tests/support/byte_string.h"

namespace bench {

// Accepts `connections` WebSocket connections, takes what comes as fast as it can, and answers each
// stream's end with a Close of 1000 and FIN. Meant for LiveClient, whose last frame is a Close.
class LiveServer {
 public:
  LiveServer(const std::string& address, std::uint16_t port, std::size_t connections);

  void run();  // until the last connection has ended

 private:
  struct Connection {
    Socket socket;
    std::string request;  // as far as it came; empty when it was answered
    bool open = false;
  };

  // False at the end of the stream.
  bool read(Connection& connection);
  void answer(Connection& connection);

  Socket listener_;
  std::size_t expected_;
  std::vector<Connection> connections_;
  support::ByteString buffer_;
};

}  // namespace bench

#endif  // CLOSEWATCH_TESTS_BENCH_LIVE_SERVER_H_
