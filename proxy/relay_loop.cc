#include "proxy/relay_loop.h"

#include <sys/epoll.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <system_error>
#include <vector>

#include "proxy/tunnel.h"

namespace proxy {
namespace {

using websocket::Side;

constexpr int kBatch = 256;
// While the relay is busy Asio is asked after this many batches, or when the relay waited this
// long.
constexpr int kBatchesBetween = 16;
constexpr int kBusyWait = 1;  // ms
// Then Asio runs at most this many handlers: a plain transfer always has a next one.
constexpr int kHandlersBetween = 64;

int new_epoll() {
  const int fd = ::epoll_create1(EPOLL_CLOEXEC);
  if (fd < 0) throw std::system_error(errno, std::generic_category(), "epoll_create1");
  return fd;
}

}  // namespace

class RelayLoop::Impl {
 public:
  Impl(boost::asio::io_context& context, websocket::ConnectionObserver& observer,
       WorkerCounters& counters, const websocket::OutcomeLimits& limits)
      : asio_(context),
        epoll_(context, new_epoll()),
        timer_(context),
        relay_{.observer = observer, .counters = counters, .limits = limits} {
    // splice(2) knows no MSG_NOSIGNAL.
    std::signal(SIGPIPE, SIG_IGN);
    read_clocks();
  }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;
  ~Impl() { cut(); }

  void run();
  void stop() { stopped_ = true; }
  void start(TunnelStart start);
  void drain(const DrainOptions& options);
  void cut();
  std::size_t size() const { return tunnels_.size(); }

 private:
  void sleep_until_ready();
  bool relay_batch(int wait);
  void run_unfinished();
  void run_deadlines();
  void bury();
  void set_timer();
  bool add_to_epoll(Tunnel& tunnel, Side side);
  void read_clocks() {
    relay_.now = std::chrono::system_clock::now();
    relay_.steady_now = std::chrono::steady_clock::now();
  }

