#include "proxy/pump.h"

#include <fcntl.h>

#include <algorithm>
#include <cerrno>

namespace proxy {
namespace {

IoResult splice_some(int from, int to, std::size_t most) {
  ssize_t count = 0;
  do {
    count = ::splice(from, nullptr, to, nullptr, most, SPLICE_F_MOVE | SPLICE_F_NONBLOCK);
  } while (count < 0 && errno == EINTR);
  if (count > 0) return {IoStatus::done, static_cast<std::size_t>(count)};
  return {count == 0 ? IoStatus::end : status_of_error(errno)};
}

}  // namespace

IoStatus Pump::push(Transport& sink, websocket::Bytes bytes) {
  if (empty()) {
    const IoResult written = sink.write(bytes);
    if (written.status == IoStatus::done) {
      bytes = bytes.subspan(written.count);
    } else if (written.status != IoStatus::would_block) {
      return written.status;
    }
  }
  append(bytes);
  return IoStatus::done;
}

void Pump::append(websocket::Bytes bytes) { held_.insert(held_.end(), bytes.begin(), bytes.end()); }

std::optional<IoResult> Pump::splice_from(Transport& source, std::size_t most, PipePool& pipes) {
  if (!pipe_.is_open()) pipe_ = pipes.take();
  if (!pipe_.is_open()) return std::nullopt;
  const IoResult moved = splice_some(source.fd(), pipe_.write_end(), most);
  in_pipe_ += moved.count;
  if (in_pipe_ == 0) pipes.give_back(std::move(pipe_));
  return moved;
}

IoStatus Pump::flush_pipe(Transport& sink, PipePool& pipes) {
  while (in_pipe_ > 0) {
    const IoResult moved = splice_some(pipe_.read_end(), sink.fd(), in_pipe_);
    if (moved.status != IoStatus::done) return moved.status;
    in_pipe_ -= moved.count;
  }
  if (pipe_.is_open()) pipes.give_back(std::move(pipe_));
  return IoStatus::done;
}

IoStatus Pump::flush(Transport& sink, PipePool& pipes) {
  if (const IoStatus status = flush_pipe(sink, pipes); status != IoStatus::done) return status;
  while (sent_ < held_.size()) {
    const IoResult written = sink.write(websocket::Bytes{held_}.subspan(sent_));
    if (written.status != IoStatus::done) return written.status;
    sent_ += written.count;
  }
  if (!held_.empty()) {
    std::vector<std::uint8_t>().swap(held_);  // an idle connection costs no buffer
    sent_ = 0;
  }
  return IoStatus::done;
}

void Pump::drop(PipePool& pipes) {
  std::vector<std::uint8_t>().swap(held_);
  sent_ = 0;
  if (pipe_.is_open()) {
    pipe_ = Pipe{};
    pipes.lost();
  }
  in_pipe_ = 0;
}

}  // namespace proxy
