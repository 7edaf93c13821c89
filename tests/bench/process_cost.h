#ifndef CLOSEWATCH_TESTS_BENCH_PROCESS_COST_H_
#define CLOSEWATCH_TESTS_BENCH_PROCESS_COST_H_

#include <sys/types.h>

#include <cstdint>

namespace bench {

// What another process has used so far. Throws std::system_error or std::runtime_error when there
// is no such process. For process 0, all is 0.
class ProcessCost {
 public:
  explicit ProcessCost(pid_t process) : process_(process) {}

  // User and system time of all its threads, to the nanosecond.
  double cpu_seconds() const;
  std::uint64_t resident_bytes() const;

 private:
  pid_t process_;
};

}  // namespace bench

#endif  // CLOSEWATCH_TESTS_BENCH_PROCESS_COST_H_
