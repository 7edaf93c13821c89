#ifndef CLOSEWATCH_PROXY_WORKER_H_
#define CLOSEWATCH_PROXY_WORKER_H_

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <map>
#include <memory>
#include <thread>
#include <vector>

#include "proxy/control_plane.h"
#include "proxy/listener.h"
#include "proxy/relay_loop.h"
#include "proxy/setup.h"

namespace proxy {

// One thread with its own listening sockets, its connections and its counters.
class Worker {
 public:
  // A listening socket for a worker that it does not have yet.
  struct NewSocket {
    websocket::Endpoint endpoint;
    ListeningSocket socket;
  };
  // What a configuration means for one worker: `doors` are all that it is to have afterwards.
  struct Change {
    std::shared_ptr<const Setup> setup;
    std::vector<NewSocket> opened;
    std::map<websocket::Endpoint, std::shared_ptr<const Entrance>> doors;
  };

  // `finished` is called from the worker's thread when it has come to its end after drain() or
  // cut(). All outlive this.
  Worker(AdmissionControl& admission, websocket::ConnectionObserver& observer,
         const websocket::OutcomeLimits& limits, std::function<void()> finished);
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;
  // Cuts what is left.
  ~Worker();

  // Begins with the first configuration. Once.
  void start(Change change);

  // From any thread; they take effect soon.
  void change(Change change);
  void drain(const DrainOptions& options);
  void cut();

  // For any thread.
  const WorkerCounters& counters() const { return counters_; }

 private:
  struct Door {
    std::shared_ptr<Listener> listener;
    std::shared_ptr<const Entrance> entrance;
  };
  using Timer = boost::asio::basic_waitable_timer<
      std::chrono::steady_clock, boost::asio::wait_traits<std::chrono::steady_clock>, Executor>;

  void apply(Change change);
  void open_door(NewSocket opened);
  void begin_drain(const DrainOptions& options);
  void begin_cut();
  void close_doors();
  void end_when_empty();

  boost::asio::io_context context_{1};
  boost::asio::executor_work_guard<Executor> work_{context_.get_executor()};
  WorkerCounters counters_;
  ControlPlane plane_;
  RelayLoop relay_;
  Timer deadline_{context_.get_executor()};
  Timer look_{context_.get_executor()};
  std::map<websocket::Endpoint, Door> doors_;
  std::function<void()> finished_;
  std::thread thread_;
};

}  // namespace proxy

#endif  // CLOSEWATCH_PROXY_WORKER_H_
