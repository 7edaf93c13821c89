#ifndef CLOSEWATCH_PROXY_DEADLINES_H_
#define CLOSEWATCH_PROXY_DEADLINES_H_

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/intrusive/list.hpp>
#include <chrono>
#include <map>
#include <memory>

namespace proxy {

class Stream;

// A place in the list of all streams.
using StreamHook =
    boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>>;

// The streams of one worker and their deadlines. Those are set and cleared for every connection,
// and hardly ever reached: one timer serves all, and is not touched for one that comes later than
// the first. Not thread-safe.
class Deadlines {
 public:
  using Clock = std::chrono::steady_clock;
  using Entries = std::multimap<Clock::time_point, Stream*>;

  explicit Deadlines(boost::asio::io_context& context);
  ~Deadlines();
  Deadlines(const Deadlines&) = delete;
  Deadlines& operator=(const Deadlines&) = delete;

  boost::asio::io_context::executor_type executor() { return timer_.get_executor(); }

  // Calls stream.expire() then, unless removed.
  Entries::iterator add(Stream& stream, Clock::time_point when);
  void remove(Entries::iterator entry) { entries_.erase(entry); }

  // Of every stream, from its beginning.
  void enlist(Stream& stream);
  // Interrupts all there are and all that will be, so that whoever waits for one comes to its end.
  void interrupt_all();
  bool interrupted() const { return interrupted_; }

 private:
  using Timer = boost::asio::basic_waitable_timer<Clock, boost::asio::wait_traits<Clock>,
                                                  boost::asio::io_context::executor_type>;

  void arm();
  void expire_due();

  Timer timer_;
  struct All;  // the list needs Stream complete
  std::unique_ptr<All> all_;
  bool interrupted_ = false;
  Clock::time_point armed_ = Clock::time_point::max();
  Entries entries_;
};

}  // namespace proxy

#endif  // CLOSEWATCH_PROXY_DEADLINES_H_
