// The part of ConnectionTracker that ends flows: decided, evicted, or over with the savefile.

#include <algorithm>
#include <chrono>

#include "capture/connection_tracker.h"

namespace capture {
namespace {

// How long a packet may be captured behind one that was sent after it.
constexpr Duration kReordering = std::chrono::seconds{1};
// Flows that never asked for a WebSocket are forgotten after this silence.
constexpr Duration kQuiet = std::chrono::minutes{5};
constexpr std::uint32_t kEvictionCandidates = 32;
// Short connections come and go: their memory is used again.
constexpr std::size_t kSpareConnections = 64;

}  // namespace

using websocket::Connection;
using websocket::Direction;
using websocket::EndKind;
using websocket::LostBy;

void ConnectionTracker::set_state(Flow& flow, FlowState state) {
  if (flow.state == state) return;
  counters_.flows[static_cast<std::size_t>(flow.state)].subtract();
  counters_.flows[static_cast<std::size_t>(state)].add();
  flow.state = state;
}

bool ConnectionTracker::is_reset(const Flow& flow) {
  return flow.reset_seen || flow.streams[0].reset_held() || flow.streams[1].reset_held();
}

void ConnectionTracker::set_timer(Flow& flow) {
  if (flow.timer_set) return;
  flow.timer_set = true;
  std::deque<Timer>& timers = is_reset(flow) ? reset_ : half_closed_;
  timers.push_back({deadline(flow), flow.number, table_.generation(flow.number)});
}

// When a flow that has begun to end may be decided: when nothing has come for a while.
Time ConnectionTracker::deadline(const Flow& flow) const {
  const bool soon = !flow.connection || is_reset(flow);
  return flow.last_seen + (soon ? kReordering : thresholds_.half_close_grace);
}

void ConnectionTracker::run_timers() {
  run_timers(reset_);
  run_timers(half_closed_);
}

// A FIN or RST that set a timer may have been ignored, or its sender lived on: it was forged.
bool ConnectionTracker::is_ending(const Flow& flow) {
  const auto ends = [](const Reassembler& stream) {
    return stream.has_fin() || stream.reset_held();
  };
  return flow.reset_seen || ends(flow.streams[0]) || ends(flow.streams[1]) ||
         flow.connection->closing();
}

void ConnectionTracker::run_timers(std::deque<Timer>& timers) {
  while (!timers.empty() && timers.front().at <= now_) {
    const Timer timer = timers.front();
    timers.pop_front();
    if (table_.generation(timer.number) != timer.generation) continue;
    Flow* flow = table_.at(timer.number);
    if (flow == nullptr || !flow->timer_set) continue;
    flow->timer_set = false;
    if (flow->connection && !is_ending(*flow)) continue;
    if (deadline(*flow) > now_) {
      set_timer(*flow);
    } else {
      end(*flow);
    }
  }
}

// Everything that can still be said about the streams, now that nothing more is awaited.
void ConnectionTracker::flush(Flow& flow) {
  for (const unsigned sender : {0U, 1U}) {
    if (!flow.streams[sender].started()) continue;
    flow.streams[sender].flush();
    deliver_rest(flow, sender);
  }
  if (!flow.connection) return;
  for (const unsigned sender : {0U, 1U}) {
    const Reassembler& stream = flow.streams[sender];
    if (!stream.started()) continue;
    flow.connection->acknowledge(flow.direction(sender), stream.acknowledged_offset());
    if (stream.reset_held()) end_by_reset(flow, sender, now_);
  }
}

void ConnectionTracker::conclude(Flow& flow, LostBy lost_by) {
  if (flow.connection) flush(flow);
  if (flow.connection) {
    Connection& connection = *flow.connection;
    connection.lose_to(lost_by);
    connection.decide_phase_at_end();
    settle_undecided_at_end(flow);
  }
  if (flow.connection && flow.bound) {
    report(flow, false);
  } else if (flow.connection) {
    report_handshake(flow);
  }
  drop_connection(flow);
}

// The flow is over, and what it was is decided.
void ConnectionTracker::end(Flow& flow) {
  conclude(flow, LostBy::nothing);
  recently_ended_.add(table_.hash(flow.key), now_);
  remove(flow);
}

void ConnectionTracker::settle_undecided_at_end(Flow& flow) {
  if (flow.connection->take_sides_swapped()) {
    flow.client = static_cast<std::uint8_t>(1 - flow.client);
  }
  if (!flow.bound && flow.connection->phase() == Connection::Phase::open) bind(flow);
}

void ConnectionTracker::report(Flow& flow, bool still_open) {
  Connection& connection = *flow.connection;
  const websocket::ConnectionFacts facts =
      flow.vanished ? connection.conclude() : connection.conclude_for_good();
  websocket::ConnectionSummary summary = connection.summary(facts, outcome_limits_);
  summary.client = flow.client == 0 ? flow.key.lower() : flow.key.higher();
  summary.server = flow.client == 0 ? flow.key.higher() : flow.key.lower();
  summary.open = still_open;
  summary.counted_before = flow.counted;
  observer_.connection_ended(summary);
  flow.counted = true;
}

void ConnectionTracker::report_handshake(Flow& flow,
                                         std::optional<websocket::HandshakeResult> instead) {
  auto summary = flow.connection->handshake_summary();
  if (!summary) return;
  if (!flow.bound) {
    const Endpoint server = flow.client == 0 ? flow.key.higher() : flow.key.lower();
    summary->service =
        services_.match(server.port, flow.connection->host(), flow.connection->path());
  }
  if (instead) summary->result = *instead;
  observer_.handshake_ended(*summary);
}

void ConnectionTracker::drop_connection(Flow& flow) {
  if (flow.connection && spare_connections_.size() < kSpareConnections) {
    spare_connections_.push_back(std::move(flow.connection));
  }
  flow.connection.reset();
  flow.bound = false;
  budget_.bytes.subtract(flow.reserved_head);
  flow.reserved_head = 0;
}

void ConnectionTracker::give_up(Flow& flow, Opaque reason) {
  counters_.opaque[static_cast<std::size_t>(reason)].add();
  drop_connection(flow);
  set_state(flow, FlowState::opaque);
}

void ConnectionTracker::remove(Flow& flow) {
  drop_connection(flow);
  counters_.flows[static_cast<std::size_t>(flow.state)].subtract();
  table_.erase(flow);
}

void ConnectionTracker::evict(Flow& flow, Eviction reason) {
  counters_.evicted[static_cast<std::size_t>(reason)].add();
  if (flow.connection && !flow.vanished) conclude(flow, LostBy::eviction);
  remove(flow);
}

// Approximates least recently seen, never upgraded first: the worst of the next candidates of a
// hand that goes round, so that no list has to be kept in order for every packet.
void ConnectionTracker::make_room() {
  const auto better_to_keep = [](const Flow& a, const Flow& b) {
    const bool a_upgraded = a.state == FlowState::websocket;
    const bool b_upgraded = b.state == FlowState::websocket;
    return a_upgraded != b_upgraded ? a_upgraded : a.last_seen > b.last_seen;
  };
  Flow* worst = nullptr;
  for (std::uint32_t seen = 0; seen < kEvictionCandidates;) {
    hand_ = hand_ + 1 < table_.capacity() ? hand_ + 1 : 0;
    Flow* candidate = table_.at(hand_);
    if (candidate == nullptr) continue;
    ++seen;
    if (worst == nullptr || better_to_keep(*worst, *candidate)) worst = candidate;
  }
  evict(*worst, Eviction::capacity);
}

void ConnectionTracker::sweep(std::uint32_t count) {
  for (; count > 0 && table_.capacity() > 0; --count) {
    hand_ = hand_ + 1 < table_.capacity() ? hand_ + 1 : 0;
    if (Flow* flow = table_.at(hand_)) visit_idle(*flow);
  }
}

void ConnectionTracker::visit_idle(Flow& flow) {
  const Duration idle = now_ - flow.last_seen;
  if (flow.bound) {
    if (idle < thresholds_.vanish) return;
    if (flow.vanished) {
      if (idle >= 2 * thresholds_.vanish) evict(flow, Eviction::idle);
      return;
    }
    for (const Direction direction : websocket::kDirections) {
      flow.connection->observe_end(direction, {.how = EndKind::silence, .at = now_});
    }
    flow.vanished = true;
    report(flow, false);
  } else if (flow.state == FlowState::handshake && idle >= thresholds_.opening_handshake) {
    report_handshake(flow, websocket::HandshakeResult::timeout);
    drop_connection(flow);
    set_state(flow, FlowState::other);
  } else if (idle >= kQuiet) {
    evict(flow, Eviction::idle);
  }
}

void ConnectionTracker::advance(Time now) {
  now_ = std::max(now_, now);
  run_timers();
  constexpr std::uint32_t flows_a_tick = 1024;
  sweep(std::min(flows_a_tick, table_.capacity()));
}

void ConnectionTracker::finish() {
  for (std::uint32_t number = 0; number < table_.capacity(); ++number) {
    Flow* flow = table_.at(number);
    if (flow == nullptr || !flow->connection || flow->vanished) continue;
    flush(*flow);
    if (!flow->connection) continue;
    flow->connection->decide_phase_at_end();
    settle_undecided_at_end(*flow);
    const bool over = flow->reset_seen || flow->fins == 3;
    if (!flow->bound && !over) {
      drop_connection(*flow);  // an upgrade that was not answered yet
    } else if (over || flow->connection->closing()) {
      conclude(*flow, over ? LostBy::nothing : LostBy::unseen_end);
    } else {
      report(*flow, true);
      drop_connection(*flow);
    }
  }
}

}  // namespace capture
