#ifndef CLOSEWATCH_PROXY_TRANSPORT_H_
#define CLOSEWATCH_PROXY_TRANSPORT_H_

#include <openssl/ssl.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <utility>

#include "websocket/bytes.h"

namespace proxy {

struct SslDeleter {
  void operator()(SSL* ssl) const { SSL_free(ssl); }
};
using SslPointer = std::unique_ptr<SSL, SslDeleter>;

enum class IoStatus : std::uint8_t {
  done,         // at least one byte moved
  would_block,  // wait until the socket is ready
  end,          // the peer sent FIN, or close_notify
  reset,        // the peer sent RST, or broke TLS
  silent        // the peer no longer answers: its host or the way to it is gone
};

// What this errno of a read or a write says.
IoStatus status_of_error(int error);

struct IoResult {
  IoStatus status = IoStatus::done;
  std::size_t count = 0;
};

// A connected non-blocking TCP socket, plain or with TLS on top of it. Owns both. Not thread-safe.
class Transport {
 public:
  Transport() = default;
  // The handshake of `ssl`, if there is one, is done; it reads and writes `fd` itself (SSL_set_fd).
  explicit Transport(int fd, SslPointer ssl = {}) : fd_(fd), ssl_(std::move(ssl)) {}
  Transport(Transport&& other) noexcept
      : fd_(std::exchange(other.fd_, -1)),
        ssl_(std::move(other.ssl_)),
        finished_(other.finished_) {}
  Transport& operator=(Transport&& other) noexcept;
  // Closes: with FIN, or with RST when there is data nobody read.
  ~Transport() { close(); }

  int fd() const { return fd_; }
  bool is_open() const { return fd_ >= 0; }
  bool is_plain() const { return ssl_ == nullptr; }
  SSL* ssl() const { return ssl_.get(); }

  // At most one read of the socket where it is plain. `buffer` is not empty.
  IoResult read(std::span<std::uint8_t> buffer);
  // The same of a plain socket, and what was read is still there to be read.
  IoResult peek(std::span<std::uint8_t> buffer);
  // May take less than all. After would_block the next write must begin with the same bytes (TLS).
  IoResult write(websocket::Bytes bytes);
  // Sends FIN (after close_notify); reading goes on.
  void finish();
  bool finished() const { return finished_; }
  // Closes with RST; what was not sent yet is lost.
  void reset();
  void close();

  // Bytes written that the peer's TCP has not acknowledged; a FIN counts as one.
  std::size_t unacknowledged() const;
  // Bytes written that TCP could not send yet: the peer's window is full, or the network.
  std::size_t unsent() const;
  // Bytes given to TCP and taken from it so far, with those that TLS adds; 0 for a plain socket.
  std::uint64_t tls_bytes_written() const;
  std::uint64_t tls_bytes_read() const;
  // Bytes that came and were not read.
  std::size_t unread() const;
  // What ended the connection without being read: reset, silent, or would_block for nothing.
  IoStatus pending_error() const;

 private:
  IoResult receive(std::span<std::uint8_t> buffer, int flags);

  int fd_ = -1;
  SslPointer ssl_;
  bool finished_ = false;
};

}  // namespace proxy

#endif  // CLOSEWATCH_PROXY_TRANSPORT_H_
