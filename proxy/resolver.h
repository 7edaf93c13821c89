#ifndef CLOSEWATCH_PROXY_RESOLVER_H_
#define CLOSEWATCH_PROXY_RESOLVER_H_

#include <boost/asio/ip/basic_resolver.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <map>
#include <string>
#include <vector>

#include "config/listen_address.h"
#include "proxy/stream.h"
#include "websocket/endpoint.h"

namespace proxy {

// The addresses of upstreams, from the system's resolver, without waiting for it in the worker's
// thread. Answers are kept for a while; while a name cannot be resolved, its last addresses serve
// on. Not thread-safe.
class Resolver {
 public:
  using Clock = std::chrono::steady_clock;

  explicit Resolver(boost::asio::io_context& context) : resolver_(context.get_executor()) {}
  Resolver(const Resolver&) = delete;
  Resolver& operator=(const Resolver&) = delete;

  // An address at once, a name with all its addresses. Empty: it has none, or `until` came.
  Task<std::vector<websocket::Endpoint>> resolve(config::ListenAddress address,
                                                 Clock::time_point until);
  // Lets all go that wait, now and later.
  void stop();

 private:
  using Timer = boost::asio::basic_waitable_timer<Clock, boost::asio::wait_traits<Clock>, Executor>;
  using SystemResolver = boost::asio::ip::basic_resolver<boost::asio::ip::tcp, Executor>;

  struct Entry {
    std::vector<websocket::Endpoint> endpoints;
    Clock::time_point good_until = Clock::time_point::min();
    bool asking = false;
    std::vector<Timer*> waiting;
  };

  void ask(const std::string& name, const config::ListenAddress& address);
  void answered(const std::string& name, const boost::system::error_code& error,
                const SystemResolver::results_type& results);

  SystemResolver resolver_;
  std::map<std::string, Entry> entries_;  // bounded by the configured upstreams
  bool stopped_ = false;
};

}  // namespace proxy

#endif  // CLOSEWATCH_PROXY_RESOLVER_H_
