#ifndef CLOSEWATCH_PROXY_LISTENER_H_
#define CLOSEWATCH_PROXY_LISTENER_H_

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/basic_stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <memory>

#include "proxy/counters.h"
#include "proxy/listening_socket.h"
#include "websocket/endpoint.h"

namespace proxy {

// Accepts the connections of one listening socket, a few at a time. Without a free file descriptor
// or without memory it pauses for a moment, and counts that. Not thread-safe.
class Listener : public std::enable_shared_from_this<Listener> {
 public:
  static constexpr std::chrono::milliseconds kPause{100};

  // Gets each new connection, and owns it: a non-blocking socket.
  using Accepted = std::function<void(int fd, const websocket::Endpoint& peer)>;

  // `context` and `counters` outlive this.
  Listener(boost::asio::io_context& context, ListeningSocket socket, WorkerCounters& counters,
           Accepted accepted);

  // Once.
  void start() { wait(); }
  void set(const Timeouts& timeouts) { socket_.set(timeouts); }
  // Accepts what is in the queue, then closes the socket: whoever was told by the system that he is
  // connected is served.
  void close();

 private:
  using Executor = boost::asio::io_context::executor_type;
  using Clock = std::chrono::steady_clock;
  enum class Step : std::uint8_t { accepted, again, none, exhausted };

  void wait();
  void pause();
  void accept_some();
  Step accept_one();

  boost::asio::posix::basic_stream_descriptor<Executor> descriptor_;
  boost::asio::basic_waitable_timer<Clock, boost::asio::wait_traits<Clock>, Executor> timer_;
  ListeningSocket socket_;
  WorkerCounters& counters_;
  Accepted accepted_;
  bool closed_ = false;
};

}  // namespace proxy

#endif  // CLOSEWATCH_PROXY_LISTENER_H_
