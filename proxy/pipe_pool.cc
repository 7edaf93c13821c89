#include "proxy/pipe_pool.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>

namespace proxy {
namespace {

// Stalled sinks beyond this many have their bytes copied: each pipe costs two descriptors.
constexpr std::size_t kMostInUse = 256;
constexpr std::size_t kMostIdle = 8;
// A pipe of the usual size has 16 places, one for each page: a message of 64 KiB and its header
// need one more.
constexpr int kSize = 131'072;

}  // namespace

Pipe::~Pipe() {
  if (!is_open()) return;
  ::close(read_end_);
  ::close(write_end_);
}

Pipe PipePool::take() {
  if (in_use_ >= kMostInUse) return {};
  Pipe pipe;
  if (!idle_.empty()) {
    pipe = std::move(idle_.back());
    idle_.pop_back();
  } else {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_NONBLOCK | O_CLOEXEC) != 0) return {};
    pipe = Pipe(ends[0], ends[1]);
    ::fcntl(ends[0], F_SETPIPE_SZ, kSize);  // the usual size does, too
  }
  ++in_use_;
  return pipe;
}

void PipePool::give_back(Pipe pipe) {
  --in_use_;
  if (idle_.size() < kMostIdle) idle_.push_back(std::move(pipe));
}

}  // namespace proxy
