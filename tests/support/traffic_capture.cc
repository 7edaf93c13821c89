#include "tests/support/traffic_capture.h"

#include <chrono>

namespace support {
namespace {

using websocket::opposite;
using websocket::Side;

std::uint32_t milliseconds(websocket::Time time) {
  return static_cast<std::uint32_t>(
      std::chrono::duration_cast<std::chrono::milliseconds>(time.time_since_epoch()).count());
}

// MSS 1460, SACK permitted, Timestamps, window scale 7: the SYN of Linux.
ByteString syn_options(std::uint32_t time) {
  ByteString options{2, 4, 0x05, 0xb4, 4, 2, 8, 10};
  append_big_endian(options, time, 4);
  append(options, {0, 0, 0, 0, 1, 3, 3, 7});
  return options;
}

bool has(const PlannedSegment& segment, std::uint8_t flags) { return (segment.flags & flags) != 0; }

}  // namespace

TrafficCapture::TrafficCapture(const std::filesystem::path& path, bool lossy, Dice& dice,
                               TrafficTruth& truth)
    : writer_(path),
      lossy_(lossy),
      dice_(dice),
      truth_(truth),
      now_(std::chrono::seconds{1'700'000'000}) {}

void TrafficCapture::segment(Flow& flow, ConnectionTruth& connection,
                             const PlannedSegment& segment) {
  Flow::Peer& from = flow.peers[index(segment.sender)];
  Flow::Peer& to = flow.peers[index(opposite(segment.sender))];
  const std::uint32_t sequence_number = from.next;
  const bool counted = has(segment, TcpFlag::syn | TcpFlag::fin);
  from.next += static_cast<std::uint32_t>(segment.payload.size()) + (counted ? 1 : 0);
  if (has(segment, TcpFlag::ack) && !segment.crossing) {
    from.acknowledged = to.next;
    from.owes_ack = false;
  }
  if (!segment.payload.empty() || has(segment, TcpFlag::fin)) to.owes_ack = true;
  if (has(segment, TcpFlag::rst)) flow.reset = true;
  ++segments_;
  encode(flow, connection, segment, sequence_number);
  if (lossy_) {
    capture_badly(flow, connection, segment);
  } else {
    write(packet_);
  }
}

void TrafficCapture::encode(const Flow& flow, const ConnectionTruth& connection,
                            const PlannedSegment& segment, std::uint32_t sequence_number) {
  const bool from_client = segment.sender == Side::client;
  const std::uint32_t time = milliseconds(now_);
  const ByteString options =
      has(segment, TcpFlag::syn) ? syn_options(time) : timestamps_option(time, time);
  packet_.clear();
  append_ethernet_packet(
      packet_, {.source = from_client ? connection.client : connection.server,
                .destination = from_client ? connection.server : connection.client,
                .sequence_number = sequence_number,
                .acknowledgment_number =
                    has(segment, TcpFlag::ack) ? flow.peers[index(segment.sender)].acknowledged : 0,
                .flags = segment.flags,
                .window = 502,
                .options = options,
                .payload = segment.payload});
}

void TrafficCapture::capture_badly(Flow& flow, ConnectionTruth& connection,
                                   const PlannedSegment& segment) {
  const std::uint32_t fate = dice_.below(1000);
  const bool reset = has(segment, TcpFlag::rst);
  // A reset is where the receiver expects it only behind all that was sent before it.
  if (reset) release(flow);
  const bool reorder = fate < 20 && !reset && !segment.opening && !has(segment, TcpFlag::syn) &&
                       !flow.held.has_value();
  if (fate >= 995) {
    lose(connection, segment);
  } else if (reorder) {
    flow.held = packet_;
    return;
  } else {
    write(packet_);
    if (fate >= 985) write(packet_);
    if (fate >= 970 && fate < 985) {
      late_[(segments_ + dice_.between(1, kLateSlots - 1)) % kLateSlots].push_back(packet_);
    }
  }
  release(flow);
  std::vector<ByteString>& due = late_[segments_ % kLateSlots];
  for (const ByteString& packet : due) write(packet);
  due.clear();
}

void TrafficCapture::lose(ConnectionTruth& connection, const PlannedSegment& segment) {
  ++truth_.lost_packets;
  const bool ends = has(segment, TcpFlag::fin | TcpFlag::rst);
  if (ends || segment.opening) connection.knowable = {false, false};
  if (segment.opening) connection.handshake_captured = false;
  // What an endpoint observes is what the other one sent.
  if (!segment.payload.empty()) connection.knowable[index(opposite(segment.sender))] = false;
}

void TrafficCapture::release(Flow& flow) {
  if (!flow.held) return;
  write(*flow.held);
  flow.held.reset();
}

void TrafficCapture::close() {
  for (std::vector<ByteString>& packets : late_) {
    for (const ByteString& packet : packets) write(packet);
    packets.clear();
  }
  writer_.close();
}

void TrafficCapture::write(websocket::Bytes packet) {
  writer_.write(packet, now_);
  ++truth_.packets;
  now_ += std::chrono::microseconds{dice_.between(1, 12)};
}

}  // namespace support
