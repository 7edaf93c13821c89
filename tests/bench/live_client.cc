#include "tests/bench/live_client.h"

#include <algorithm>
#include <array>
#include <stdexcept>
#include <string>
#include <thread>

#include "tests/support/frame_builder.h"
#include "tests/support/upgrade.h"

namespace bench {

using websocket::Side;

LiveClient::LiveClient(const std::string& address, std::uint16_t port, const LiveLoad& load)
    : load_(load) {
  for (std::size_t i = 0; i < load.connections; ++i) {
    sockets_.push_back(Socket::connect(address, port));
    upgrade(sockets_.back());
  }
}

void LiveClient::upgrade(const Socket& socket) const {
  socket.send(support::bytes_of(support::upgrade_request({})));
  std::string head;
  std::array<std::uint8_t, 4096> buffer{};
  while (!head.ends_with("\r\n\r\n")) {
    const std::size_t count = socket.receive(buffer);
    if (count == 0) throw std::runtime_error("the server ended the connection before its 101");
    head.append(buffer.begin(), buffer.begin() + count);
  }
}

LiveResult LiveClient::run() {
  using Clock = std::chrono::steady_clock;
  const support::ByteString frame =
      support::encode(support::text(std::string(load_.payload_size, 'x')), Side::client);
  LiveResult result;
  const Clock::time_point start = Clock::now();
  for (bool flows = true; flows;) {
    const std::chrono::duration<double> elapsed = Clock::now() - start;
    if (elapsed >= load_.duration) break;
    const auto due = static_cast<std::uint64_t>(elapsed.count() * load_.frames_per_second);
    // A thread that was not run for a while does not make up for it in one burst.
    const std::uint64_t now = std::min<std::uint64_t>(due, result.frames + 4096);
    if (result.frames >= now) std::this_thread::sleep_for(std::chrono::microseconds{50});
    while (flows && result.frames < now) {
      flows = sockets_[result.frames % sockets_.size()].send(frame);
      if (flows) ++result.frames;
    }
  }
  result.seconds = std::chrono::duration<double>(Clock::now() - start).count();
  result.bytes = result.frames * frame.size();
  for (const Socket& socket : sockets_) close(socket);
  return result;
}

void LiveClient::close(const Socket& socket) const {
  socket.send(support::encode(support::close_frame(1000), Side::client));
  socket.end_stream();
  std::array<std::uint8_t, 256> buffer{};
  while (socket.receive(buffer) != 0) {
  }
}

}  // namespace bench
