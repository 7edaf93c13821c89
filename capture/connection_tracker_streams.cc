// The part of ConnectionTracker that turns streams into WebSocket connections.

#include <algorithm>

#include "capture/connection_tracker.h"
#include "capture/first_bytes.h"

namespace capture {

using websocket::Connection;

// How much of the other stream `sender` had received when it acknowledged this number.
std::uint64_t ConnectionTracker::peer_position(const Flow& flow, unsigned sender,
                                               std::uint32_t acknowledgment_number) {
  const unsigned other = 1 - sender;
  const Reassembler& stream = flow.streams[other];
  return stream.started() ? stream.offset_of(acknowledgment_number) : 0;
}

void ConnectionTracker::deliver(Flow& flow, unsigned sender, Reassembler::Piece piece) {
  if (piece.missing > 0) lose_bytes(flow, sender, piece.missing);
  if (piece.bytes.empty() || !flow.follows()) return;
  if (!flow.first_payload_seen[sender]) {
    const std::size_t skipped = proxy_header_length(piece.bytes);
    piece.bytes = piece.bytes.subspan(skipped);
    if (piece.bytes.empty()) return;
  }
  const bool known = flow.connection != nullptr && flow.state != FlowState::midstream;
  if (!known && !find_connection(flow, sender, piece)) return;
  flow.connection->observe(flow.direction(sender), {.bytes = piece.bytes,
                                                    .at = piece.at,
                                                    .peer_position = peer_position(
                                                        flow, sender, piece.acknowledgment_number),
                                                    .order = piece.arrival,
                                                    .starts_segment = piece.starts_segment});
  if (flow.state != FlowState::websocket) settle_undecided(flow);
}

void ConnectionTracker::deliver_rest(Flow& flow, unsigned sender) {
  while (auto piece = flow.streams[sender].next()) deliver(flow, sender, *piece);
  if (flow.streams[sender].finished()) observe_fin(flow, sender);
}

void ConnectionTracker::lose_bytes(Flow& flow, unsigned sender, std::uint64_t count) {
  flow.first_payload_seen[sender] = true;
  if (!flow.connection) return;
  if (flow.bound) {
    TrackerCounters::Gaps& gaps = counters_.gaps[flow.connection->service()];
    gaps.gaps.add();
    gaps.bytes.add(count);
  }
  flow.connection->observe_gap(flow.direction(sender), count, now_);
  if (flow.state != FlowState::websocket) settle_undecided(flow);
}

// Does this piece belong to a connection, now that it has been looked at?
bool ConnectionTracker::find_connection(Flow& flow, unsigned sender,
                                        const Reassembler::Piece& piece) {
  const bool first = !flow.first_payload_seen[sender];
  flow.first_payload_seen[sender] = true;
  if (!piece.starts_segment) return flow.connection != nullptr;
  // A stream whose start was not captured may be anything.
  const bool begins = first && sender == flow.client && !flow.joined_midway &&
                      flow.streams[sender].offset() == piece.bytes.size();
  // The first segment of a request may hold less than its method.
  const bool cut = begins && websocket::may_start_request(piece.bytes);
  switch (cut ? FirstBytes::get_request : recognise(piece.bytes)) {
    case FirstBytes::get_request:
      flow.client = static_cast<std::uint8_t>(sender);
      start_connection(flow, sender, piece.bytes.size(), Connection::Start::request, piece.at);
      return true;
    case FirstBytes::switching_protocols:
      flow.client = static_cast<std::uint8_t>(1 - sender);
      start_connection(flow, sender, piece.bytes.size(), Connection::Start::response, piece.at);
      return true;
    case FirstBytes::other_request:
    case FirstBytes::other_response:
      flow.joined_midway = false;  // HTTP, and its next request may ask for an upgrade
      drop_connection(flow);
      set_state(flow, FlowState::undecided);
      return false;
    case FirstBytes::tls:
      if (!first && !flow.joined_midway) return false;
      give_up(flow, Opaque::tls);
      return false;
    case FirstBytes::http2:
      if (first) give_up(flow, Opaque::http2);
      return false;
    case FirstBytes::unknown:
      break;
  }
  if (flow.connection) return true;
  if (flow.joined_midway) {
    start_connection(flow, sender, piece.bytes.size(), Connection::Start::midstream, piece.at);
    return true;
  }
  // The first words of a client that speaks something else; the server's may come first.
  if (begins) set_state(flow, FlowState::other);
  return false;
}

// `bytes` of `sender`'s stream were taken in order and will be the connection's first.
void ConnectionTracker::start_connection(Flow& flow, unsigned sender, std::size_t bytes,
                                         Connection::Start start, Time at) {
  drop_connection(flow);
  if (spare_connections_.empty()) {
    flow.connection = std::make_unique<Connection>(start, at);
  } else {
    flow.connection = std::move(spare_connections_.back());
    spare_connections_.pop_back();
    *flow.connection = Connection(start, at);
  }
  flow.streams[sender].rebase(flow.streams[sender].offset() - bytes);
  Reassembler& other = flow.streams[1 - sender];
  if (other.started()) other.rebase(other.offset());
  set_state(flow,
            start == Connection::Start::midstream ? FlowState::midstream : FlowState::handshake);
}

// A connection that is not known to be a WebSocket yet may have become one, or none.
void ConnectionTracker::settle_undecided(Flow& flow) {
  Connection& connection = *flow.connection;
  if (connection.take_sides_swapped()) flow.client = static_cast<std::uint8_t>(1 - flow.client);
  switch (connection.phase()) {
    case Connection::Phase::refused:
      report_handshake(flow);
      drop_connection(flow);
      set_state(flow, FlowState::undecided);
      return;
    case Connection::Phase::open:
      bind(flow);
      return;
    case Connection::Phase::midstream:
      if (connection.hopeless()) give_up(flow, Opaque::lost);
      return;
    case Connection::Phase::handshake:
      charge_head(flow);
      return;
  }
}

void ConnectionTracker::bind(Flow& flow) {
  charge_head(flow);
  Connection& connection = *flow.connection;
  const Endpoint server = flow.client == 0 ? flow.key.higher() : flow.key.lower();
  const websocket::ServiceId service =
      services_.match(server.port, connection.host(), connection.path());
  connection.bind(service, observer_.traffic(service));
  flow.bound = true;
  report_handshake(flow);
  observer_.connection_opened(service);
  set_state(flow, FlowState::websocket);
}

// Heads that are not complete count against the same bytes as segments out of order do.
void ConnectionTracker::charge_head(Flow& flow) {
  const std::uint64_t held = flow.connection->buffered();
  if (held == flow.reserved_head) return;
  budget_.bytes.subtract(flow.reserved_head);
  budget_.bytes.add(held);
  flow.reserved_head = static_cast<std::uint32_t>(held);
  if (!budget_.full()) return;
  counters_.evicted[static_cast<std::size_t>(Eviction::memory)].add();
  drop_connection(flow);
  set_state(flow, FlowState::other);
}

// After each packet: what has become of the connection?
void ConnectionTracker::settle(Flow& flow) {
  if (!flow.connection) {
    if (flow.fins == 3) end(flow);
    return;
  }
  if (!flow.bound) return;
  Connection& connection = *flow.connection;
  if (const auto round_trip = connection.take_round_trip()) {
    observer_.pong_received(connection.service(), round_trip->ping_sender, round_trip->time);
  }
  if (flow.vanished) {
    flow.vanished = false;
    connection.revive();
    observer_.connection_revived(connection.service());
  }
  if (!connection.closing()) return;
  if (flow.fins == 3) {
    end(flow);
  } else {
    set_timer(flow);
  }
}

}  // namespace capture
