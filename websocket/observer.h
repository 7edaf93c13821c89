#ifndef CLOSEWATCH_WEBSOCKET_OBSERVER_H_
#define CLOSEWATCH_WEBSOCKET_OBSERVER_H_

#include "websocket/counter.h"
#include "websocket/summary.h"

namespace websocket {

// Learns what happens to connections: the metrics, the event log, a report. Called from the thread
// that feeds the connections, one call at a time; must not block. Does not own what it is passed.
class ConnectionObserver {
 public:
  ConnectionObserver() = default;
  ConnectionObserver(const ConnectionObserver&) = delete;
  ConnectionObserver& operator=(const ConnectionObserver&) = delete;
  virtual ~ConnectionObserver() = default;

  // Where connections of `service` count their frames and bytes as they pass, or null. The counters
  // outlive every connection. Asked once a connection.
  virtual TrafficCounters* traffic(ServiceId service) = 0;

  virtual void handshake_ended(const HandshakeSummary& handshake) = 0;
  virtual void connection_opened(ServiceId service) = 0;
  // A Pong answered a Ping of `ping_sender`.
  virtual void pong_received(ServiceId service, Side ping_sender, Duration round_trip) = 0;
  // Exactly once a connection that was opened, with `summary.open` only at the end of a savefile;
  // once more, with `counted_before`, for each time it was revived.
  virtual void connection_ended(const ConnectionSummary& summary) = 0;
  // A connection that was reported as vanished spoke again.
  virtual void connection_revived(ServiceId service) = 0;
};

}  // namespace websocket

#endif  // CLOSEWATCH_WEBSOCKET_OBSERVER_H_
