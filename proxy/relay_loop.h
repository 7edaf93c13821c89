#ifndef CLOSEWATCH_PROXY_RELAY_LOOP_H_
#define CLOSEWATCH_PROXY_RELAY_LOOP_H_

#include <cstddef>
#include <memory>

#include "proxy/config.h"
#include "proxy/counters.h"
#include "proxy/tunnel_start.h"
#include "websocket/observer.h"

namespace boost::asio {
class io_context;
}

namespace proxy {

// Moves the bytes of every opened WebSocket of one worker. The sockets stand in an epoll of their
// own, edge-triggered; while they are busy Asio is asked in between, and while they are idle the
// thread sleeps in Asio, which wakes it for both. Not thread-safe: all calls are the worker's.
class RelayLoop {
 public:
  // All three outlive this.
  RelayLoop(boost::asio::io_context& context, websocket::ConnectionObserver& observer,
            WorkerCounters& counters, const websocket::OutcomeLimits& limits);
  RelayLoop(const RelayLoop&) = delete;
  RelayLoop& operator=(const RelayLoop&) = delete;
  // Cuts what is still open; observers learn of it.
  ~RelayLoop();

  // Runs the context and the relay until stop().
  void run();
  void stop();

  // Counts the opened connection and relays until it ends.
  void start(TunnelStart start);

  // Sends every connection its Close, spread over the window, and cuts the rest at the deadline.
  // Connections that start later get theirs at once.
  void drain(const DrainOptions& options);
  // Cuts everything now.
  void cut();

  std::size_t size() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace proxy

#endif  // CLOSEWATCH_PROXY_RELAY_LOOP_H_
