#ifndef CLOSEWATCH_PROXY_DEADLINES_H_
#define CLOSEWATCH_PROXY_DEADLINES_H_

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <map>

namespace proxy {

class Stream;

// The deadlines of one worker's streams. They are set and cleared for every connection, and hardly
// ever reached: one timer serves all, and is not touched for one that comes later than the first.
// Not thread-safe.
class Deadlines {
 public:
  using Clock = std::chrono::steady_clock;
  using Entries = std::multimap<Clock::time_point, Stream*>;

  explicit Deadlines(boost::asio::io_context& context) : timer_(context.get_executor()) {}
  Deadlines(const Deadlines&) = delete;
  Deadlines& operator=(const Deadlines&) = delete;

  boost::asio::io_context::executor_type executor() { return timer_.get_executor(); }

  // Calls stream.expire() then, unless removed.
  Entries::iterator add(Stream& stream, Clock::time_point when);
  void remove(Entries::iterator entry) { entries_.erase(entry); }
  // Waits for nothing any more, so that the context can run out of work.
  void stop() { timer_.cancel(); }

 private:
  using Timer =
      boost::asio::basic_waitable_timer<Clock, boost::asio::wait_traits<Clock>,
                                        boost::asio::io_context::executor_type>;

  void arm();
  void expire_due();

  Timer timer_;
  Clock::time_point armed_ = Clock::time_point::max();
  Entries entries_;
};

}  // namespace proxy

#endif  // CLOSEWATCH_PROXY_DEADLINES_H_
