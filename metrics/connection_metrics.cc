#include "metrics/connection_metrics.h"

#include <algorithm>
#include <optional>

namespace metrics {
namespace {

using websocket::ConnectionFacts;
using websocket::ConnectionSummary;
using websocket::EndKind;
using websocket::Side;
using websocket::Violation;

template <typename Enum>
constexpr std::size_t at(Enum value) {
  return static_cast<std::size_t>(value);
}

// 1006 at a shutdown is what the operator asked for: no incident, and no sign of one.
EndOutcome end_outcome(const websocket::Outcome& outcome) {
  if (outcome.cause == websocket::Cause::shutdown) return EndOutcome::clean;
  return outcome.client_observed == websocket::kAbnormalClosure ||
                 outcome.server_observed == websocket::kAbnormalClosure
             ? EndOutcome::abnormal
             : EndOutcome::clean;
}

std::optional<websocket::Duration> idle_before_close(const ConnectionSummary& summary) {
  const auto& [client, server] = summary.facts.streams;
  const auto latest = std::max(client.last_activity, server.last_activity);  // nothing is smallest
  if (!latest) return std::nullopt;
  return summary.ended - *latest;
}

bool answers_proxy(const ConnectionFacts& facts, const websocket::CloseFrame& close) {
  const auto& injected = facts.injected_closes[index(close.sender)];
  return injected && injected->order < close.order;
}

// One side's Close has no answer, and it is certain that there was none: its stream was read to the
// end, and it was not we who stopped looking.
bool closing_handshake_incomplete(const ConnectionFacts& facts) {
  for (const Side side : websocket::kSides) {
    const Side other = opposite(side);
    const websocket::CloseFrame* close = facts.first_close(side);
    if (close != nullptr && !answers_proxy(facts, *close) && facts.first_close(other) == nullptr) {
      return facts.lost_by != websocket::LostBy::eviction &&
             facts.stream(sent_by(other)).synchronised;
    }
  }
  return false;
}

// Then the endpoints' Closes need not answer one another.
bool has_injected_close(const ConnectionFacts& facts) {
  return facts.injected_closes[0].has_value() || facts.injected_closes[1].has_value();
}

void count_violations(const ConnectionFacts& facts, ServiceCounters& counters) {
  for (const Side side : websocket::kSides) {
    websocket::Violations violations = facts.stream(sent_by(side)).violations;
    for (const auto& frame : facts.close_frames) {
      if (frame.sender == side) violations.add(frame.violations);
    }
    if (violations.empty()) continue;
    for (std::size_t i = 0; i < websocket::kViolationCount; ++i) {
      if (violations.has(static_cast<Violation>(i))) counters.violations[index(side)][i].add();
    }
  }
}

void count_stream_ends(const ConnectionFacts& facts, ServiceCounters& counters) {
  const auto count_first = [&facts](EndKind how, auto& by_sender) {
    const auto end = std::ranges::find(facts.stream_ends, how, &websocket::StreamEnd::how);
    if (end != facts.stream_ends.end()) by_sender[index(end->sender)].add();
  };
  count_first(EndKind::reset, counters.tcp_resets);
  count_first(EndKind::fin, counters.tcp_fins);
  for (const Side side : websocket::kSides) {
    const auto pings = facts.stream(sent_by(side)).unanswered_pings;
    if (pings != 0) counters.unanswered_pings[index(side)].add(pings);
  }
}

}  // namespace

ConnectionMetrics::ConnectionMetrics(Services& services) : services_(services) {}

ServiceCounters& ConnectionMetrics::counters_of(websocket::ServiceId service) {
  ServiceCounters* const made = counters_[service].load(std::memory_order_relaxed);
  return made != nullptr ? *made : make_counters(service);
}

ServiceCounters& ConnectionMetrics::make_counters(websocket::ServiceId service) {
  owned_.push_back(std::make_unique<ServiceCounters>(services_.code_labels().size()));
  counters_[service].store(owned_.back().get(), std::memory_order_release);
  return *owned_.back();
}

websocket::TrafficCounters* ConnectionMetrics::traffic(websocket::ServiceId service) {
  return &counters_of(service).traffic;
}

void ConnectionMetrics::handshake_ended(const websocket::HandshakeSummary& handshake) {
  ServiceCounters& counters = counters_of(handshake.service);
  counters.opening_handshakes[at(handshake.result)].add();
  if (handshake.duration) counters.opening_handshake_duration.observe(*handshake.duration);
}

void ConnectionMetrics::connection_opened(websocket::ServiceId service) {
  counters_of(service).opened.add();
}

void ConnectionMetrics::connection_revived(websocket::ServiceId service) {
  counters_of(service).opened.add();
}

void ConnectionMetrics::pong_received(websocket::ServiceId service, Side ping_sender,
                                      websocket::Duration round_trip) {
  counters_of(service).ping_rtt[index(ping_sender)].observe(round_trip);
}

void ConnectionMetrics::connection_ended(const ConnectionSummary& summary) {
  if (summary.open) return;  // it stays among the open ones
  ServiceCounters& counters = counters_of(summary.service);
  counters.ended.add();
  if (summary.counted_before) return;

  const websocket::Outcome& outcome = summary.outcome;
  count_codes(summary, counters);
  counters.connections_closed[at(outcome.initiator)][at(outcome.cause)].add();
  if (outcome.cause != websocket::Cause::shutdown && closing_handshake_incomplete(summary.facts)) {
    counters.incomplete_closing_handshakes[at(outcome.initiator)].add();
  }
  if (summary.closing_handshake && !has_injected_close(summary.facts)) {
    counters.closing_handshake_duration[at(outcome.initiator)].observe(*summary.closing_handshake);
  }
  const EndOutcome end = end_outcome(outcome);
  counters.connection_duration[at(end)].observe(summary.ended - summary.opened);
  if (const auto idle = idle_before_close(summary))
    counters.idle_before_close[at(end)].observe(*idle);
  count_violations(summary.facts, counters);
  count_stream_ends(summary.facts, counters);
  if (end == EndOutcome::abnormal) services_.abnormal_end(summary.service, summary.ended);
}

void ConnectionMetrics::count_codes(const ConnectionSummary& summary, ServiceCounters& counters) {
  CodeLabels& labels = services_.code_labels();
  count(counters.observed_closes[index(Side::client)],
        labels.observed(summary.outcome.client_observed));
  count(counters.observed_closes[index(Side::server)],
        labels.observed(summary.outcome.server_observed));
  for (const auto& frame : summary.facts.close_frames) {
    count(counters.close_frames[index(frame.sender)], labels.sent(frame));
  }
  for (const auto& injected : summary.facts.injected_closes) {
    if (injected) count(counters.close_frames[kCloseOfProxy], labels.sent(injected->code));
  }
}

void ConnectionMetrics::count(std::vector<websocket::Counter>& by_label, CodeLabel label) {
  by_label[label].add();
  if (CodeLabels::is_overflow(label)) code_label_overflows_.add();
}

}  // namespace metrics
