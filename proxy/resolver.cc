#include "proxy/resolver.h"

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cstring>

#include "proxy/address_range.h"
#include "proxy/socket_address.h"

namespace proxy {
namespace {

constexpr boost::asio::as_tuple_t<boost::asio::use_awaitable_t<Executor>> kAwait{};
constexpr std::chrono::seconds kGoodFor{10};
constexpr std::chrono::seconds kRetryAfter{1};

}  // namespace

Task<std::vector<websocket::Endpoint>> Resolver::resolve(config::ListenAddress address,
                                                         Clock::time_point until) {
  if (auto literal = parse_address(address.host)) {
    literal->port = address.port;
    co_return std::vector{*literal};
  }
  const std::string name = config::to_string(address);
  Entry& entry = entries_[name];
  if (Clock::now() >= entry.good_until && !stopped_) {
    ask(name, address);
    Timer timer{resolver_.get_executor(), until};
    entry.waiting.push_back(&timer);
    co_await timer.async_wait(kAwait);
    std::erase(entry.waiting, &timer);
  }
  co_return entry.endpoints;
}

void Resolver::ask(const std::string& name, const config::ListenAddress& address) {
  Entry& entry = entries_[name];
  if (entry.asking) return;
  entry.asking = true;
  resolver_.async_resolve(address.host, std::to_string(address.port),
                          [this, name](const boost::system::error_code& error,
                                       const SystemResolver::results_type& results) {
                            answered(name, error, results);
                          });
}

void Resolver::answered(const std::string& name, const boost::system::error_code& error,
                        const SystemResolver::results_type& results) {
  Entry& entry = entries_[name];
  entry.asking = false;
  entry.good_until = Clock::now() + (error ? kRetryAfter : kGoodFor);
  std::vector<websocket::Endpoint> endpoints;
  for (const auto& result : results) {
    sockaddr_storage storage{};
    std::memcpy(&storage, result.endpoint().data(), result.endpoint().size());
    if (const auto endpoint = endpoint_of(storage)) endpoints.push_back(*endpoint);
  }
  if (!endpoints.empty()) entry.endpoints = std::move(endpoints);
  for (Timer* timer : entry.waiting) timer->cancel();
}

void Resolver::stop() {
  stopped_ = true;
  resolver_.cancel();
  for (auto& [name, entry] : entries_) {
    for (Timer* timer : entry.waiting) timer->cancel();
  }
}

}  // namespace proxy
