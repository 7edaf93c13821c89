#include "tests/bench/live_server.h"

#include <poll.h>

#include <stdexcept>

#include "tests/support/frame_builder.h"
#include "tests/support/upgrade.h"

namespace bench {

LiveServer::LiveServer(const std::string& address, std::uint16_t port, std::size_t connections)
    : listener_(Socket::listen(address, port)), expected_(connections), buffer_(1 << 18) {}

void LiveServer::run() {
  std::size_t ended = 0;
  while (ended < expected_) {
    std::vector<pollfd> waiting;
    for (const Connection& connection : connections_) {
      waiting.push_back({connection.socket.descriptor(), POLLIN, 0});
    }
    waiting.push_back({listener_.descriptor(), POLLIN, 0});
    if (::poll(waiting.data(), waiting.size(), 10'000) <= 0) {
      throw std::runtime_error("the server waited ten seconds for nothing");
    }
    if (waiting.back().revents != 0) connections_.push_back({listener_.accept(), {}, false});
    for (std::size_t i = waiting.size() - 1; i-- > 0;) {
      if (waiting[i].revents == 0 || read(connections_[i])) continue;
      ++ended;
      connections_.erase(connections_.begin() + static_cast<std::ptrdiff_t>(i));
    }
  }
}

bool LiveServer::read(Connection& connection) {
  const std::size_t count = connection.socket.receive(buffer_);
  if (count == 0) {
    connection.socket.send(support::encode(support::close_frame(1000), websocket::Side::server));
    return false;
  }
  if (!connection.open) {
    connection.request.append(buffer_.begin(),
                              buffer_.begin() + static_cast<std::ptrdiff_t>(count));
    answer(connection);
  }
  return true;
}

void LiveServer::answer(Connection& connection) {
  if (!connection.request.ends_with("\r\n\r\n")) return;
  // The key is the client's: both sides take it from the same default.
  connection.socket.send(support::bytes_of(support::upgrade_response({})));
  connection.open = true;
  connection.request.clear();
}

}  // namespace bench
