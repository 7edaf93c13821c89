#ifndef CLOSEWATCH_TESTS_PROXY_RELAYED_H_
#define CLOSEWATCH_TESTS_PROXY_RELAYED_H_

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <future>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "proxy/relay_loop.h"
#include "tests/support/byte_string.h"
#include "tests/support/frame_builder.h"
#include "tests/support/observed.h"
#include "tests/support/upgrade.h"

namespace proxy {

// One end of a WebSocket as a test plays it: a blocking TCP socket on loopback.
class Peer {
 public:
  enum class End { fin, reset, none };

  Peer() = default;
  explicit Peer(int fd) : fd_(fd) {}
  Peer(const Peer&) = delete;
  Peer& operator=(const Peer&) = delete;
  ~Peer() { close(); }

  int fd() const { return fd_; }
  void assign(int fd) { fd_ = fd; }
  // Blocks until all is sent; false when the connection is gone.
  bool send(const support::ByteString& bytes);
  // What comes until `count` bytes have come, the end, or five seconds passed.
  support::ByteString receive(std::size_t count);
  // All that comes until the end.
  support::ByteString receive_all();
  // How the stream ended, once all was received.
  End end() const { return end_; }
  End wait_for_end() {
    receive_all();
    return end_;
  }
  void fin();
  void reset();
  void close();

 private:
  int fd_ = -1;
  End end_ = End::none;
};

// A pair of connected TCP sockets on loopback; the first is the one that connected.
std::pair<int, int> connected_sockets();

// An opened WebSocket between two peers with the relay in between, in a thread of its own.
class Relayed {
 public:
  explicit Relayed(ServiceOptions options = {}, const support::Upgrade& upgrade = {},
                   support::ByteString early_from_server = {});
  ~Relayed();

  Peer client;
  Peer server;

  void client_sends(std::initializer_list<support::Frame> frames) {
    client.send(encode(frames, websocket::Side::client));
  }
  void server_sends(std::initializer_list<support::Frame> frames) {
    server.send(encode(frames, websocket::Side::server));
  }
  // What these frames are on the wire, for comparison.
  static support::ByteString of_client(std::initializer_list<support::Frame> frames) {
    return encode(frames, websocket::Side::client);
  }
  static support::ByteString of_server(std::initializer_list<support::Frame> frames) {
    return encode(frames, websocket::Side::server);
  }

  void drain(const DrainOptions& options);
  void cut();
  // How it ended; waits for that.
  const support::ObservedConnection& ended();
  std::string verdict() { return ended().verdict(); }

  WorkerCounters counters;

 private:
  template <typename Call>
  void in_thread(Call call);

  support::Observations observations_;
  boost::asio::io_context context_;
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;
  RelayLoop loop_;
  std::thread thread_;
};

}  // namespace proxy

#endif  // CLOSEWATCH_TESTS_PROXY_RELAYED_H_
