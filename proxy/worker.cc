#include "proxy/worker.h"

#include <boost/asio/post.hpp>
#include <utility>

#include "proxy/session.h"

namespace proxy {
namespace {

constexpr std::chrono::milliseconds kLookEvery{20};

}  // namespace

Worker::Worker(AdmissionControl& admission, websocket::ConnectionObserver& observer,
               const websocket::OutcomeLimits& limits, std::function<void()> finished)
    : plane_(context_, admission, counters_, observer),
      relay_(context_, observer, counters_, limits),
      finished_(std::move(finished)) {
  plane_.start_tunnel = [this](TunnelStart start) { relay_.start(std::move(start)); };
}

Worker::~Worker() {
  if (!thread_.joinable()) return;
  cut();
  thread_.join();
}

void Worker::start(Change change) {
  apply(std::move(change));
  thread_ = std::thread([this] {
    relay_.run();
    finished_();
  });
}

void Worker::change(Change change) {
  auto shared = std::make_shared<Change>(std::move(change));
  boost::asio::post(context_, [this, shared] { apply(std::move(*shared)); });
}

void Worker::drain(const DrainOptions& options) {
  boost::asio::post(context_, [this, options] { begin_drain(options); });
}

void Worker::cut() {
  boost::asio::post(context_, [this] { begin_cut(); });
}

void Worker::apply(Change change) {
  plane_.setup = std::move(change.setup);
  plane_.idle_upstreams.clear();
  for (NewSocket& opened : change.opened) open_door(std::move(opened));
  for (auto door = doors_.begin(); door != doors_.end();) {
    const auto wanted = change.doors.find(door->first);
    if (wanted != change.doors.end()) {
      door->second.entrance = wanted->second;
      door->second.listener->set(plane_.setup->first_timeouts());
      ++door;
      continue;
    }
    // Its last connections still come in by the entrance that they knew.
    door->second.listener->close();
    door = doors_.erase(door);
  }
}

void Worker::open_door(NewSocket opened) {
  const websocket::Endpoint endpoint = opened.endpoint;
  if (plane_.draining) return;
  Door& door = doors_[endpoint];
  door.listener =
      std::make_shared<Listener>(context_, std::move(opened.socket), counters_,
                                 [this, endpoint](int fd, const websocket::Endpoint& peer) {
                                   start_session(plane_, fd, peer, doors_.at(endpoint).entrance);
                                 });
  door.listener->start();
}

void Worker::close_doors() {
  for (auto& [endpoint, door] : doors_) door.listener->close();
}

void Worker::begin_drain(const DrainOptions& options) {
  if (std::exchange(plane_.draining, true)) return;
  close_doors();
  plane_.idle_upstreams.clear();
  for (Stream* waiting : plane_.between_requests) waiting->interrupt();
  relay_.drain(options);
  deadline_.expires_after(options.deadline);
  deadline_.async_wait([this](const boost::system::error_code& error) {
    if (!error) begin_cut();
  });
  end_when_empty();
}

void Worker::begin_cut() {
  plane_.draining = true;
  close_doors();
  plane_.idle_upstreams.clear();
  plane_.resolver.stop();
  plane_.deadlines.interrupt_all();
  relay_.cut();
  end_when_empty();
}

void Worker::end_when_empty() {
  if (plane_.sessions == 0 && relay_.size() == 0) {
    relay_.stop();
    return;
  }
  look_.expires_after(kLookEvery);
  look_.async_wait([this](const boost::system::error_code& error) {
    if (!error) end_when_empty();
  });
}

}  // namespace proxy
