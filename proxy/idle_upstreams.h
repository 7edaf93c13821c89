#ifndef CLOSEWATCH_PROXY_IDLE_UPSTREAMS_H_
#define CLOSEWATCH_PROXY_IDLE_UPSTREAMS_H_

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstddef>
#include <list>
#include <memory>

#include "proxy/stream.h"
#include "proxy/upstreams.h"
#include "websocket/endpoint.h"

namespace proxy {

// A connection to an upstream.
struct UpstreamConnection {
  std::unique_ptr<Stream> stream{};
  websocket::Endpoint endpoint{};
  std::size_t index = 0;  // of the upstream in its set
  bool reused = false;    // has answered a request before
};

// Connections that answered a request completely and wait for the next one, the newest first. They
// belong to the very set they were opened from: a reload makes new sets and so new connections. Not
// thread-safe.
class IdleUpstreams {
 public:
  static constexpr std::size_t kMost = 256;
  static constexpr std::size_t kMostOfOne = 32;  // upstream
  static constexpr std::chrono::seconds kFor{10};

  explicit IdleUpstreams(boost::asio::io_context& context) : timer_(context.get_executor()) {}
  IdleUpstreams(const IdleUpstreams&) = delete;
  IdleUpstreams& operator=(const IdleUpstreams&) = delete;

  void put(const std::shared_ptr<const UpstreamSet>& set, UpstreamConnection connection);
  // One that is still open and silent; without a stream when there is none.
  UpstreamConnection take(const UpstreamSet& set, std::size_t index);
  void clear();
  std::size_t size() const { return idle_.size(); }

 private:
  using Clock = std::chrono::steady_clock;
  using Timer = boost::asio::basic_waitable_timer<Clock, boost::asio::wait_traits<Clock>, Executor>;
  struct Idle {
    std::shared_ptr<const UpstreamSet> set;
    UpstreamConnection connection;
    Clock::time_point until;
  };

  void sweep_later();
  void sweep();

  std::list<Idle> idle_;  // newest first
  Timer timer_;
  bool sweeping_ = false;
};

}  // namespace proxy

#endif  // CLOSEWATCH_PROXY_IDLE_UPSTREAMS_H_
