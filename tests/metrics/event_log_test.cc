#include "metrics/event_log.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <system_error>
#include <thread>

namespace metrics {
namespace {

using namespace std::chrono_literals;
using Lines = std::vector<std::string>;

class EventLogTest : public testing::Test {
 protected:
  EventLogTest() {
    std::string folder = testing::TempDir() + "closewatch_events_XXXXXX";
    folder_ = mkdtemp(folder.data());
    path_ = folder_ + "/events.json";
  }
  ~EventLogTest() override { std::filesystem::remove_all(folder_); }

  EventLog::Options to_file() const { return {.sink = EventSink::file, .path = path_}; }

  // A named pipe at path_, with its reading end open.
  int make_pipe() const {
    EXPECT_EQ(mkfifo(path_.c_str(), 0600), 0);
    const int reader = open(path_.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    EXPECT_GE(reader, 0);
    return reader;
  }

  static Lines lines_of(std::istream& text) {
    Lines lines;
    for (std::string line; std::getline(text, line);) lines.push_back(line);
    return lines;
  }
  static Lines lines_in(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return lines_of(file);
  }

  std::string folder_;
  std::string path_;
};

// Is it so within a time that is only for the slowest machines?
template <typename Condition>
bool eventually(Condition condition) {
  const auto deadline = std::chrono::steady_clock::now() + 20s;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(1ms);
  }
  return true;
}

// What stands in the pipe, until there was nothing for `patience`, or to its end.
std::string read_pipe(int reader, std::chrono::milliseconds patience) {
  std::string text;
  std::array<char, 65536> part{};
  pollfd waiting{reader, POLLIN, 0};
  while (poll(&waiting, 1, static_cast<int>(patience.count())) > 0) {
    const ssize_t size = read(reader, part.data(), part.size());
    if (size <= 0) break;
    text.append(part.data(), static_cast<std::size_t>(size));
  }
  return text;
}

TEST_F(EventLogTest, EventsAreLinesInTheOrderInWhichTheyCame) {
  {
    EventLog log(to_file());
    for (int i = 0; i < 1000; ++i) log.write("event " + std::to_string(i));
    EXPECT_EQ(log.sink(), EventSink::file);
    EXPECT_EQ(log.dropped(), 0U);
  }
  const Lines lines = lines_in(path_);
  ASSERT_EQ(lines.size(), 1000U);
  for (std::size_t i = 0; i < lines.size(); ++i) EXPECT_EQ(lines[i], "event " + std::to_string(i));
}

TEST_F(EventLogTest, AFileIsAppendedToAndReadableByOwnerAndGroupOnly) {
  const mode_t mask = umask(0);
  { EventLog(to_file()).write("first"); }
  umask(mask);
  { EventLog(to_file()).write("second"); }
  EXPECT_EQ(lines_in(path_), (Lines{"first", "second"}));
  struct stat status {};
  ASSERT_EQ(stat(path_.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0640U);
}

TEST_F(EventLogTest, AnEventIsWrittenAtOnceNotAtTheEnd) {
  EventLog log(to_file());
  log.write("now");
  EXPECT_TRUE(eventually([&] { return !lines_in(path_).empty(); }));
  EXPECT_EQ(lines_in(path_), Lines{"now"});
}

TEST_F(EventLogTest, StandardOutputAndStandardError) {
  testing::internal::CaptureStdout();
  { EventLog({.sink = EventSink::standard_output}).write("out"); }
  EXPECT_EQ(testing::internal::GetCapturedStdout(), "out\n");
  testing::internal::CaptureStderr();
  {
    EventLog log({.sink = EventSink::standard_error});
    log.write("error");
    log.reopen();
  }
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "error\n");
}

// Under ThreadSanitizer this shows that the queue is all that the threads share.
TEST_F(EventLogTest, ManyThreadsWriteWholeLines) {
  constexpr int kThreads = 4;
  constexpr int kEvents = 2000;
  std::uint64_t dropped = 0;
  {
    EventLog log(to_file());
    std::vector<std::thread> threads;
    for (int t = 0; t < kThreads; ++t) {
      threads.emplace_back([&log, t] {
        for (int i = 0; i < kEvents; ++i) {
          log.write(std::to_string(t) + " " + std::to_string(i) + " " + std::string(500, 'x'));
        }
      });
    }
    for (int i = 0; i < 20; ++i) log.reopen();
    for (std::thread& thread : threads) thread.join();
    dropped = log.dropped();
  }
  EXPECT_EQ(dropped, 0U) << "4 MiB hold them all";
  std::map<int, int> next;  // of each thread
  for (const std::string& line : lines_in(path_)) {
    std::istringstream words(line);
    int thread = 0;
    int event = 0;
    std::string rest;
    words >> thread >> event >> rest;
    EXPECT_EQ(event, next[thread]++) << "thread " << thread;
    ASSERT_EQ(rest, std::string(500, 'x'));
  }
  for (int t = 0; t < kThreads; ++t) EXPECT_EQ(next[t], kEvents);
}

TEST_F(EventLogTest, AStuckReaderMakesNobodyWaitAndWhatDoesNotFitIsDropped) {
  constexpr int kEvents = 1000;
  const int reader = make_pipe();
  auto options = to_file();
  options.queue_bytes = 64 * 1024;
  auto log = std::make_unique<EventLog>(options);
  const auto start = std::chrono::steady_clock::now();
  for (int i = 0; i < kEvents; ++i) log->write(std::to_string(i) + std::string(1000, 'x'));
  EXPECT_LT(std::chrono::steady_clock::now() - start, 5s);
  EXPECT_GT(log->dropped(), 0U) << "1 MB into a pipe and two queues of 64 KiB each";
  std::istringstream read(read_pipe(reader, 500ms));
  const Lines lines = lines_of(read);
  EXPECT_EQ(lines.size() + log->dropped(), std::size_t{kEvents});
  for (const std::string& line : lines) EXPECT_TRUE(line.ends_with(std::string(1000, 'x')));
  log->write("the reader is back");
  EXPECT_EQ(read_pipe(reader, 500ms), "the reader is back\n");
  log.reset();
  close(reader);
}

TEST_F(EventLogTest, TheEndDoesNotWaitForAStuckReaderForEver) {
  const int reader = make_pipe();
  auto options = to_file();
  options.farewell = 100ms;
  const auto start = std::chrono::steady_clock::now();
  {
    EventLog log(options);
    for (int i = 0; i < 200; ++i) log.write(std::string(1000, 'x'));
  }
  const auto took = std::chrono::steady_clock::now() - start;
  EXPECT_GE(took, 100ms);
  EXPECT_LT(took, 10s);
  const std::string text = read_pipe(reader, 100ms);
  EXPECT_GE(text.size(), 60000U) << "as much as a pipe holds was written";
  close(reader);
}

TEST_F(EventLogTest, APipeWithoutReaderAndAFullDiskDropAndHarmNothing) {
  close(make_pipe());
  EXPECT_THROW(EventLog{to_file()}, std::system_error) << "from the start";
  const int reader = open(path_.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  EventLog lost_reader(to_file());
  close(reader);
  EventLog full_disk({.sink = EventSink::file, .path = "/dev/full"});
  for (EventLog* log : {&lost_reader, &full_disk}) {
    log->write("one");
    log->write("two");
    EXPECT_TRUE(eventually([&] { return log->dropped() == 2; }));
  }
}

// A limit on the size of files stands for a disk that is full for a while.
TEST_F(EventLogTest, ALineCutByAFullDiskIsFinishedWhenThereIsRoom) {
  const std::string cut(1500, 'x');
  rlimit unlimited{};
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &unlimited), 0);
  rlimit full = unlimited;
  full.rlim_cur = 1000;
  {
    EventLog log(to_file());
    ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &full), 0);
    log.write(cut);
    EXPECT_TRUE(eventually([&] { return std::filesystem::file_size(path_) == 1000; }));
    log.write("lost");
    EXPECT_TRUE(eventually([&] { return log.dropped() == 1; }));
    ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &unlimited), 0);
    log.write("after");
    EXPECT_TRUE(eventually([&] { return lines_in(path_).size() == 2; }));
    EXPECT_EQ(log.dropped(), 1U);
  }
  EXPECT_EQ(lines_in(path_), (Lines{cut, "after"}));
}

