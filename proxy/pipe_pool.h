#ifndef CLOSEWATCH_PROXY_PIPE_POOL_H_
#define CLOSEWATCH_PROXY_PIPE_POOL_H_

#include <utility>
#include <vector>

namespace proxy {

// A pipe through which splice(2) moves bytes from socket to socket. Owns both ends.
class Pipe {
 public:
  Pipe() = default;
  Pipe(int read_end, int write_end) : read_end_(read_end), write_end_(write_end) {}
  Pipe(Pipe&& other) noexcept
      : read_end_(std::exchange(other.read_end_, -1)),
        write_end_(std::exchange(other.write_end_, -1)) {}
  Pipe& operator=(Pipe&& other) noexcept {
    std::swap(read_end_, other.read_end_);
    std::swap(write_end_, other.write_end_);
    return *this;
  }
  ~Pipe();

  bool is_open() const { return read_end_ >= 0; }
  int read_end() const { return read_end_; }
  int write_end() const { return write_end_; }

 private:
  int read_end_ = -1;
  int write_end_ = -1;
};

// The pipes of one thread. One is enough while every sink takes what its source gave; a sink that
// does not keeps its pipe until it does. Not thread-safe.
class PipePool {
 public:
  // An empty pipe, or none: where too many are in use, or the system has none.
  Pipe take();
  // REQUIRES: empty.
  void give_back(Pipe pipe);
  // Closed with bytes in it.
  void lost() { --in_use_; }

 private:
  std::vector<Pipe> idle_;
  std::size_t in_use_ = 0;
};

}  // namespace proxy

#endif  // CLOSEWATCH_PROXY_PIPE_POOL_H_
