#ifndef CLOSEWATCH_TESTS_WEBSOCKET_CONNECTION_FEED_H_
#define CLOSEWATCH_TESTS_WEBSOCKET_CONNECTION_FEED_H_

#include <array>
#include <chrono>
#include <cstdint>
#include <initializer_list>
#include <string_view>

#include "tests/support/frame_builder.h"
#include "tests/support/upgrade.h"
#include "websocket/connection.h"

namespace websocket {

// Feeds a connection as its owner would: each call is one segment, 100 ms after the one before,
// whose sender had received everything so far, unless told otherwise.
class ConnectionFeed {
 public:
  explicit ConnectionFeed(Connection::Start start = Connection::Start::request)
      : connection_(start, now_) {}

  // A connection that was opened in the usual way.
  static ConnectionFeed opened(const support::Upgrade& upgrade = {}) {
    ConnectionFeed feed;
    feed.send(Side::client, support::bytes_of(support::upgrade_request(upgrade)));
    feed.send(Side::server, support::bytes_of(support::upgrade_response(upgrade)));
    return feed;
  }

  void send(Side sender, const support::ByteString& bytes) {
    send_having_seen(connection_.position(sent_by(opposite(sender))), sender, bytes);
  }
  void send(Side sender, std::initializer_list<support::Frame> frames) {
    send(sender, support::encode(frames, sender));
  }
  // Its sender had received only so much of the other side's stream.
  void send_having_seen(std::uint64_t peer_position, Side sender,
                        const support::ByteString& bytes) {
    connection_.observe(
        sent_by(sender),
        {.bytes = bytes, .at = tick(), .peer_position = peer_position, .order = order_++});
  }
  void lose(Side sender, std::uint64_t count) {
    connection_.observe_gap(sent_by(sender), count, tick());
  }
  void end(Side sender, EndKind how = EndKind::fin) {
    end_having_seen(connection_.position(sent_by(opposite(sender))), sender, how);
  }
  void end_having_seen(std::uint64_t peer_position, Side sender, EndKind how = EndKind::fin) {
    connection_.observe_end(
        sent_by(sender),
        {.how = how, .at = tick(), .peer_position = peer_position, .order = order_++});
  }

  Connection& connection() { return connection_; }
  std::uint64_t position(Side sender) const { return connection_.position(sent_by(sender)); }
  ConnectionFacts facts() const { return connection_.conclude(); }
  Outcome outcome() const { return decide(facts(), {}); }
  Time now() const { return now_; }

 private:
  Time tick() { return now_ += std::chrono::milliseconds{100}; }

  Time now_{std::chrono::hours{1}};
  std::uint32_t order_ = 1;
  Connection connection_;
};

}  // namespace websocket

#endif  // CLOSEWATCH_TESTS_WEBSOCKET_CONNECTION_FEED_H_