TEST_F(EventLogTest, AfterAReopenEventsAreInANewFile) {
  const std::string old = path_ + ".1";
  {
    EventLog log(to_file());
    log.write("before");
    EXPECT_TRUE(eventually([&] { return !lines_in(path_).empty(); }));
    std::filesystem::rename(path_, old);
    log.reopen();
    log.write("after");
  }
  EXPECT_EQ(lines_in(old), Lines{"before"});
  EXPECT_EQ(lines_in(path_), Lines{"after"});
}

// What logrotate deletes must not stay on the disk until the next connection ends.
TEST_F(EventLogTest, AReopenLetsGoOfTheOldFileAtOnce) {
  EventLog log(to_file());
  log.reopen();
  const auto open_here = [this] {
    int count = 0;
    for (const auto& file : std::filesystem::directory_iterator("/proc/self/fd")) {
      std::error_code gone;
      if (std::filesystem::read_symlink(file, gone) == path_) ++count;
    }
    return count;
  };
  EXPECT_TRUE(eventually([&] { return open_here() == 1; }));
}

TEST_F(EventLogTest, AFileThatCannotBeOpenedIsSaidInASentenceAndTheOldOneStays) {
  EventLog log(to_file());
  std::filesystem::rename(folder_, folder_ + ".moved");
  try {
    log.reopen();
    ADD_FAILURE() << "the folder is gone";
  } catch (const std::system_error& error) {
    EXPECT_EQ(std::string(error.what()),
              "cannot open the event log " + path_ + ": No such file or directory");
  }
  EXPECT_THROW(EventLog{to_file()}, std::system_error);
  std::filesystem::rename(folder_ + ".moved", folder_);
  log.write("still here");
  EXPECT_TRUE(eventually([&] { return !lines_in(path_).empty(); }));
  EXPECT_EQ(lines_in(path_), Lines{"still here"});
}

TEST_F(EventLogTest, AnEventLargerThanTheQueueIsDropped) {
  auto options = to_file();
  options.queue_bytes = 10;
  {
    EventLog log(options);
    log.write("0123456789");  // and its line's end
    EXPECT_EQ(log.dropped(), 1U);
    log.write("012345678");
    EXPECT_EQ(log.dropped(), 1U);
  }
  EXPECT_EQ(lines_in(path_), Lines{"012345678"});
}

}  // namespace
}  // namespace metrics
