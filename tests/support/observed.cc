#include "tests/support/observed.h"

#include "capture/connection_tracker.h"
#include "capture/packet_decoder.h"
#include "capture/packet_source.h"

namespace support {
namespace {

std::string code_text(websocket::ObservedCode code) {
  return code ? std::to_string(*code) : "unknown";
}

}  // namespace

std::vector<std::string> ObservedConnection::closes(websocket::Side sender) const {
  std::vector<std::string> codes;
  for (const websocket::CloseFrame& close : facts.close_frames) {
    if (close.sender != sender) continue;
    codes.push_back((close.code ? std::to_string(*close.code) : "empty") +
                    (close.valid() ? "" : " invalid"));
  }
  return codes;
}

std::string ObservedConnection::frames(websocket::Side sender) const {
  std::string text;
  const auto& frames = facts.stream(websocket::sent_by(sender)).frames;
  for (std::size_t i = 0; i < frames.size(); ++i) {
    if (frames[i] == 0) continue;
    if (!text.empty()) text += ' ';
    text += std::string{websocket::kOpcodeNames[i]} + ':' + std::to_string(frames[i]);
  }
  return text;
}

std::string ObservedConnection::verdict() const {
  if (open) return "open";
  return "client " + code_text(outcome.client_observed) + ", server " +
         code_text(outcome.server_observed) + ", " + std::string{name(outcome.initiator)} + ", " +
         std::string{name(outcome.cause)};
}

websocket::TrafficCounters* Observations::traffic(websocket::ServiceId /*service*/) {
  return &counters;
}
void Observations::handshake_ended(const websocket::HandshakeSummary& handshake) {
  handshakes.push_back(handshake.result);
}
void Observations::connection_opened(websocket::ServiceId /*service*/) { ++opened; }
void Observations::pong_received(websocket::ServiceId /*service*/, websocket::Side /*ping_sender*/,
                                 websocket::Duration round_trip) {
  round_trips.push_back(round_trip);
}
void Observations::connection_revived(websocket::ServiceId /*service*/) { ++revived; }

void Observations::connection_ended(const websocket::ConnectionSummary& summary) {
  connections.push_back({.client = summary.client,
                         .server = summary.server,
                         .host = std::string{summary.host},
                         .path = std::string{summary.path},
                         .subprotocol = std::string{summary.subprotocol},
                         .extensions = std::string{summary.extensions},
                         .handshake = summary.handshake,
                         .open = summary.open,
                         .counted_before = summary.counted_before,
                         .opened = summary.opened,
                         .ended = summary.ended,
                         .facts = summary.facts,
                         .outcome = summary.outcome});
}

void track(const std::vector<TestPacket>& packets, Observations& observations,
           const TrackOptions& options) {
  const capture::ServiceTable services;
  capture::ConnectionTracker tracker{options.limits, options.thresholds, services, observations};
  capture::PacketDecoder decoder{capture::PacketDecoder::Limits{}};
  capture::Segment segment;
  for (const TestPacket& packet : packets) {
    const auto wire_length =
        std::max(packet.wire_length, static_cast<std::uint32_t>(packet.bytes.size()));
    if (decoder.decode(options.link_type, packet.bytes, wire_length, packet.time, segment)) {
      tracker.track(segment);
    }
  }
  if (options.to_the_end) tracker.finish();
}

std::vector<TestPacket> read_packets(const std::string& savefile, int& link_type) {
  std::vector<TestPacket> packets;
  auto source = capture::PacketSource::open_savefile(savefile, "");
  auto keep = [&packets](const capture::Packet& packet) {
    packets.push_back({.bytes = {packet.bytes.begin(), packet.bytes.end()},
                       .time = packet.at,
                       .wire_length = packet.wire_length});
  };
  try {
    while (source.dispatch(1000, keep) > 0) {
    }
  } catch (const capture::CaptureError&) {
    // What was read before the damage counts.
  }
  link_type = source.link_type();
  return packets;
}

}  // namespace support
