#ifndef CLOSEWATCH_TESTS_SUPPORT_OBSERVED_H_
#define CLOSEWATCH_TESTS_SUPPORT_OBSERVED_H_

#include <optional>
#include <string>
#include <vector>

#include "capture/config.h"
#include "tests/support/tcp_packet.h"
#include "websocket/observer.h"

namespace support {

// A ConnectionSummary that owns what it says.
struct ObservedConnection {
  websocket::Endpoint client;
  websocket::Endpoint server;
  std::string host, path, subprotocol, extensions;
  websocket::HandshakeSeen handshake{};
  bool open = false;
  bool counted_before = false;
  websocket::Time opened{};
  websocket::Time ended{};
  websocket::ConnectionFacts facts;
  websocket::Outcome outcome;

  // The wire's Close codes of this side, in order: "1000", "empty", "1000 invalid".
  std::vector<std::string> closes(websocket::Side sender) const;
  // "text:2 close:1", in the order of the opcodes.
  std::string frames(websocket::Side sender) const;
  // "client 1000, server 1006, client, unanswered_close", or "open".
  std::string verdict() const;
};

// Keeps all that an observer is told.
class Observations final : public websocket::ConnectionObserver {
 public:
  websocket::TrafficCounters* traffic(websocket::ServiceId service) override;
  void handshake_ended(const websocket::HandshakeSummary& handshake) override;
  void connection_opened(websocket::ServiceId service) override;
  void pong_received(websocket::ServiceId service, websocket::Side ping_sender,
                     websocket::Duration round_trip) override;
  void connection_ended(const websocket::ConnectionSummary& summary) override;
  void connection_revived(websocket::ServiceId service) override;

  std::vector<ObservedConnection> connections;
  std::vector<websocket::HandshakeResult> handshakes;
  std::vector<websocket::Duration> round_trips;
  websocket::TrafficCounters counters;
  int opened = 0;
  int revived = 0;
};

// What ConnectionTracker makes of these packets, or of this savefile.
struct TrackOptions {
  capture::Limits limits{};
  capture::Thresholds thresholds{};
  bool to_the_end = true;  // as at the end of a savefile
  int link_type = 1;       // Ethernet
};
void track(const std::vector<TestPacket>& packets, Observations& observations,
           const TrackOptions& options = {});
std::vector<TestPacket> read_packets(const std::string& savefile, int& link_type);

}  // namespace support

#endif  // CLOSEWATCH_TESTS_SUPPORT_OBSERVED_H_
