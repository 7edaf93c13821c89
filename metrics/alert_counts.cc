#include "metrics/alert_counts.h"

#include <algorithm>
#include <numeric>

namespace metrics {
namespace {

using websocket::HandshakeResult;
using websocket::Side;

using Counters = const ServiceCounters&;

// What a server that goes away tells its clients, who then come back.
constexpr std::array<websocket::CloseCode, 2> kComeBackCodes{1001, 1012};

std::uint64_t count_of(const HistogramTotals& totals) {
  return std::accumulate(totals.counts.begin(), totals.counts.end(), std::uint64_t{0});
}

std::uint64_t ends(const Threads& threads, websocket::ServiceId service, EndOutcome outcome) {
  return count_of(threads.sum(
      service, [outcome](Counters c) -> auto& {
        return c.connection_duration[static_cast<std::size_t>(outcome)];
      }));
}

std::uint64_t frames(const Threads& threads, websocket::ServiceId service, std::size_t sender,
                     websocket::CloseCode code) {
  const CodeLabel label = CodeLabels::exact(code);
  return threads.sum(
      service, [=](Counters c) -> auto& { return c.close_frames[sender][label]; });
}

template <class Array>
Array difference(const Array& now, const Array& earlier) {
  Array result{};
  std::ranges::transform(now, earlier, result.begin(),
                         [](std::uint32_t a, std::uint32_t b) { return a - b; });
  return result;
}

}  // namespace

AlertCounts AlertCounts::since(const AlertCounts& earlier) const {
  return {.opened = opened - earlier.opened,
          .failed_handshakes = failed_handshakes - earlier.failed_handshakes,
          .ended = ended - earlier.ended,
          .abnormal = abnormal - earlier.abnormal,
          .server_errors = server_errors - earlier.server_errors,
          .come_back = come_back - earlier.come_back,
          .unanswered = unanswered - earlier.unanswered,
          .mass_closures = mass_closures - earlier.mass_closures,
          .open = open};
}

WhyCounts WhyCounts::since(const WhyCounts& earlier) const {
  WhyCounts result;
  for (std::size_t i = 0; i < ends.size(); ++i) {
    result.ends[i] = difference(ends[i], earlier.ends[i]);
  }
  result.idle = difference(idle, earlier.idle);
  result.handshakes = difference(handshakes, earlier.handshakes);
  return result;
}

AlertCounts alert_counts(const Threads& threads, websocket::ServiceId service) {
  AlertCounts counts;
  for (std::size_t i = 0; i < websocket::kHandshakeResultCount; ++i) {
    const auto handshakes = threads.sum(
        service, [i](Counters c) -> auto& { return c.opening_handshakes[i]; });
    const bool opened = static_cast<HandshakeResult>(i) == HandshakeResult::opened;
    (opened ? counts.opened : counts.failed_handshakes) += handshakes;
  }
  counts.abnormal = ends(threads, service, EndOutcome::abnormal);
  counts.ended = counts.abnormal + ends(threads, service, EndOutcome::clean);
  counts.server_errors = frames(threads, service, index(Side::server), 1011);
  for (const std::size_t sender : {index(Side::server), kCloseOfProxy}) {
    for (const websocket::CloseCode code : kComeBackCodes) {
      counts.come_back += frames(threads, service, sender, code);
    }
  }
  for (std::size_t i = 0; i < kInitiatorCount; ++i) {
    counts.unanswered += threads.sum(
        service, [i](Counters c) -> auto& { return c.incomplete_closing_handshakes[i]; });
  }
  counts.mass_closures = threads.services.mass_closures(service);
  counts.open = threads.open_connections(service);
  return counts;
}

WhyCounts why_counts(const Threads& threads, websocket::ServiceId service) {
  const auto narrow = [](std::uint64_t count) { return static_cast<std::uint32_t>(count); };
  WhyCounts counts;
  for (std::size_t who = 0; who < kInitiatorCount; ++who) {
    for (std::size_t why = 0; why < kCauseCount; ++why) {
      counts.ends[who][why] = narrow(threads.sum(
          service, [=](Counters c) -> auto& { return c.connections_closed[who][why]; }));
    }
  }
  const HistogramTotals idle = threads.sum(
      service, [](Counters c) -> auto& {
        return c.idle_before_close[static_cast<std::size_t>(EndOutcome::abnormal)];
      });
  std::ranges::transform(idle.counts, counts.idle.begin(), narrow);
  for (std::size_t i = 0; i < websocket::kHandshakeResultCount; ++i) {
    counts.handshakes[i] = narrow(threads.sum(
        service, [i](Counters c) -> auto& { return c.opening_handshakes[i]; }));
  }
  return counts;
}

}  // namespace metrics
