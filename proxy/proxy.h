#ifndef CLOSEWATCH_PROXY_PROXY_H_
#define CLOSEWATCH_PROXY_PROXY_H_

#include <atomic>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "proxy/admission.h"
#include "proxy/counters.h"
#include "proxy/health_check.h"
#include "proxy/listening_socket.h"
#include "proxy/setup.h"
#include "proxy/worker.h"
#include "websocket/observer.h"

namespace proxy {

// The reverse proxy: its workers, and the configuration that they share. Its functions are for one
// thread, that of `context`, unless they say otherwise.
class Proxy {
 public:
  struct Options {
    // One a worker, which calls it from its thread; so many workers there are. They outlive the
    // proxy.
    std::vector<websocket::ConnectionObserver*> observers;
    ServiceIds service_ids;
    ActivatedSockets activated{};
    // Called in the context's thread when the last worker has come to its end.
    std::function<void()> finished;
    // Called once every first listener is bound, before there is any thread. May be empty, or
    // throw.
    std::function<void()> listening;
  };

  // `context` outlives this. Opens its sockets and begins. Throws std::runtime_error when the
  // configuration cannot be put into effect; `problems` gets sentences, which may be warnings.
  Proxy(boost::asio::io_context& context, ProxyConfig config, Options options,
        std::vector<std::string>& problems);
  Proxy(const Proxy&) = delete;
  Proxy& operator=(const Proxy&) = delete;
  // Cuts what is left.
  ~Proxy();

  // Puts another configuration into effect. False when that is not possible: then nothing has
  // changed. Existing connections live on; listeners whose address stays are not touched. What a
  // running program cannot change (threads, thresholds, code profiles, metrics_listen) stays.
  bool reload(ProxyConfig config, std::vector<std::string>& problems);

  // Accepts nothing any more, sends every WebSocket its Close, and ends when all are gone, or at
  // the deadline.
  void drain();
  // Ends at once.
  void cut();

  // Where it listens, with the ports that the system chose.
  std::vector<websocket::Endpoint> endpoints() const;

  // For any thread.
  std::shared_ptr<const Setup> setup() const;
  bool draining() const { return draining_.load(std::memory_order_relaxed); }
  std::size_t workers() const { return workers_.size(); }
  const WorkerCounters& counters(std::size_t worker) const { return workers_[worker]->counters(); }

 private:
  // A configured listener and what it came to.
  struct Place {
    config::ListenAddress address;
    std::vector<websocket::Endpoint> endpoints;
  };
  struct Opening {
    std::vector<Place> places;                           // of the new configuration
    std::vector<std::vector<Worker::NewSocket>> opened;  // by worker
  };

  Opening open_places(const Setup& setup) const;
  void open_place(Place& place, Opening& opening) const;
  std::vector<Worker::Change> changes(const std::shared_ptr<const Setup>& setup,
                                      Opening& opening) const;
  void put_into_effect(std::shared_ptr<const Setup> setup, Opening opening, bool first);

  boost::asio::io_context& context_;
  ServiceIds service_ids_;
  ActivatedSockets activated_;
  AdmissionControl admission_;
  mutable std::mutex mutex_;  // guards setup_
  std::shared_ptr<const Setup> setup_;
  std::vector<Place> places_;
  HealthChecks health_checks_;
  std::atomic<bool> draining_{false};
  std::size_t running_ = 0;
  std::vector<std::unique_ptr<Worker>> workers_;
};

}  // namespace proxy

#endif  // CLOSEWATCH_PROXY_PROXY_H_
