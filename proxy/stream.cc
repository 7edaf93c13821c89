#include "proxy/stream.h"

#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <memory>
#include <tuple>
#include <utility>

#include "proxy/tls_handshake.h"

namespace proxy {
namespace {

constexpr boost::asio::as_tuple_t<boost::asio::use_awaitable_t<Executor>> kAwait{};

}  // namespace

Stream::Stream(Deadlines& deadlines, Transport transport)
    : deadlines_(deadlines),
      transport_(std::move(transport)),
      interrupted_(deadlines.interrupted()) {
  deadlines_.enlist(*this);
}

Stream::~Stream() { close(); }

void Stream::forget_deadline() {
  if (deadline_) deadlines_.remove(*deadline_);
  deadline_.reset();
}

void Stream::expire_after(websocket::Duration duration) {
  using Clock = Deadlines::Clock;
  expire_at(duration.count() > 0 ? Clock::now() + duration : Clock::time_point::max());
}

void Stream::expire_at(Deadlines::Clock::time_point when) {
  forget_deadline();
  expired_ = false;
  if (when != Deadlines::Clock::time_point::max()) deadline_ = deadlines_.add(*this, when);
}

void Stream::expire() {
  forget_deadline();
  expired_ = true;
  if (descriptor_) descriptor_->cancel();
}

void Stream::interrupt() {
  interrupted_ = true;
  if (descriptor_) descriptor_->cancel();
}

Stream::Descriptor& Stream::descriptor() {
  if (!descriptor_) descriptor_.emplace(deadlines_.executor(), transport_.fd());
  return *descriptor_;
}

Transport Stream::release() {
  forget_deadline();
  if (descriptor_) descriptor_->release();
  descriptor_.reset();
  return std::move(transport_);
}

void Stream::close() {
  // The descriptor must not close what the transport owns, and has to let go of it before.
  Transport closed = release();
}

void Stream::reset() { release().reset(); }

std::optional<StreamStatus> Stream::refusal() const {
  if (interrupted_) return StreamStatus::interrupted;
  if (expired_) return StreamStatus::timed_out;
  return std::nullopt;
}

std::optional<StreamResult> Stream::result_of(const IoResult& result) {
  switch (result.status) {
    case IoStatus::done:
      return StreamResult{StreamStatus::done, result.count};
    case IoStatus::end:
      return StreamResult{StreamStatus::end, 0};
    case IoStatus::reset:
      return StreamResult{StreamStatus::reset, 0};
    case IoStatus::silent:
      return StreamResult{StreamStatus::silent, 0};
    case IoStatus::would_block:
      break;
  }
  return std::nullopt;
}

std::optional<StreamResult> Stream::try_read(std::span<std::uint8_t> buffer) {
  return result_of(transport_.read(buffer));
}

std::optional<StreamResult> Stream::try_write(websocket::Bytes bytes) {
  return result_of(transport_.write(bytes));
}

Task<StreamStatus> Stream::wait(Ready ready) {
  if (const auto refused = refusal()) co_return *refused;
  // TLS may have to write before it can read, and the other way round.
  if (!transport_.is_plain() && SSL_want_write(transport_.ssl())) ready = Ready::to_write;
  if (!transport_.is_plain() && SSL_want_read(transport_.ssl())) ready = Ready::to_read;
  co_await descriptor().async_wait(
      ready == Ready::to_read ? Descriptor::wait_read : Descriptor::wait_write, kAwait);
  co_return refusal().value_or(StreamStatus::done);
}

Task<StreamResult> Stream::read_some(std::span<std::uint8_t> buffer) {
  for (;;) {
    if (const auto result = try_read(buffer)) co_return *result;
    const StreamStatus waited = co_await wait(Ready::to_read);
    if (waited != StreamStatus::done) co_return StreamResult{waited, 0};
  }
}

Task<StreamResult> Stream::write_all(websocket::Bytes bytes) {
  std::size_t written = 0;
  while (written < bytes.size()) {
    const auto result = try_write(bytes.subspan(written));
    if (result && result->status != StreamStatus::done) {
      co_return StreamResult{result->status, written};
    }
    if (result) {
      written += result->count;
      continue;
    }
    const StreamStatus waited = co_await wait(Ready::to_write);
    if (waited != StreamStatus::done) co_return StreamResult{waited, written};
  }
  co_return StreamResult{StreamStatus::done, written};
}

Task<TlsResult> Stream::shake_hands() {
  for (;;) {
    const HandshakeStatus step = continue_handshake(transport_.ssl()).status;
    if (step == HandshakeStatus::done) co_return TlsResult::done;
    if (step == HandshakeStatus::failed) co_return TlsResult::failed;
    const StreamStatus waited =
        co_await wait(step == HandshakeStatus::want_read ? Ready::to_read : Ready::to_write);
    if (waited == StreamStatus::timed_out) co_return TlsResult::timed_out;
    if (waited == StreamStatus::interrupted) co_return TlsResult::interrupted;
  }
}

// Several waits of two streams that end together: when one is done, the others are cancelled, and
// the coroutine goes on when none is left that could still refer to the streams.
class EitherReady {
 public:
  EitherReady(Interest one, Interest other) : interests_{one, other} {}

  template <class Handler>
  void start(Handler handler) {
    auto ended = std::make_shared<Handler>(std::move(handler));
    for (const Interest& interest : interests_) {
      if (interest.to_read) start_wait(interest.stream, Stream::Descriptor::wait_read, ended);
      if (interest.to_write) start_wait(interest.stream, Stream::Descriptor::wait_write, ended);
    }
  }

 private:
  template <class Handler>
  void start_wait(Stream& stream, Stream::Descriptor::wait_type what,
                  const std::shared_ptr<Handler>& ended) {
    ++pending_;
    stream.descriptor().async_wait(what, [this, ended](const boost::system::error_code&) {
      if (!cancelled_) {
        cancelled_ = true;
        for (const Interest& interest : interests_) {
          if (interest.stream.descriptor_) interest.stream.descriptor_->cancel();
        }
      }
      if (--pending_ == 0) std::move (*ended)();
    });
  }

  std::array<Interest, 2> interests_;
  unsigned pending_ = 0;
  bool cancelled_ = false;
};

Task<void> wait_for_either(Interest one, Interest other) {
  for (const Interest& interest : {one, other}) {
    if ((interest.to_read || interest.to_write) && interest.stream.refusal()) co_return;
  }
  if (!one.to_read && !one.to_write && !other.to_read && !other.to_write) co_return;
  EitherReady either{one, other};
  co_await boost::asio::async_initiate<const boost::asio::use_awaitable_t<Executor>, void()>(
      [&either](auto handler) { either.start(std::move(handler)); },
      boost::asio::use_awaitable_t<Executor>{});
}

}  // namespace proxy
