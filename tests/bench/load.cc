#include "tests/bench/load.h"

#include <sys/epoll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <stdexcept>
#include <system_error>
#include <thread>
#include <utility>

namespace bench {

Load::Load(const Socket& listener, const std::string& proxy_address, std::uint16_t proxy_port,
           const LoadPlan& plan, const ProcessCost& observed)
    : listener_(listener),
      proxy_address_(proxy_address),
      proxy_port_(proxy_port),
      plan_(plan),
      observed_(observed),
      epoll_(::epoll_create1(EPOLL_CLOEXEC)),
      stage_(plan.together ? Stage::opening : Stage::closing),
      buffer_(1 << 18) {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.fd = listener_.descriptor();
  if (::epoll_ctl(epoll_, EPOLL_CTL_ADD, event.data.fd, &event) != 0) {
    throw std::system_error(errno, std::generic_category(), "cannot watch the listener");
  }
}

Load::~Load() { ::close(epoll_); }

LoadResult Load::run() {
  result_.resident_before = observed_.resident_bytes();
  if (!plan_.together) start_clock();
  while (!finished()) {
    open_more();
    wait();
    if (plan_.together) step();
  }
  if (!plan_.together) stop_clock();
  return result_;
}

void Load::wait() {
  std::array<epoll_event, 256> events{};
  const int count = ::epoll_wait(epoll_, events.data(), static_cast<int>(events.size()),
                                 static_cast<int>(plan_.patience.count()));
  if (count <= 0) {
    throw std::runtime_error("nothing came any more: of " + std::to_string(plan_.connections) +
                             " connections " + std::to_string(opened_) + " were opened, " +
                             std::to_string(done_) + " got their messages, " +
                             std::to_string(clients_ended_) + " ended");
  }
  for (int i = 0; i < count; ++i) {
    const epoll_event& event = events[static_cast<std::size_t>(i)];
    turn(event.data.fd, event.events);
  }
}

void Load::open_more() {
  const std::size_t& past = plan_.together ? opened_ : clients_ended_;
  while (connected_ < plan_.connections && connected_ - past < plan_.at_once) {
    add(Socket::connect(proxy_address_, proxy_port_), static_cast<std::uint32_t>(connected_));
    ++connected_;
  }
}

void Load::add(Socket socket, std::optional<std::uint32_t> client) {
  const int descriptor = socket.descriptor();
  const auto index = static_cast<std::size_t>(descriptor);
  if (ends_.size() <= index) ends_.resize(index + 1);
  ends_[index] = std::make_unique<LoadEnd>(std::move(socket), plan_.traffic, client);
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.fd = descriptor;
  if (::epoll_ctl(epoll_, EPOLL_CTL_ADD, descriptor, &event) != 0) {
    throw std::system_error(errno, std::generic_category(), "cannot watch a connection");
  }
}

void Load::turn(int descriptor, std::uint32_t events) {
  if (descriptor == listener_.descriptor()) return add(listener_.accept(), std::nullopt);
  std::unique_ptr<LoadEnd>& end = ends_[static_cast<std::size_t>(descriptor)];
  if (!end) return;  // it ended in an earlier event of this turn
  const bool was_open = end->open();
  if ((events & ~std::uint32_t{EPOLLOUT}) != 0) end->read(buffer_);
  if (!end->open()) return;
  if (end->is_client() && !was_open) ++opened_;
  proceed(*end);
  if (!end->ended()) return;
  ++ended_;
  if (end->is_client()) ++clients_ended_;
  end.reset();
}

// Sends what is due in this stage.
void Load::proceed(LoadEnd& end) {
  const bool was_blocked = end.blocked();
  const LoadTraffic& traffic = plan_.traffic;
  if (!end.is_client()) {
    const bool streams = !traffic.echo && stage_ != Stage::opening;
    end.send(streams ? traffic.messages : end.messages_received(), end.close_received());
  } else if (stage_ != Stage::opening) {
    const bool done = end.all_messages_received();
    end.send(traffic.echo ? std::min(traffic.messages, end.messages_received() + 1) : 0,
             done && stage_ == Stage::closing);
    if (done) count(end);
  }
  watch(end, was_blocked);
}

void Load::proceed_all() {
  for (const std::unique_ptr<LoadEnd>& end : ends_) {
    if (end) proceed(*end);
  }
}

void Load::count(LoadEnd& client) {
  if (std::exchange(client.counted, true)) return;
  ++done_;
  result_.messages += plan_.traffic.messages * (plan_.traffic.echo ? 2 : 1);
}

void Load::watch(const LoadEnd& end, bool was_blocked) {
  if (end.blocked() == was_blocked) return;
  epoll_event event{};
  event.events = EPOLLIN | (end.blocked() ? EPOLLOUT : 0U);
  event.data.fd = end.descriptor();
  ::epoll_ctl(epoll_, EPOLL_CTL_MOD, end.descriptor(), &event);
}

void Load::step() {
  if (stage_ == Stage::opening && opened_ == plan_.connections) begin_messages();
  if (stage_ == Stage::messages && done_ == plan_.connections) end_messages();
}

void Load::begin_messages() {
  std::this_thread::sleep_for(plan_.settle);
  result_.resident_open = observed_.resident_bytes();
  start_clock();
  stage_ = Stage::messages;
  proceed_all();
}

void Load::end_messages() {
  stop_clock();
  std::this_thread::sleep_for(plan_.settle);
  result_.resident_used = observed_.resident_bytes();
  stage_ = Stage::closing;
  proceed_all();
}

void Load::start_clock() {
  clock_start_ = std::chrono::steady_clock::now();
  cpu_start_ = observed_.cpu_seconds();
}

void Load::stop_clock() {
  result_.cpu_seconds = observed_.cpu_seconds() - cpu_start_;
  result_.seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - clock_start_).count();
}

}  // namespace bench
