#ifndef CLOSEWATCH_TESTS_BENCH_LOAD_H_
#define CLOSEWATCH_TESTS_BENCH_LOAD_H_

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "tests/bench/live_socket.h"
#include "tests/bench/load_end.h"
#include "tests/bench/process_cost.h"

namespace bench {

struct LoadPlan {
  LoadTraffic traffic{};
  std::size_t connections = 1;  // in total
  // Together: all are opened, then all exchange their messages (this is measured), then all are
  // closed. Otherwise each does all of that at its own pace, and all of it is measured.
  bool together = true;
  std::size_t at_once = 64;  // that are being opened (together), or that exist (otherwise)
  std::chrono::milliseconds settle{50};  // before what is measured, and before a look at the memory
  std::chrono::milliseconds patience{10'000};  // without an event
};

struct LoadResult {
  std::uint64_t messages = 0;  // that were received
  double seconds = 0;
  double cpu_seconds = 0;  // of the observed process
  // Of the observed process: before, with all connections open, and after their messages.
  std::uint64_t resident_before = 0;
  std::uint64_t resident_open = 0;
  std::uint64_t resident_used = 0;
};

// Both ends of all connections, in one thread: clients that connect to a proxy, and the server
// behind it. Throws std::runtime_error when a byte is lost or wrong, an end comes too early, or
// nothing comes any more.
class Load {
 public:
  Load(const Socket& listener, const std::string& proxy_address, std::uint16_t proxy_port,
       const LoadPlan& plan, const ProcessCost& observed);
  ~Load();
  Load(const Load&) = delete;
  Load& operator=(const Load&) = delete;

  LoadResult run();

 private:
  enum class Stage : std::uint8_t { opening, messages, closing };

  bool finished() const { return ended_ == 2 * plan_.connections; }
  void wait();
  void open_more();
  void add(Socket socket, std::optional<std::uint32_t> client);
  void turn(int descriptor, std::uint32_t events);
  void proceed(LoadEnd& end);
  void proceed_all();
  void count(LoadEnd& client);
  void watch(const LoadEnd& end, bool was_blocked);
  void step();
  void begin_messages();
  void end_messages();
  void start_clock();
  void stop_clock();

  const Socket& listener_;
  std::string proxy_address_;
  std::uint16_t proxy_port_;
  LoadPlan plan_;
  ProcessCost observed_;
  int epoll_;
  Stage stage_;
  std::vector<std::unique_ptr<LoadEnd>> ends_;  // by descriptor
  std::size_t connected_ = 0;
  std::size_t opened_ = 0;
  std::size_t done_ = 0;  // clients that got all their messages
  std::size_t ended_ = 0;
  std::size_t clients_ended_ = 0;
  std::chrono::steady_clock::time_point clock_start_;
  double cpu_start_ = 0;
  LoadResult result_;
  std::vector<std::uint8_t> buffer_;
};

}  // namespace bench

#endif  // CLOSEWATCH_TESTS_BENCH_LOAD_H_
