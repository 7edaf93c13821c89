#include "metrics/process_metrics.h"

#include <sys/resource.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <sstream>
#include <string>

namespace metrics {
namespace {

// The fields of proc(5)'s /proc/self/stat that are exported.
struct ProcessStat {
  double cpu_seconds = 0;
  double start_seconds_after_boot = 0;
  double virtual_bytes = 0;
  double resident_bytes = 0;
};

std::optional<ProcessStat> read_stat() {
  std::ifstream file("/proc/self/stat");
  std::string text{std::istreambuf_iterator<char>(file), {}};
  const std::size_t name_end = text.rfind(')');  // the name, field 2, can hold anything
  if (name_end == std::string::npos) return std::nullopt;
  std::istringstream fields(text.substr(name_end + 1));
  std::string skipped;
  for (int field = 3; field < 14; ++field) fields >> skipped;
  double utime = 0;
  double stime = 0;
  fields >> utime >> stime;
  for (int field = 16; field < 22; ++field) fields >> skipped;
  double start_time = 0;
  double virtual_bytes = 0;
  double resident_pages = 0;
  fields >> start_time >> virtual_bytes >> resident_pages;
  if (!fields) return std::nullopt;
  const auto ticks = static_cast<double>(sysconf(_SC_CLK_TCK));
  return ProcessStat{(utime + stime) / ticks, start_time / ticks, virtual_bytes,
                     resident_pages * static_cast<double>(sysconf(_SC_PAGESIZE))};
}

std::optional<double> boot_time() {
  std::ifstream file("/proc/stat");
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("btime ")) return std::stod(line.substr(6));
  }
  return std::nullopt;
}

std::optional<double> open_files() {
  std::error_code error;
  const std::filesystem::directory_iterator files("/proc/self/fd", error);
  if (error) return std::nullopt;
  return static_cast<double>(std::distance(begin(files), end(files)));
}

std::optional<double> max_files() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return std::nullopt;
  return static_cast<double>(limit.rlim_cur);
}

void collect_value(const Family& family, std::optional<double> value, Families& families) {
  if (!value) return;
  FamilySamples samples(family);
  samples.add({}, *value);
  samples.move_to(families);
}

}  // namespace

void collect_process(Families& families) {
  if (const auto stat = read_stat()) {
    collect_value(family("process_cpu_seconds_total"), stat->cpu_seconds, families);
    collect_value(family("process_virtual_memory_bytes"), stat->virtual_bytes, families);
    collect_value(family("process_resident_memory_bytes"), stat->resident_bytes, families);
    if (const auto boot = boot_time()) {
      collect_value(family("process_start_time_seconds"), *boot + stat->start_seconds_after_boot,
                    families);
    }
  }
  collect_value(family("process_open_fds"), open_files(), families);
  collect_value(family("process_max_fds"), max_files(), families);
}

}  // namespace metrics
