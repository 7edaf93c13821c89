#include "proxy/transport.h"

#include <linux/sockios.h>
#include <openssl/err.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>

namespace proxy {
namespace {

// Why SSL_read or SSL_write returned `result`; `error` is errno right after.
IoStatus status_of(SSL* ssl, int result, int error) {
  switch (SSL_get_error(ssl, result)) {
    case SSL_ERROR_WANT_READ:
    case SSL_ERROR_WANT_WRITE:
      return IoStatus::would_block;
    case SSL_ERROR_ZERO_RETURN:
      return IoStatus::end;
    case SSL_ERROR_SYSCALL:
      return error == 0 ? IoStatus::end : status_of_error(error);
    default:
      // FIN without close_notify: the peer's way to end, whatever TLS wants.
      return ERR_GET_REASON(ERR_peek_error()) == SSL_R_UNEXPECTED_EOF_WHILE_READING
                 ? IoStatus::end
                 : IoStatus::reset;
  }
}

IoResult read_tls(SSL* ssl, std::span<std::uint8_t> buffer) {
  ERR_clear_error();
  errno = 0;
  std::size_t count = 0;
  const int result = SSL_read_ex(ssl, buffer.data(), buffer.size(), &count);
  if (result > 0) return {IoStatus::done, count};
  return {status_of(ssl, result, errno), 0};
}

// For SSL_get_error a peer that has said close_notify explains every failure, also to write.
IoStatus status_of_write(SSL* ssl, int result, int error) {
  const IoStatus status = status_of(ssl, result, error);
  if (status != IoStatus::end) return status;
  return error == 0 ? IoStatus::reset : status_of_error(error);
}

// Record after record: SSL_write stops behind each, though the socket would take more.
IoResult write_tls(SSL* ssl, websocket::Bytes bytes) {
  std::size_t written = 0;
  while (written < bytes.size()) {
    ERR_clear_error();
    errno = 0;
    std::size_t count = 0;
    const int result = SSL_write_ex(ssl, bytes.data() + written, bytes.size() - written, &count);
    if (result <= 0) {
      if (written > 0) break;
      return {status_of_write(ssl, result, errno), 0};
    }
    written += count;
  }
  return {IoStatus::done, written};
}

std::size_t asked(int fd, unsigned long what) {
  int count = 0;
  return ::ioctl(fd, what, &count) == 0 && count > 0 ? static_cast<std::size_t>(count) : 0;
}

}  // namespace

IoStatus status_of_error(int error) {
  switch (error) {
    case EAGAIN:
    case EINTR:
      return IoStatus::would_block;
    case ETIMEDOUT:
    case EHOSTUNREACH:
    case EHOSTDOWN:
    case ENETUNREACH:
    case ENETDOWN:
    case ENONET:
      return IoStatus::silent;
    default:  // ECONNRESET, EPIPE
      return IoStatus::reset;
  }
}

Transport& Transport::operator=(Transport&& other) noexcept {
  if (this == &other) return *this;
  close();
  fd_ = std::exchange(other.fd_, -1);
  ssl_ = std::move(other.ssl_);
  finished_ = other.finished_;
  return *this;
}

IoResult Transport::read(std::span<std::uint8_t> buffer) {
  if (ssl_ != nullptr) return read_tls(ssl_.get(), buffer);
  return receive(buffer, 0);
}

IoResult Transport::peek(std::span<std::uint8_t> buffer) { return receive(buffer, MSG_PEEK); }

IoResult Transport::receive(std::span<std::uint8_t> buffer, int flags) {
  ssize_t count = 0;
  do {
    count = ::recv(fd_, buffer.data(), buffer.size(), flags);
  } while (count < 0 && errno == EINTR);
  if (count > 0) return {IoStatus::done, static_cast<std::size_t>(count)};
  return {count == 0 ? IoStatus::end : status_of_error(errno), 0};
}

IoResult Transport::write(websocket::Bytes bytes) {
  if (bytes.empty()) return {};
  if (ssl_ != nullptr) return write_tls(ssl_.get(), bytes);
  ssize_t count = 0;
  do {
    count = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
  } while (count < 0 && errno == EINTR);
  if (count >= 0) return {IoStatus::done, static_cast<std::size_t>(count)};
  return {status_of_error(errno), 0};
}

void Transport::finish() {
  if (finished_ || fd_ < 0) return;
  finished_ = true;
  if (ssl_ != nullptr) {
    ERR_clear_error();
    SSL_shutdown(ssl_.get());
    ERR_clear_error();
  }
  ::shutdown(fd_, SHUT_WR);
}

void Transport::reset() {
  if (fd_ < 0) return;
  const linger at_once{.l_onoff = 1, .l_linger = 0};
  ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  close();
}

void Transport::close() {
  ssl_.reset();
  if (fd_ >= 0) ::close(std::exchange(fd_, -1));
}

std::size_t Transport::unacknowledged() const { return asked(fd_, SIOCOUTQ); }

std::size_t Transport::unsent() const {
  int count = 0;
  return ::ioctl(fd_, SIOCOUTQNSD, &count) == 0 ? static_cast<std::size_t>(count) : 0;
}

std::uint64_t Transport::tls_bytes_written() const {
  return ssl_ != nullptr ? BIO_number_written(SSL_get_wbio(ssl_.get())) : 0;
}

std::uint64_t Transport::tls_bytes_read() const {
  return ssl_ != nullptr ? BIO_number_read(SSL_get_rbio(ssl_.get())) : 0;
}

std::size_t Transport::unread() const {
  const std::size_t in_socket = asked(fd_, FIONREAD);
  if (ssl_ == nullptr) return in_socket;
  // A part of a record cannot be counted in bytes of the application's; it is something all the
  // same.
  const auto decrypted = static_cast<std::size_t>(SSL_pending(ssl_.get()));
  const std::size_t partial = decrypted == 0 && SSL_has_pending(ssl_.get()) != 0 ? 1 : 0;
  return in_socket + decrypted + partial;
}

IoStatus Transport::pending_error() const {
  int error = 0;
  socklen_t size = sizeof error;
  if (::getsockopt(fd_, SOL_SOCKET, SO_ERROR, &error, &size) != 0 || error == 0) {
    return IoStatus::would_block;
  }
  return status_of_error(error);
}

}  // namespace proxy
