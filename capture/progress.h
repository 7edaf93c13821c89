#ifndef CLOSEWATCH_CAPTURE_PROGRESS_H_
#define CLOSEWATCH_CAPTURE_PROGRESS_H_

#include <chrono>
#include <cstdint>
#include <optional>
#include <ostream>
#include <string>

namespace capture {

// How far reading has come, in one line that is written over itself on a terminal, as in
// "[#####...............]  25%  1.0 GiB of 4.0 GiB  512 MiB/s  6s left". The time of the call comes
// from the caller, so update() costs next to nothing between two drawings.
class Progress {
 public:
  using Time = std::chrono::steady_clock::time_point;

  // `total` bytes, or nothing when that is not known (a pipe). Draws nothing unless `enabled`:
  // whether `out`, which has to outlive this, is a terminal is for the caller to find out.
  Progress(std::ostream& out, std::optional<std::uint64_t> total, bool enabled, Time start)
      : out_(out), total_(total), enabled_(enabled), start_(start), drawn_(start) {}
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  // `bytes` have been read by `now`.
  void update(std::uint64_t bytes, Time now);
  // Takes the line away.
  void finish();

 private:
  std::string line(std::uint64_t bytes, std::chrono::duration<double> elapsed) const;

  std::ostream& out_;
  std::optional<std::uint64_t> total_;
  bool enabled_;
  bool visible_ = false;
  Time start_;
  Time drawn_;
};

}  // namespace capture

#endif  // CLOSEWATCH_CAPTURE_PROGRESS_H_
