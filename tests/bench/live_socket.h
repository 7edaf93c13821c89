#ifndef CLOSEWATCH_TESTS_BENCH_LIVE_SOCKET_H_
#define CLOSEWATCH_TESTS_BENCH_LIVE_SOCKET_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <utility>

#include "websocket/bytes.h"

namespace bench {

// A connected or listening TCP socket over IPv4 that it closes. Failures throw std::system_error.
class Socket {
 public:
  static Socket listen(const std::string& address, std::uint16_t port);
  // Tries again for two seconds, since the server may still be starting.
  static Socket connect(const std::string& address, std::uint16_t port);

  Socket(Socket&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
  Socket& operator=(Socket&& other) noexcept;
  ~Socket();

  Socket accept() const;
  // False when the other side takes nothing for two seconds.
  bool send(websocket::Bytes bytes) const;
  // How many bytes came, 0 at the end of the stream.
  std::size_t receive(std::span<std::uint8_t> into) const;
  void end_stream() const;  // FIN
  int descriptor() const { return descriptor_; }

 private:
  explicit Socket(int descriptor) : descriptor_(descriptor) {}

  int descriptor_;
};

}  // namespace bench

#endif  // CLOSEWATCH_TESTS_BENCH_LIVE_SOCKET_H_
