#include "metrics/connection_families.h"

#include <algorithm>
#include <array>
#include <string>

#include "metrics/threads.h"

namespace metrics {
namespace {

using websocket::ServiceId;
using websocket::Side;

using Counters = const ServiceCounters&;
using Index = std::size_t;

constexpr std::array<std::string_view, 2> kSideNames{name(Side::client), name(Side::server)};

// A family with the label service alone.
template <typename Part>
void collect(const Threads& threads, const Family& family, Part part, Families& families) {
  FamilySamples samples(family);
  threads.for_each_service([&](ServiceId service) {
    samples.add_counted({threads.services.name(service)}, threads.sum(service, part));
  });
  samples.move_to(families);
}

// A family with the label service and one of `values`; part(counters, i) is for the i-th.
template <typename Values, typename Part>
void collect(const Threads& threads, const Family& family, const Values& values, Part part,
             Families& families) {
  FamilySamples samples(family);
  threads.for_each_service([&](ServiceId service) {
    for (Index i = 0; i < values.size(); ++i) {
      samples.add_counted({threads.services.name(service), values[i]},
                          threads.sum(
                              service, [&](Counters c) -> auto& { return part(c, i); }));
    }
  });
  samples.move_to(families);
}

// A family with the label service and two more; part(counters, i, j) is for the i-th of `first` and
// the j-th of `second`.
template <typename First, typename Second, typename Part>
void collect(const Threads& threads, const Family& family, const First& first, const Second& second,
             Part part, Families& families) {
  FamilySamples samples(family);
  threads.for_each_service([&](ServiceId service) {
    for (Index i = 0; i < first.size(); ++i) {
      for (Index j = 0; j < second.size(); ++j) {
        samples.add_counted({threads.services.name(service), first[i], second[j]},
                            threads.sum(
                                service, [&](Counters c) -> auto& { return part(c, i, j); }));
      }
    }
  });
  samples.move_to(families);
}

void collect_observed(const Threads& threads, const Family& family, Side side,
                      const std::vector<std::string>& codes, Families& families) {
  FamilySamples samples(family);
  threads.for_each_service([&](ServiceId service) {
    for (Index label = 0; label < codes.size(); ++label) {
      // Claimed since this began, perhaps, and counted already: the next scrape has it.
      if (codes[label].empty()) continue;
      const auto closes = threads.sum(
          service, [&](Counters c) -> auto& { return c.observed_closes[index(side)][label]; });
      const bool always = std::ranges::any_of(
          kAlertCodes, [&](auto code) { return std::to_string(code) == codes[label]; });
      if (closes != 0 || always) {
        samples.add({threads.services.name(service), codes[label]}, static_cast<double>(closes));
      }
    }
  });
  samples.move_to(families);
}

// What a client is told before it comes back, and what a server says of its own failure.
bool alerts_look_at(std::string_view code) {
  return code == "1001" || code == "1011" || code == "1012";
}

void collect_close_frames(const Threads& threads, const std::vector<std::string>& codes,
                          Families& families) {
  FamilySamples samples(family("websocket_close_frames_total"));
  threads.for_each_service([&](ServiceId service) {
    for (Index sender = 0; sender < kCloseSenderNames.size(); ++sender) {
      for (Index label = 0; label < codes.size(); ++label) {
        if (codes[label].empty()) continue;  // a label that nothing had claimed when this began
        const auto frames = threads.sum(
            service, [&](Counters c) -> auto& { return c.close_frames[sender][label]; });
        const bool always = sender != kCloseOfProxy && alerts_look_at(codes[label]);
        if (frames == 0 && !always) continue;
        samples.add({threads.services.name(service), kCloseSenderNames[sender], codes[label]},
                    static_cast<double>(frames));
      }
    }
  });
  samples.move_to(families);
}

void collect_codes(const Threads& threads, Families& families) {
  std::vector<std::string> codes;
  for (Index label = 0; label < threads.services.code_labels().size(); ++label) {
    codes.push_back(threads.services.code_labels().text(static_cast<CodeLabel>(label)));
  }
  collect_observed(threads, family("websocket_client_observed_closes_total"), Side::client, codes,
                   families);
  collect_observed(threads, family("websocket_server_observed_closes_total"), Side::server, codes,
                   families);
  collect_close_frames(threads, codes, families);
}

void collect_ends(const Threads& threads, Families& families) {
  using websocket::kInitiatorNames;
  collect(
      threads, family("websocket_connections_closed_total"), kInitiatorNames,
      websocket::kCauseNames,
      [](Counters c, Index who, Index why) -> auto& { return c.connections_closed[who][why]; },
      families);
  collect(
      threads, family("websocket_incomplete_closing_handshakes_total"), kInitiatorNames,
      [](Counters c, Index who) -> auto& { return c.incomplete_closing_handshakes[who]; },
      families);
  collect(
      threads, family("websocket_closing_handshake_duration_seconds"), kInitiatorNames,
      [](Counters c, Index who) -> auto& { return c.closing_handshake_duration[who]; }, families);
  collect(
      threads, family("websocket_connection_duration_seconds"), kEndOutcomeNames,
      [](Counters c, Index end) -> auto& { return c.connection_duration[end]; }, families);
  collect(
      threads, family("websocket_idle_before_close_seconds"), kEndOutcomeNames,
      [](Counters c, Index end) -> auto& { return c.idle_before_close[end]; }, families);
  collect(
      threads, family("websocket_tcp_resets_total"), kSideNames,
      [](Counters c, Index side) -> auto& { return c.tcp_resets[side]; }, families);
  collect(
      threads, family("websocket_tcp_fins_total"), kSideNames,
      [](Counters c, Index side) -> auto& { return c.tcp_fins[side]; }, families);
}

void collect_opening_handshakes(const Threads& threads, Families& families) {
  collect(
      threads, family("websocket_opening_handshakes_total"), websocket::kHandshakeResultNames,
      [](Counters c, Index result) -> auto& { return c.opening_handshakes[result]; }, families);
  collect(
      threads, family("websocket_opening_handshake_duration_seconds"),
      [](Counters c) -> auto& { return c.opening_handshake_duration; }, families);
}

void collect_traffic(const Threads& threads, Families& families) {
  collect(
      threads, family("websocket_frames_total"), kSideNames, websocket::kOpcodeNames,
      [](Counters c, Index side, Index opcode) -> auto& {
        return c.traffic.by_sender[side].frames[opcode];
      },
      families);
  collect(
      threads, family("websocket_payload_bytes_total"), kSideNames,
      [](Counters c, Index side) -> auto& { return c.traffic.by_sender[side].payload_bytes; },
      families);
  collect(
      threads, family("websocket_protocol_violations_total"), kSideNames,
      websocket::kViolationNames,
      [](Counters c, Index side, Index what) -> auto& { return c.violations[side][what]; },
      families);
  collect(
      threads, family("websocket_unanswered_pings_total"), kSideNames,
      [](Counters c, Index side) -> auto& { return c.unanswered_pings[side]; }, families);
  collect(
      threads, family("websocket_ping_rtt_seconds"), kSideNames,
      [](Counters c, Index side) -> auto& { return c.ping_rtt[side]; }, families);
}

// These exist from the start.
void collect_open_connections(const Threads& threads, Families& families) {
  FamilySamples open(family("websocket_open_connections"));
  FamilySamples mass_closures(family("websocket_mass_closures_total"));
  threads.for_each_service([&](ServiceId service) {
    const std::string& name = threads.services.name(service);
    open.add({name}, static_cast<double>(threads.open_connections(service)));
    mass_closures.add({name}, static_cast<double>(threads.services.mass_closures(service)));
  });
  open.move_to(families);
  mass_closures.move_to(families);
}

void collect_label_overflows(const Threads& threads, Families& families) {
  std::uint64_t overflows = 0;
  for (const auto* thread : threads.all) overflows += thread->code_label_overflows();
  FamilySamples samples(family("closewatch_label_overflows_total"));
  samples.add({"code"}, static_cast<double>(overflows));
  samples.move_to(families);
}

}  // namespace

void collect_connections(const Services& services, std::span<const ConnectionMetrics* const> all,
                         Families& families) {
  const Threads threads{services, all};
  collect_codes(threads, families);
  collect_ends(threads, families);
  collect_opening_handshakes(threads, families);
  collect_open_connections(threads, families);
  collect_traffic(threads, families);
  collect_label_overflows(threads, families);
}

}  // namespace metrics
