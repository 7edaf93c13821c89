#include "metrics/event_log.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <system_error>
#include <utility>

namespace metrics {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kLookUpMilliseconds = 50;  // how often a stuck writer sees whether it is to end

// Of a pipe without a reader the write is to say so, not SIGPIPE; and the program's own threads are
// those that take its signals.
void block_signals() {
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, nullptr);
}

// A file of our own for the sink.
int open_sink(const EventLog::Options& options) {
  if (options.sink == EventSink::file) {
    // Non-blocking for the sake of a named pipe.
    const int file = open(options.path.c_str(),
                          O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NONBLOCK | O_NOCTTY, 0640);
    if (file >= 0) return file;
    throw std::system_error(errno, std::generic_category(),
                            "cannot open the event log " + options.path);
  }
  const int standard = options.sink == EventSink::standard_output ? STDOUT_FILENO : STDERR_FILENO;
  const int file = fcntl(standard, F_DUPFD_CLOEXEC, 0);
  if (file >= 0) return file;
  throw std::system_error(errno, std::generic_category(),
                          "cannot write events to " + std::string(name(options.sink)));
}

}  // namespace

EventLog::EventLog(Options options) : options_(std::move(options)), file_(open_sink(options_)) {
  queue_.reserve(options_.queue_bytes);  // no thread is to wait while another's event moves it
  if (!options_.waits) start();
}

void EventLog::start() {
  writer_ = std::thread([this] { write_batches(); });
}

EventLog::~EventLog() {
  {
    const std::scoped_lock lock(mutex_);
    ending_ = true;
    deadline_ = Clock::now() + options_.farewell;
  }
  work_.notify_one();
  if (writer_.joinable()) writer_.join();
  close(file_);
}

void EventLog::write(std::string_view event) {
  {
    const std::scoped_lock lock(mutex_);
    if (options_.queue_bytes - queue_.size() <= event.size()) {
      dropped_.fetch_add(1, std::memory_order_relaxed);
      return;
    }
    queue_.append(event).push_back('\n');
    if (queue_.size() != event.size() + 1) return;  // the writer knows already
  }
  work_.notify_one();
}

void EventLog::reopen() {
  if (options_.sink != EventSink::file) return;
  int file = open_sink(options_);
  {
    const std::scoped_lock lock(mutex_);
    std::swap(next_file_, file);
  }
  if (file >= 0) close(file);  // opened by an earlier call, and not yet used
  work_.notify_one();
}

void EventLog::write_batches() {
  block_signals();
  std::string batch;
  batch.reserve(options_.queue_bytes);
  while (next_batch(batch)) {
    batch.insert(0, cut_);
    write_lines(batch);
  }
  drop(cut_);
}

// Waits for lines or for another file; false at the end.
bool EventLog::next_batch(std::string& batch) {
  batch.clear();
  std::unique_lock lock(mutex_);
  work_.wait(lock, [this] { return !queue_.empty() || next_file_ >= 0 || ending_; });
  std::swap(batch, queue_);
  const int next = std::exchange(next_file_, -1);
  const bool more = !batch.empty() || !ending_;
  lock.unlock();
  if (next >= 0) change_file(next);
  return more;
}

void EventLog::change_file(int next) {
  close(file_);
  file_ = next;
  drop(std::exchange(cut_, {}));  // its beginning is in the old file
}

void EventLog::write_lines(std::string_view lines) {
  std::size_t written = 0;
  while (written < lines.size()) {
    const std::size_t taken = write_some(lines.substr(written));
    if (taken == 0) break;
    written += taken;
  }
  if (written > 0) {
    const bool at_line_end = lines[written - 1] == '\n';
    cut_ = at_line_end ? "" : lines.substr(written, lines.find('\n', written) + 1 - written);
  }
  // The rest of a cut line is kept, for the next event must not stand on the same line.
  drop(lines.substr(written + cut_.size()));
}

// How much of it the sink took; 0 if it takes no more.
std::size_t EventLog::write_some(std::string_view bytes) {
  while (wait_until_writable()) {
    // A pipe that is ready takes this much without blocking.
    const ssize_t written =
        ::write(file_, bytes.data(), std::min<std::size_t>(bytes.size(), PIPE_BUF));
    if (written > 0) return static_cast<std::size_t>(written);
    if (written < 0 && errno != EINTR && errno != EAGAIN) return 0;
  }
  return 0;
}

bool EventLog::wait_until_writable() {
  pollfd sink{file_, POLLOUT, 0};
  while (!farewell_is_over()) {
    const int ready = poll(&sink, 1, kLookUpMilliseconds);
    if (ready > 0) return true;  // in error too: the write will say what it is
    if (ready < 0 && errno != EINTR) return false;
  }
  return false;
}

bool EventLog::farewell_is_over() {
  const std::scoped_lock lock(mutex_);
  return ending_ && Clock::now() >= deadline_;
}

void EventLog::drop(std::string_view lines) {
  const auto count = std::ranges::count(lines, '\n');
  dropped_.fetch_add(static_cast<std::uint64_t>(count), std::memory_order_relaxed);
}

}  // namespace metrics
