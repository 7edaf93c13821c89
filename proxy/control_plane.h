#ifndef CLOSEWATCH_PROXY_CONTROL_PLANE_H_
#define CLOSEWATCH_PROXY_CONTROL_PLANE_H_

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <set>
#include <span>
#include <vector>

#include "proxy/admission.h"
#include "proxy/counters.h"
#include "proxy/idle_upstreams.h"
#include "proxy/resolver.h"
#include "proxy/setup.h"
#include "proxy/stream.h"
#include "proxy/tunnel_start.h"
#include "websocket/observer.h"

namespace proxy {

// What all connections of one worker share until they are tunnels. Not thread-safe.
struct ControlPlane {
  ControlPlane(boost::asio::io_context& its_context, AdmissionControl& its_admission,
               WorkerCounters& its_counters, websocket::ConnectionObserver& its_observer)
      : context(its_context),
        deadlines(context),
        resolver(context),
        idle_upstreams(context),
        admission(its_admission),
        counters(its_counters),
        observer(its_observer) {}
  ControlPlane(const ControlPlane&) = delete;
  ControlPlane& operator=(const ControlPlane&) = delete;

  WorkerCounters::Service& counters_of(websocket::ServiceId service) {
    return counters.services[service < kMaxServices ? service : kMaxServices - 1];
  }
  void count(websocket::ServiceId service, Timeout timeout) {
    counters_of(service).timeouts[static_cast<std::size_t>(timeout)].add();
  }
  void count(websocket::ServiceId service, Rejection rejection) {
    counters_of(service).rejections[static_cast<std::size_t>(rejection)].add();
  }
  void count(websocket::ServiceId service, ConnectFailure failure) {
    counters_of(service).connect_failures[static_cast<std::size_t>(failure)].add();
  }
  void count(Malformed malformed) { counters.malformed[static_cast<std::size_t>(malformed)].add(); }
  void count_response(websocket::ServiceId service, unsigned status) {
    if (status >= 100 && status < 600) {
      counters_of(service).http_responses[status / 100 - 1].add();
    }
  }

  // A piece of the thread's buffer for one read; what is in it is gone with the next suspension.
  std::span<std::uint8_t> read_buffer(std::size_t most) { return std::span{buffer}.first(most); }

  boost::asio::io_context& context;
  Deadlines deadlines;
  Resolver resolver;
  IdleUpstreams idle_upstreams;
  AdmissionControl& admission;
  WorkerCounters& counters;
  websocket::ConnectionObserver& observer;
  std::function<void(TunnelStart)> start_tunnel;
  std::shared_ptr<const Setup> setup;
  bool draining = false;
  std::set<Stream*> between_requests;  // clients that may be let go without harm
  std::size_t sessions = 0;            // connections that are no tunnels
  std::size_t turned_away = 0;         // of them, at the door

 private:
  std::vector<std::uint8_t> buffer = std::vector<std::uint8_t>(std::size_t{64} << 10U);
};

inline websocket::Time now() {
  return std::chrono::time_point_cast<websocket::Duration>(std::chrono::system_clock::now());
}

// What may have come from a client ahead of its turn; it is held so long, and its reading stops.
inline constexpr std::size_t kMaxHeld = 16'384;

}  // namespace proxy

#endif  // CLOSEWATCH_PROXY_CONTROL_PLANE_H_
