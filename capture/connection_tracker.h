#ifndef CLOSEWATCH_CAPTURE_CONNECTION_TRACKER_H_
#define CLOSEWATCH_CAPTURE_CONNECTION_TRACKER_H_

#include <array>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "capture/config.h"
#include "capture/flow_table.h"
#include "capture/recently_ended.h"
#include "capture/segment.h"
#include "capture/service.h"
#include "websocket/counter.h"
#include "websocket/observer.h"

namespace capture {

enum class Eviction : std::uint8_t { idle, capacity, memory };
inline constexpr std::array<std::string_view, 3> kEvictionNames{"idle", "capacity", "memory"};

enum class Opaque : std::uint8_t { tls, http2, lost };
inline constexpr std::array<std::string_view, 3> kOpaqueNames{"tls", "http2", "lost"};

// What the tracker counts about itself; any thread may read it.
struct TrackerCounters {
  struct Gaps {
    websocket::Counter gaps;
    websocket::Counter bytes;
  };
  explicit TrackerCounters(std::size_t services) : gaps(services) {}

  std::array<websocket::Counter, kFlowStateCount> flows;  // by FlowState, now
  std::array<websocket::Counter, kEvictionNames.size()> evicted;
  std::array<websocket::Counter, kOpaqueNames.size()> opaque;
  websocket::Counter midstream;
  std::vector<Gaps> gaps;  // by ServiceId
};

// Follows TCP segments into WebSocket connections and tells an observer how they end. Memory is
// bounded by the limits: what they do not allow is evicted, and counted. Time is packet time. One
// thread; the observer and the services must outlive it.
class ConnectionTracker {
 public:
  ConnectionTracker(const Limits& limits, const Thresholds& thresholds,
                    const ServiceTable& services, websocket::ConnectionObserver& observer);

  void track(const Segment& segment) {
    const FlowKey key{segment};
    track(segment, key, table_.hash(key));
  }
  // Time passes, packets or not: connections that have waited long enough are decided.
  void advance(Time now);
  // The end of the savefile: decides what can be decided and reports the rest as still open.
  void finish();

  const TrackerCounters& counters() const { return counters_; }
  std::size_t flows() const { return table_.size(); }
  // Held of segments out of order and of heads that are not complete.
  std::uint64_t buffered_bytes() const { return budget_.bytes.value(); }

 private:
  friend class SegmentPipeline;

  void track(const Segment& segment, const FlowKey& key, std::uint64_t hash);

  struct Timer {
    Time at;
    std::uint32_t number;
    std::uint32_t generation;
  };

  // connection_tracker.cc: segments to streams.
  Flow* admit(const FlowKey& key, std::uint64_t hash, unsigned sender, const Segment& segment);
  void observe_syn(Flow& flow, unsigned sender, const Segment& segment);
  bool is_new_incarnation(const Flow& flow, unsigned sender, const Segment& segment) const;
  void reincarnate(Flow& flow, unsigned sender, const Segment& segment, websocket::LostBy lost_by);
  void begin(Flow& flow, unsigned sender, const Segment& segment);
  bool follow_in_order(Flow& flow, unsigned sender, const Segment& segment);
  void follow(Flow& flow, unsigned sender, const Segment& segment);
  void observe_fin(Flow& flow, unsigned sender);
  void end_by_reset(Flow& flow, unsigned sender, Time at);
  void observe_reset(Flow& flow, unsigned sender, const Segment& segment);
  void watch_end_of_other(Flow& flow, unsigned sender, const Segment& segment);

  // connection_tracker_streams.cc: streams to connections.
  void deliver(Flow& flow, unsigned sender, Reassembler::Piece piece);
  void deliver_rest(Flow& flow, unsigned sender);
  bool find_connection(Flow& flow, unsigned sender, const Reassembler::Piece& piece);
  void start_connection(Flow& flow, unsigned sender, std::size_t bytes,
                        websocket::Connection::Start start, Time at);
  void lose_bytes(Flow& flow, unsigned sender, std::uint64_t count);
  void settle(Flow& flow);
  void settle_undecided(Flow& flow);
  void bind(Flow& flow);
  void charge_head(Flow& flow);
  static std::uint64_t peer_position(const Flow& flow, unsigned sender,
                                     std::uint32_t acknowledgment_number);

  // connection_tracker_ends.cc: when a flow is over, or must go.
  void conclude(Flow& flow, websocket::LostBy lost_by);
  void flush(Flow& flow);
  void settle_undecided_at_end(Flow& flow);
  void report(Flow& flow, bool still_open);
  void report_handshake(Flow& flow, std::optional<websocket::HandshakeResult> instead = {});
  void drop_connection(Flow& flow);
  void give_up(Flow& flow, Opaque reason);
  void set_state(Flow& flow, FlowState state);
  void set_timer(Flow& flow);
  static bool is_reset(const Flow& flow);
  void run_timers();
  void run_timers(std::deque<Timer>& timers);
  bool any_timer_due() const {
    return (!half_closed_.empty() && half_closed_.front().at <= now_) ||
           (!reset_.empty() && reset_.front().at <= now_);
  }
  static bool is_ending(const Flow& flow);
  Time deadline(const Flow& flow) const;
  void sweep(std::uint32_t count);
  void visit_idle(Flow& flow);
  void make_room();
  void evict(Flow& flow, Eviction reason);
  void remove(Flow& flow);
  void end(Flow& flow);

  Limits limits_;
  Thresholds thresholds_;
  websocket::OutcomeLimits outcome_limits_;
  const ServiceTable& services_;
  websocket::ConnectionObserver& observer_;
  BufferBudget budget_;
  FlowTable table_;
  TrackerCounters counters_;
  // One for each length of time that is waited, so that each is in order.
  std::deque<Timer> half_closed_;
  std::deque<Timer> reset_;
  RecentlyEnded recently_ended_;
  std::vector<std::unique_ptr<websocket::Connection>> spare_connections_;
  Time now_{};
  std::uint32_t hand_ = 0;
  std::uint32_t until_sweep_ = 0;
};

}  // namespace capture

#endif  // CLOSEWATCH_CAPTURE_CONNECTION_TRACKER_H_
