#include "tests/bench/process_cost.h"

#include <ctime>
#include <fstream>
#include <stdexcept>
#include <string>
#include <system_error>

namespace bench {

double ProcessCost::cpu_seconds() const {
  if (process_ == 0) return 0;
  clockid_t clock{};
  const int error = clock_getcpuclockid(process_, &clock);
  if (error != 0) {
    throw std::system_error(error, std::generic_category(), "no CPU time of the process");
  }
  timespec now{};
  clock_gettime(clock, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

std::uint64_t ProcessCost::resident_bytes() const {
  if (process_ == 0) return 0;
  // statm is cheaper, but may be off by some hundred KiB.
  std::ifstream file("/proc/" + std::to_string(process_) + "/smaps_rollup");
  std::string word;
  std::uint64_t kibibytes = 0;
  while (file >> word) {
    if (word == "Rss:" && file >> kibibytes) return kibibytes * 1024;
  }
  throw std::runtime_error("no resident size of the process " + std::to_string(process_));
}

}  // namespace bench
