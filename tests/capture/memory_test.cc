// What a million open connections cost, measured on fewer of them: sizes of types do not tell what
// their parts hold on the heap.

#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <iostream>

#include "capture/connection_tracker.h"
#include "tests/support/frame_builder.h"
#include "tests/support/tcp_packet.h"
#include "tests/support/upgrade.h"

namespace {

using capture::Segment;
using support::ByteString;

constexpr bool kUnderSanitizer = CLOSEWATCH_SANITIZED != 0;

std::uint64_t resident_bytes() {
  std::ifstream statm{"/proc/self/statm"};
  std::uint64_t size = 0;
  std::uint64_t resident = 0;
  statm >> size >> resident;
  return resident * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
}

// Counts and keeps nothing, so that only the tracker's memory is measured.
class Counting final : public websocket::ConnectionObserver {
 public:
  websocket::TrafficCounters* traffic(websocket::ServiceId /*service*/) override {
    return &counters_;
  }
  void handshake_ended(const websocket::HandshakeSummary& /*handshake*/) override {}
  void connection_opened(websocket::ServiceId /*service*/) override { ++opened; }
  void pong_received(websocket::ServiceId /*service*/, websocket::Side /*side*/,
                     websocket::Duration /*round_trip*/) override {}
  void connection_revived(websocket::ServiceId /*service*/) override {}
  void connection_ended(const websocket::ConnectionSummary& /*summary*/) override { ++ended; }

  std::uint64_t opened = 0;
  std::uint64_t ended = 0;

 private:
  websocket::TrafficCounters counters_;
};

// The same conversation from ever new endpoints: a handshake and a message each way.
class Crowd {
 public:
  explicit Crowd(capture::ConnectionTracker& tracker) : tracker_(tracker) {
    const support::Upgrade upgrade{.path = "/socket.io/?EIO=4&transport=websocket",
                                   .host = "realtime.example.com",
                                   .subprotocol = "graphql-transport-ws",
                                   .extensions = "permessage-deflate; server_no_context_takeover"};
    request_ = support::bytes_of(support::upgrade_request(upgrade));
    response_ = support::bytes_of(support::upgrade_response(upgrade));
    client_frame_ = support::encode(support::text("hello"), websocket::Side::client);
    server_frame_ = support::encode(support::text("hello"), websocket::Side::server);
  }

  void add_one() {
    client_.port = static_cast<std::uint16_t>(1024 + next_ % 60'000);
    client_.address = {10, 1, static_cast<std::uint8_t>(next_ / 60'000), 1};
    ++next_;
    send(client_, server_, 0, 0, capture::kSyn, {});
    send(server_, client_, 0, 1, capture::kSyn | capture::kAck, {});
    send(client_, server_, 1, 1, capture::kAck, request_);
    const auto asked = static_cast<std::uint32_t>(1 + request_.size());
    send(server_, client_, 1, asked, capture::kAck, response_);
    const auto answered = static_cast<std::uint32_t>(1 + response_.size());
    send(client_, server_, asked, answered, capture::kAck, client_frame_);
    send(server_, client_, answered, asked + 11, capture::kAck, server_frame_);
  }

 private:
  void send(const websocket::Endpoint& from, const websocket::Endpoint& to, std::uint32_t sequence,
            std::uint32_t acknowledgment, std::uint8_t flags, capture::Bytes payload) {
    Segment segment;
    segment.source = from;
    segment.destination = to;
    segment.sequence_number = sequence;
    segment.acknowledgment_number = acknowledgment;
    segment.flags = flags;
    segment.payload = payload;
    segment.payload_length = static_cast<std::uint32_t>(payload.size());
    segment.at = now_ += std::chrono::microseconds{10};
    tracker_.track(segment);
  }

  capture::ConnectionTracker& tracker_;
  ByteString request_, response_, client_frame_, server_frame_;
  websocket::Endpoint client_;
  websocket::Endpoint server_ = support::endpoint("10.2.0.1:443");
  std::uint64_t next_ = 0;
  websocket::Time now_{std::chrono::seconds{1'700'000'000}};
};

// CLOSEWATCH_CONNECTIONS measures another number of them.
std::uint64_t connections() {
  const char* asked = std::getenv("CLOSEWATCH_CONNECTIONS");
  return asked != nullptr ? std::strtoull(asked, nullptr, 10) : 200'000;
}

TEST(Memory, OfAMillionConnectionsIsLessThanAGigabyte) {
  if (kUnderSanitizer) GTEST_SKIP() << "a sanitizer's memory is not ours";
  const capture::ServiceTable services;
  Counting observer;
  capture::ConnectionTracker tracker{{}, {}, services, observer};
  Crowd crowd{tracker};
  const std::uint64_t count = connections();
  const std::uint64_t before = resident_bytes();
  for (std::uint64_t i = 0; i < count; ++i) crowd.add_one();
  const std::uint64_t grown = resident_bytes() - before;
  ASSERT_EQ(observer.opened, count);
  ASSERT_EQ(observer.ended, 0U);
  std::cout << "[          ] " << grown / count << " bytes a connection\n";
  EXPECT_LT(grown / count, (std::uint64_t{1} << 30U) / 1'000'000);
}

}  // namespace