  boost::asio::io_context& asio_;
  boost::asio::posix::stream_descriptor epoll_;
  boost::asio::steady_timer timer_;
  SteadyTime timer_at_ = SteadyTime::max();
  RelayContext relay_;
  std::vector<std::unique_ptr<Tunnel>> tunnels_;
  std::vector<Tunnel*> over_;  // to be destroyed when no event of the batch can name them any more
  std::optional<DrainOptions> draining_;
  SteadyTime drain_deadline_{};
  bool busy_ = false;     // epoll_ may have events
  bool waiting_ = false;  // Asio waits for it
  bool stopped_ = false;
};

void RelayLoop::Impl::run() {
  int batches = 0;
  while (!stopped_ && !asio_.stopped()) {
    if (!busy_) {
      sleep_until_ready();
      continue;
    }
    const bool waited = !relay_batch(relay_.unfinished.empty() ? kBusyWait : 0);
    if (waited && relay_.unfinished.empty()) busy_ = false;
    if (waited || ++batches >= kBatchesBetween) {
      batches = 0;
      for (int i = 0; i < kHandlersBetween && asio_.poll_one() > 0; ++i) {
      }
    }
  }
}

void RelayLoop::Impl::sleep_until_ready() {
  if (!waiting_) {
    waiting_ = true;
    epoll_.async_wait(boost::asio::posix::stream_descriptor::wait_read,
                      [this](const boost::system::error_code& error) {
                        waiting_ = false;
                        busy_ = !error;
                      });
  }
  set_timer();
  asio_.run_one();
}

// One batch of events; false when there was none.
bool RelayLoop::Impl::relay_batch(int wait) {
  std::array<epoll_event, kBatch> events;
  const int count = ::epoll_wait(epoll_.native_handle(), events.data(), kBatch, wait);
  read_clocks();
  for (int i = 0; i < count; ++i) {
    const std::uint64_t key = events[static_cast<std::size_t>(i)].data.u64;
    // NOLINTNEXTLINE(performance-no-int-to-ptr): the lowest bit of the address is the side
    auto* tunnel = reinterpret_cast<Tunnel*>(key & ~std::uint64_t{1});
    if (tunnel->over()) continue;
    tunnel->on_ready(static_cast<Side>(key & 1U), events[static_cast<std::size_t>(i)].events);
    if (tunnel->over()) over_.push_back(tunnel);
  }
  run_unfinished();
  run_deadlines();
  bury();
  return count > 0;
}

void RelayLoop::Impl::run_unfinished() {
  std::vector<Tunnel*> unfinished;
  unfinished.swap(relay_.unfinished);
  for (Tunnel* tunnel : unfinished) {
    if (tunnel->over()) continue;
    tunnel->on_turn();
    if (tunnel->over()) over_.push_back(tunnel);
  }
}

void RelayLoop::Impl::run_deadlines() {
  Deadlines& deadlines = relay_.deadlines;
  while (!deadlines.empty() && deadlines.begin()->first <= relay_.steady_now) {
    Tunnel* tunnel = deadlines.begin()->second;
    deadlines.erase(deadlines.begin());
    tunnel->on_deadline();
    if (tunnel->over()) over_.push_back(tunnel);
  }
}

void RelayLoop::Impl::bury() {
  for (Tunnel* tunnel : over_) {
    std::erase(relay_.unfinished, tunnel);
    const std::size_t place = tunnel->place;
    std::swap(tunnels_[place], tunnels_.back());
    tunnels_[place]->place = place;
    tunnels_.pop_back();
  }
  over_.clear();
  relay_.counters.tunnels.set(tunnels_.size());
}

void RelayLoop::Impl::set_timer() {
  const Deadlines& deadlines = relay_.deadlines;
  if (deadlines.empty() || timer_at_ <= deadlines.begin()->first) return;
  timer_at_ = deadlines.begin()->first;
  timer_.expires_at(timer_at_);
  timer_.async_wait([this](const boost::system::error_code& error) {
    if (error) return;
    timer_at_ = SteadyTime::max();
    read_clocks();
    run_deadlines();
    run_unfinished();
    bury();
    busy_ = busy_ || !relay_.unfinished.empty();
  });
}

bool RelayLoop::Impl::add_to_epoll(Tunnel& tunnel, Side side) {
  epoll_event event{};
  event.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
  event.data.u64 = reinterpret_cast<std::uintptr_t>(&tunnel) | index(side);
  return ::epoll_ctl(epoll_.native_handle(), EPOLL_CTL_ADD, tunnel.fd(side), &event) == 0;
}

void RelayLoop::Impl::start(TunnelStart start) {
  read_clocks();
  tunnels_.push_back(std::make_unique<Tunnel>(std::move(start), relay_));
  Tunnel& tunnel = *tunnels_.back();
  tunnel.place = tunnels_.size() - 1;
  tunnel.begin();
  const bool added = add_to_epoll(tunnel, Side::client) && add_to_epoll(tunnel, Side::server);
  if (!added) tunnel.cut(websocket::LostBy::eviction);
  if (draining_ && !tunnel.over()) {
    tunnel.drain(*draining_, relay_.steady_now, drain_deadline_);
  }
  if (tunnel.over()) over_.push_back(&tunnel);
  bury();
  busy_ = true;
}

void RelayLoop::Impl::drain(const DrainOptions& options) {
  read_clocks();
  draining_ = options;
  drain_deadline_ = relay_.steady_now + options.deadline;
  // While a Close is sent nothing is destroyed, so that the places stay.
  const std::size_t count = tunnels_.size();
  for (std::size_t i = 0; i < count; ++i) {
    const auto share =
        options.window * static_cast<std::int64_t>(i) / static_cast<std::int64_t>(count);
    tunnels_[i]->drain(options, relay_.steady_now + share, drain_deadline_);
    if (tunnels_[i]->over()) over_.push_back(tunnels_[i].get());
  }
  bury();
  busy_ = true;
}

void RelayLoop::Impl::cut() {
  read_clocks();
  for (const std::unique_ptr<Tunnel>& tunnel : tunnels_) {
    if (!tunnel->over()) tunnel->cut(websocket::LostBy::proxy_shutdown);
  }
  over_.clear();
  relay_.unfinished.clear();
  tunnels_.clear();
  relay_.counters.tunnels.set(0);
}

RelayLoop::RelayLoop(boost::asio::io_context& context, websocket::ConnectionObserver& observer,
                     WorkerCounters& counters, const websocket::OutcomeLimits& limits)
    : impl_(std::make_unique<Impl>(context, observer, counters, limits)) {}

RelayLoop::~RelayLoop() = default;

void RelayLoop::run() { impl_->run(); }
void RelayLoop::stop() { impl_->stop(); }
void RelayLoop::start(TunnelStart start) { impl_->start(std::move(start)); }
void RelayLoop::drain(const DrainOptions& options) { impl_->drain(options); }
void RelayLoop::cut() { impl_->cut(); }
std::size_t RelayLoop::size() const { return impl_->size(); }

}  // namespace proxy
