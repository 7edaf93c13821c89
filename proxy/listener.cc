#include "proxy/listener.h"

#include <sys/socket.h>

#include <cerrno>
#include <utility>

#include "proxy/socket_address.h"

namespace proxy {
namespace {

// Others of this thread have their turn in between.
constexpr int kBurst = 64;
// More than any queue holds; a peer that connects without end must not keep a closed listener open.
constexpr int kMostAtEnd = 65'536;

}  // namespace

Listener::Listener(boost::asio::io_context& context, ListeningSocket socket,
                   WorkerCounters& counters, Accepted accepted)
    : descriptor_(context.get_executor(), socket.fd()),
      timer_(context.get_executor()),
      socket_(std::move(socket)),
      counters_(counters),
      accepted_(std::move(accepted)) {}

void Listener::wait() {
  descriptor_.async_wait(decltype(descriptor_)::wait_read,
                         [self = shared_from_this()](const boost::system::error_code& error) {
                           if (!self->closed_ && error != boost::asio::error::operation_aborted)
                             self->accept_some();
                         });
}

void Listener::pause() {
  counters_.accept_pauses.add();
  timer_.expires_after(kPause);
  timer_.async_wait([self = shared_from_this()](const boost::system::error_code&) {
    if (!self->closed_) self->accept_some();
  });
}

void Listener::accept_some() {
  for (int i = 0; i < kBurst; ++i) {
    const Step step = accept_one();
    if (step == Step::exhausted) {
      pause();
      return;
    }
    if (step == Step::none || closed_) break;
  }
  if (!closed_) wait();
}

Listener::Step Listener::accept_one() {
  sockaddr_storage peer{};
  socklen_t length = sizeof peer;
  const int fd = ::accept4(socket_.fd(), reinterpret_cast<sockaddr*>(&peer), &length,
                           SOCK_NONBLOCK | SOCK_CLOEXEC);
  if (fd >= 0) {
    accepted_(fd, endpoint_of(peer).value_or(websocket::Endpoint{}));
    return Step::accepted;
  }
  switch (errno) {
    case EAGAIN:
      return Step::none;
    case EMFILE:
    case ENFILE:
    case ENOBUFS:
    case ENOMEM:
      return Step::exhausted;
    default:
      return Step::again;  // that connection is gone already (accept(2))
  }
}

void Listener::close() {
  if (std::exchange(closed_, true)) return;
  for (int i = 0; i < kMostAtEnd; ++i) {
    const Step step = accept_one();
    if (step == Step::none || step == Step::exhausted) break;
  }
  timer_.cancel();
  descriptor_.release();
  socket_ = ListeningSocket{};
}

}  // namespace proxy
