// Packets of a few flows, each built from a handful of bytes: who sends, which flags, where the
// sequence and acknowledgment numbers stand relative to what was sent, and pieces of heads and
// frames as payload. Whatever they say: memory stays bounded, and each connection that is opened
// ends once.

#include <array>
#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <vector>

#include "capture/connection_tracker.h"

namespace {

using namespace std::string_view_literals;
using websocket::ConnectionSummary;
using websocket::ServiceId;

constexpr std::uint64_t kMaxFlows = 4;

constexpr std::array kPieces{
    ""sv,
    "GET /a HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"sv,
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n"sv,
    "HTTP/1.1 403 Forbidden\r\n\r\n"sv,
    "GET / HTTP/1.1\r\n\r\n"sv,
    "PROXY TCP4 1.1.1.1 2.2.2.2 3 4\r\n"sv,
    "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"sv,
    "\x16\x03\x01\x00\x05hello"sv,
    "\x81\x02hi"sv,                  // text from the server
    "\x81\x82\x00\x00\x00\x00hi"sv,  // and from the client
    "\x88\x02\x03\xe8"sv,            // Close 1000
    "\x88\x82\x00\x00\x00\x00\x03\xe8"sv,
    "\x88\x80\x01\x02\x03\x04"sv,  // without a status code
    "\x88\x02\x03\xed"sv,          // 1005 on the wire
    "\x89\x00"sv,
    "\x8a\x80\x00\x00\x00\x00"sv,
    "\x82\x7e\x01\x00"sv,  // the header of 256 bytes
    "\xc1\x7f\xff\xff\xff\xff\xff\xff\xff\xff"sv};

// Each connection that was opened must end once, before it can be opened again.
class EndsOnce final : public websocket::ConnectionObserver {
 public:
  websocket::TrafficCounters* traffic(ServiceId /*service*/) override { return &counters_; }
  void handshake_ended(const websocket::HandshakeSummary& /*handshake*/) override {}
  void connection_opened(ServiceId /*service*/) override { ++opened_; }
  void pong_received(ServiceId /*service*/, websocket::Side /*side*/,
                     websocket::Duration /*round_trip*/) override {}
  void connection_revived(ServiceId /*service*/) override { ++revived_; }
  void connection_ended(const ConnectionSummary& summary) override {
    if (summary.counted_before) {
      ++ended_again_;
    } else {
      ++ended_;
    }
    if (ended_ > opened_ || ended_again_ > revived_) std::abort();
    for (const websocket::ObservedCode code :
         {summary.outcome.client_observed, summary.outcome.server_observed}) {
      if (code && !was_seen(summary, *code)) std::abort();
    }
  }
  void check() const {
    if (ended_ != opened_ || ended_again_ > revived_) std::abort();
  }

 private:
  // A code comes from a Close on the wire, or there was none.
  static bool was_seen(const ConnectionSummary& summary, websocket::CloseCode code) {
    if (code == 1005 || code == 1006) return true;
    for (const websocket::CloseFrame& close : summary.facts.close_frames) {
      if (close.code == code) return true;
    }
    return false;
  }

  websocket::TrafficCounters counters_;
  std::uint64_t opened_ = 0, ended_ = 0, ended_again_ = 0, revived_ = 0;
};

class Packets {
 public:
  static constexpr std::size_t kRecord = 6;

  // `record`: flow and sender, flags, sequence number, acknowledgment, piece, time and cut.
  capture::Segment next(const std::uint8_t* record) {
    constexpr std::array<std::uint8_t, 8> flags{capture::kAck,
                                                capture::kAck | capture::kPsh,
                                                capture::kSyn,
                                                capture::kSyn | capture::kAck,
                                                capture::kFin | capture::kAck,
                                                capture::kRst,
                                                capture::kRst | capture::kAck,
                                                capture::kUrg | capture::kAck | capture::kFin};
    const unsigned flow = record[0] % 6;
    const unsigned sender = record[0] >> 7U;
    capture::Segment segment;
    segment.source = endpoint(flow, sender);
    segment.destination = endpoint(flow, 1 - sender);
    segment.flags = flags[record[1] % flags.size()];
    segment.urgent_pointer = static_cast<std::uint16_t>(record[1] >> 4U);
    std::uint32_t& mine = sent_[flow][sender];
    const std::uint32_t theirs = sent_[flow][1 - sender];
    segment.sequence_number = mine + relative(record[2]);
    segment.acknowledgment_number = theirs + relative(record[3]);
    const std::string_view piece = kPieces[record[4] % kPieces.size()];
    const std::size_t cut = (record[5] & 1U) != 0 ? piece.size() / 2 : 0;
    segment.payload = {reinterpret_cast<const std::uint8_t*>(piece.data()), piece.size() - cut};
    segment.payload_length =
        static_cast<std::uint32_t>((record[5] & 2U) != 0 ? piece.size() : segment.payload.size());
    now_ += (record[5] & 0x80U) != 0 ? std::chrono::seconds{(record[5] >> 2U) * 60}
                                     : std::chrono::seconds{0};
    segment.at = now_ += std::chrono::milliseconds{1};
    if (record[2] == 0) {
      mine += segment.payload_length + (segment.has(capture::kSyn | capture::kFin) ? 1 : 0);
    }
    return segment;
  }

  capture::Time now() const { return now_; }

 private:
  // Mostly where it should be, else near, else anywhere.
  static std::uint32_t relative(std::uint8_t how) {
    if (how < 128) return how;
    if (how < 224) return static_cast<std::uint32_t>(how - 224);
    return static_cast<std::uint32_t>(how - 223) << 26U;
  }
  static capture::Endpoint endpoint(unsigned flow, unsigned sender) {
    capture::Endpoint of;
    of.address[0] = static_cast<std::uint8_t>(10 + sender);
    of.port = static_cast<std::uint16_t>(sender == 0 ? 40000 + flow : 80);
    of.is_ipv6 = flow == 5;
    return of;
  }

  std::array<std::array<std::uint32_t, 2>, 6> sent_{};
  capture::Time now_{std::chrono::hours{24}};
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const capture::ServiceTable services;
  EndsOnce observer;
  capture::ConnectionTracker tracker{
      {.max_flows = kMaxFlows, .buffered_bytes = 4096, .buffered_segments_per_flow = 4},
      {},
      services,
      observer};
  Packets packets;
  for (; size >= Packets::kRecord; data += Packets::kRecord, size -= Packets::kRecord) {
    tracker.track(packets.next(data));
    if (tracker.flows() > kMaxFlows) std::abort();
  }
  std::uint64_t in_states = 0;
  for (const websocket::Counter& flows : tracker.counters().flows) in_states += flows.value();
  if (in_states != tracker.flows()) std::abort();
  if (size % 2 == 0) tracker.finish();
  // After a day of silence nothing is left of anything.
  for (int hour = 1; hour <= 24; ++hour) {
    tracker.advance(packets.now() + std::chrono::hours{hour});
  }
  if (tracker.flows() != 0 || tracker.buffered_bytes() != 0) std::abort();
  observer.check();
  return 0;
}
