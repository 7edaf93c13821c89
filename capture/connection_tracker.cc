#include "capture/connection_tracker.h"

#include <algorithm>

namespace capture {
namespace {

constexpr std::uint32_t kPacketsPerSweep = 1024;
constexpr std::uint32_t kFlowsPerSweep = 64;

}  // namespace

ConnectionTracker::ConnectionTracker(const Limits& limits, const Thresholds& thresholds,
                                     const ServiceTable& services,
                                     websocket::ConnectionObserver& observer)
    : limits_(limits),
      thresholds_(thresholds),
      outcome_limits_(thresholds.outcome_limits()),
      services_(services),
      observer_(observer),
      table_(&budget_),
      counters_(services.names().size()) {
  budget_.max_bytes = limits.buffered_bytes;
  budget_.max_segments_per_stream = static_cast<std::uint32_t>(limits.buffered_segments_per_flow);
}

void ConnectionTracker::track(const Segment& segment, const FlowKey& key, std::uint64_t hash) {
  now_ = std::max(now_, segment.at);
  if (any_timer_due()) run_timers();
  if (until_sweep_-- == 0) {
    until_sweep_ = kPacketsPerSweep;
    sweep(kFlowsPerSweep);
  }
  if (segment.checksum_bad) return;
  const unsigned sender = FlowKey::source_is_lower(segment) ? 0 : 1;
  Flow* flow = table_.find(key, hash);
  if (flow == nullptr) {
    flow = admit(key, hash, sender, segment);
    if (flow == nullptr) return;
  } else if (segment.has(kSyn)) {
    observe_syn(*flow, sender, segment);
  } else if (flow->has_pending_syn && is_new_incarnation(*flow, sender, segment)) {
    reincarnate(*flow, sender, segment, websocket::LostBy::unseen_end);
  }
  flow->last_seen = now_;
  if (flow->state == FlowState::websocket && follow_in_order(*flow, sender, segment)) return;
  if (!flow->follows()) {
    watch_end_of_other(*flow, sender, segment);
  } else if (segment.has(kSyn)) {
    if (segment.payload_length == 0) return;
    Segment data = segment;  // TCP Fast Open (RFC 7413): data on the SYN
    ++data.sequence_number;
    data.flags = kAck;
    data.acknowledgment_number = flow->streams[1 - sender].first_number();
    follow(*flow, sender, data);
  } else if (segment.has(kAck) || segment.has(kRst)) {
    follow(*flow, sender, segment);
  }
}

Flow* ConnectionTracker::admit(const FlowKey& key, std::uint64_t hash, unsigned sender,
                               const Segment& segment) {
  // Without payload the rest of some old flow is not worth a place.
  if (!segment.has(kSyn) && (segment.payload_length == 0 || segment.has(kRst))) return nullptr;
  if (!segment.has(kSyn) && recently_ended_.has(hash, now_)) return nullptr;
  if (table_.size() >= limits_.max_flows) make_room();
  Flow& flow = table_.insert(key, hash);
  counters_.flows[static_cast<std::size_t>(flow.state)].add();
  begin(flow, sender, segment);
  if (flow.joined_midway) counters_.midstream.add();
  return &flow;
}

void ConnectionTracker::reincarnate(Flow& flow, unsigned sender, const Segment& segment,
                                    websocket::LostBy lost_by) {
  const bool after_syn = flow.has_pending_syn;
  conclude(flow, lost_by);
  set_state(flow, FlowState::undecided);
  table_.restart(flow);
  begin(flow, sender, segment);
  if (!after_syn || segment.has(kSyn)) return;
  flow.joined_midway = false;  // only the answer to its SYN was not captured
  flow.client = static_cast<std::uint8_t>(sender);
}

// REQUIRES: nothing is known of the flow but its key.
void ConnectionTracker::begin(Flow& flow, unsigned sender, const Segment& segment) {
  const unsigned other = 1 - sender;
  if (segment.has(kSyn)) {
    flow.client = static_cast<std::uint8_t>(segment.has(kAck) ? other : sender);
    flow.streams[sender].start(segment.sequence_number + 1);
  } else {
    // Until the mask bits tell, the higher port is taken for the client's.
    flow.client =
        static_cast<std::uint8_t>(segment.source.port >= segment.destination.port ? sender : other);
    flow.joined_midway = true;
    flow.streams[sender].start(segment.sequence_number);
  }
  if (segment.has(kAck)) flow.streams[other].start(segment.acknowledgment_number);
}

// The 4-tuple was reused while we still followed its last flow (its end was not captured): a SYN
// alone can be forged or old, but not what answers or follows it in its sequence space.
bool ConnectionTracker::is_new_incarnation(const Flow& flow, unsigned sender,
                                           const Segment& segment) const {
  if (sender != flow.pending_sender) return false;
  return segment.has(kAck) && segment.sequence_number == flow.pending_syn + 1 &&
         flow.streams[sender].first_number() != segment.sequence_number;
}

void ConnectionTracker::observe_syn(Flow& flow, unsigned sender, const Segment& segment) {
  const unsigned other = 1 - sender;
  Reassembler& stream = flow.streams[sender];
  if (segment.has(kAck)) {
    const bool answers_pending = flow.has_pending_syn && flow.pending_sender == other &&
                                 segment.acknowledgment_number == flow.pending_syn + 1;
    if (answers_pending) {
      reincarnate(flow, sender, segment, websocket::LostBy::unseen_end);
    } else if (!stream.started()) {
      stream.start(segment.sequence_number + 1);
    }
    return;
  }
  const bool repeated = stream.started() && stream.offset() == 0 && flow.fins == 0 &&
                        stream.first_number() == segment.sequence_number + 1;
  if (repeated) return;
  const bool over = !flow.follows() || flow.fins == 3 || flow.reset_seen;
  if (over) {
    reincarnate(flow, sender, segment, websocket::LostBy::nothing);
    return;
  }
  flow.has_pending_syn = true;
  flow.pending_syn = segment.sequence_number;
  flow.pending_sender = static_cast<std::uint8_t>(sender);
}

// What nearly every segment of a WebSocket is: data in order, or an acknowledgment. False when it
// is anything else; nothing was done then.
bool ConnectionTracker::follow_in_order(Flow& flow, unsigned sender, const Segment& segment) {
  constexpr std::uint8_t others = kSyn | kFin | kRst | kUrg;
  Reassembler& theirs = flow.streams[1 - sender];
  if ((segment.flags & others) != 0 || !segment.has(kAck) || flow.vanished) return false;
  if (!theirs.started() || theirs.has_hole()) return false;
  if (!flow.streams[sender].accept_in_order(segment)) return false;
  theirs.acknowledged(segment.acknowledgment_number);
  ++flow.arrivals;
  if (segment.payload.empty()) return true;
  websocket::Connection& connection = *flow.connection;
  connection.observe(flow.direction(sender),
                     {.bytes = segment.payload,
                      .at = segment.at,
                      .peer_position = theirs.offset_of(segment.acknowledgment_number),
                      .order = flow.arrivals});
  if (connection.has_news()) settle(flow);
  return true;
}

void ConnectionTracker::follow(Flow& flow, unsigned sender, const Segment& segment) {
  Reassembler& mine = flow.streams[sender];
  Reassembler& theirs = flow.streams[1 - sender];
  if (!mine.started()) mine.start(segment.sequence_number);
  if (segment.has(kAck)) {
    if (theirs.started()) {
      theirs.acknowledged(segment.acknowledgment_number);
    } else {
      theirs.start(segment.acknowledgment_number);
    }
  }
  if (!segment.has(kRst)) {
    if (auto piece = mine.accept(segment, ++flow.arrivals)) deliver(flow, sender, *piece);
  }
  if (theirs.has_hole()) {
    theirs.wait_for_hole(segment.at);
    deliver_rest(flow, 1 - sender);
  }
  mine.wait_for_hole(segment.at);
  deliver_rest(flow, sender);
  if (segment.has(kFin)) set_timer(flow);
  if (segment.has(kRst)) observe_reset(flow, sender, segment);
  settle(flow);
}

void ConnectionTracker::observe_fin(Flow& flow, unsigned sender) {
  const unsigned bit = 1U << sender;
  if ((flow.fins & bit) != 0) return;
  flow.fins = static_cast<std::uint8_t>(flow.fins | bit);
  if (!flow.connection) return;
  const Reassembler::FinArrival& fin = flow.streams[sender].fin_arrival();
  flow.connection->observe_end(
      flow.direction(sender),
      {.how = websocket::EndKind::fin,
       .at = fin.at,
       .peer_position = peer_position(flow, sender, fin.acknowledgment_number),
       .order = fin.arrival});
}

void ConnectionTracker::end_by_reset(Flow& flow, unsigned sender, Time at) {
  if (!flow.connection) return;
  const std::uint64_t received =
      flow.streams[1 - sender].started() ? flow.streams[1 - sender].acknowledged_offset() : 0;
  flow.connection->observe_end(flow.direction(sender), {.how = websocket::EndKind::reset,
                                                        .at = at,
                                                        .peer_position = received,
                                                        .order = ++flow.arrivals});
}

void ConnectionTracker::observe_reset(Flow& flow, unsigned sender, const Segment& segment) {
  Reassembler& mine = flow.streams[sender];
  const Reassembler::Reset reset = mine.reset_at(segment.sequence_number);
  if (reset == Reassembler::Reset::ignored) return;
  if (!segment.has(kAck)) {
    // It answers a segment, whose acknowledgment number it bears (RFC 9293 section 3.5.2). If that
    // segment was not captured, neither was what it carried.
    const bool answers_unseen = !mine.acknowledged_up_to(segment.sequence_number);
    if (answers_unseen && flow.streams[1 - sender].started()) {
      flow.streams[1 - sender].expect_more();
    }
    mine.acknowledged(segment.sequence_number);
  }
  if (reset == Reassembler::Reset::accepted) {
    flow.reset_seen = true;
    end_by_reset(flow, sender, segment.at);
  }
  flow.timer_set = false;  // a reset waits for less than a FIN
  set_timer(flow);
}

// Flows that are not followed are only kept so as not to take their next packet for a new flow.
void ConnectionTracker::watch_end_of_other(Flow& flow, unsigned sender, const Segment& segment) {
  if (segment.has(kFin)) flow.fins = static_cast<std::uint8_t>(flow.fins | (1U << sender));
  if (segment.has(kRst)) flow.reset_seen = true;
  if (flow.fins == 3 || flow.reset_seen) end(flow);
}

}  // namespace capture
