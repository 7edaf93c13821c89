#ifndef CLOSEWATCH_PROXY_STREAM_H_
#define CLOSEWATCH_PROXY_STREAM_H_

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/basic_stream_descriptor.hpp>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "proxy/deadlines.h"
#include "proxy/transport.h"

namespace proxy {

using Executor = boost::asio::io_context::executor_type;
// A coroutine of a worker.
template <class T>
using Task = boost::asio::awaitable<T, Executor>;

inline websocket::Bytes bytes_of(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

enum class StreamStatus : std::uint8_t {
  done,
  end,  // the peer sent FIN, or close_notify
  reset,
  silent,
  timed_out,
  interrupted  // by interrupt()
};
struct StreamResult {
  StreamStatus status = StreamStatus::done;
  std::size_t count = 0;
};

enum class TlsResult : std::uint8_t { done, failed, timed_out, interrupted };

// A Transport whose readiness a coroutine can wait for. Each call tries first and waits only if it
// has to. One coroutine at a time may read and write it. What is waiting when the deadline comes,
// or begins to wait later, ends with `timed_out`.
class Stream : public StreamHook {
 public:
  // `deadlines` outlives this.
  Stream(Deadlines& deadlines, Transport transport);
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;
  // Closes as Transport does.
  ~Stream();

  Transport& transport() { return transport_; }
  const Transport& transport() const { return transport_; }

  // Replaces the deadline before. 0: none.
  void expire_after(websocket::Duration duration);
  void expire_at(Deadlines::Clock::time_point when);
  bool timed_out() const { return expired_; }
  // The deadline came: what waits for it is told.
  void expire();
  // Whatever waits, now or later, ends.
  void interrupt();
  bool is_interrupted() const { return interrupted_; }
  // What ends a wait before it begins: `interrupted` or `timed_out`.
  std::optional<StreamStatus> refusal() const;

  // At most one read that brings something. `buffer` is not empty.
  Task<StreamResult> read_some(std::span<std::uint8_t> buffer);
  // The same without waiting: nothing when it would have to.
  std::optional<StreamResult> try_read(std::span<std::uint8_t> buffer);
  // `count` is what was written, also where that is not all.
  Task<StreamResult> write_all(websocket::Bytes bytes);
  std::optional<StreamResult> try_write(websocket::Bytes bytes);
  // Does the TLS handshake; the transport was made with an SSL that has not begun it.
  Task<TlsResult> shake_hands();

  enum class Ready : std::uint8_t { to_read, to_write };
  // `done`, `timed_out` or `interrupted`.
  Task<StreamStatus> wait(Ready ready);

  // The transport, open, without anybody waiting for it.
  Transport release();
  void close();
  // Closes with RST.
  void reset();

 private:
  friend class EitherReady;
  using Descriptor = boost::asio::posix::basic_stream_descriptor<Executor>;

  Descriptor& descriptor();
  void forget_deadline();
  static std::optional<StreamResult> result_of(const IoResult& result);

  Deadlines& deadlines_;
  Transport transport_;
  std::optional<Descriptor> descriptor_;  // once something had to wait
  std::optional<Deadlines::Entries::iterator> deadline_;
  bool expired_ = false;
  bool interrupted_ = false;
};

// What to wait for at a stream.
struct Interest {
  Stream& stream;
  bool to_read = false;
  bool to_write = false;
};
// Until one of them is ready, has timed out or was interrupted; trying says which.
Task<void> wait_for_either(Interest one, Interest other);

}  // namespace proxy

#endif  // CLOSEWATCH_PROXY_STREAM_H_
