#ifndef CLOSEWATCH_METRICS_EVENT_LOG_H_
#define CLOSEWATCH_METRICS_EVENT_LOG_H_

#include <array>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

namespace metrics {

enum class EventSink : std::uint8_t { file, standard_output, standard_error };
constexpr std::string_view name(EventSink sink) {
  constexpr std::array<std::string_view, 3> names{"file", "standard_output", "standard_error"};
  return names[static_cast<std::size_t>(sink)];
}

// Writes events, one a line, to a file, standard output or standard error, from a thread of its
// own: whoever has an event is never made to wait for a disk or for the reader of a pipe. What does
// not fit the queue, and what the sink refuses (a full disk, a pipe without a reader), is dropped
// by whole lines and counted.
class EventLog {
 public:
  struct Options {
    EventSink sink = EventSink::standard_output;
    std::string path{};  // of a file: appended to, created for owner and group (0640) if need be
    std::size_t queue_bytes = std::size_t{4} << 20U;  // as much again may be being written
    // How long the destructor goes on with a sink that is slow or stuck.
    std::chrono::milliseconds farewell = std::chrono::seconds{2};
    bool waits = false;  // for start(), until which everything is queued
  };

  // Throws std::system_error if the sink cannot be written to; what() is one sentence.
  explicit EventLog(Options options);
  // Writes what is queued.
  ~EventLog();
  EventLog(const EventLog&) = delete;
  EventLog& operator=(const EventLog&) = delete;

  // Begins the thread that writes, once. REQUIRES: Options::waits.
  void start();

  // Queues an event. Any thread; never waits for the sink. REQUIRES: no line feed in it.
  void write(std::string_view event);

  // Goes on in a new file at the same path, after the old one was moved away (logrotate): events
  // from here on are in it. Any thread. Does nothing for the other sinks. Throws as the constructor
  // does, and then the old file stays in use.
  void reopen();

  EventSink sink() const { return options_.sink; }
  // For any thread.
  std::uint64_t dropped() const { return dropped_.load(std::memory_order_relaxed); }

 private:
  void write_batches();
  bool next_batch(std::string& batch);
  void change_file(int next);
  void write_lines(std::string_view lines);
  std::size_t write_some(std::string_view bytes);
  bool wait_until_writable();
  bool farewell_is_over();
  void drop(std::string_view lines);

  const Options options_;
  std::atomic<std::uint64_t> dropped_{0};

  std::mutex mutex_;  // never held while writing
  std::condition_variable work_;
  // Guarded by mutex_:
  std::string queue_;   // whole lines
  int next_file_ = -1;  // for the writer to go on with; -1: none
  bool ending_ = false;
  std::chrono::steady_clock::time_point deadline_{};  // once ending_

  // Of the writer:
  int file_;
  std::string cut_;  // the rest of a line of which the sink took the beginning
  std::thread writer_;
};

}  // namespace metrics

#endif  // CLOSEWATCH_METRICS_EVENT_LOG_H_
