#include "capture/report.h"

#include "config/printable.h"

namespace capture {
namespace {

constexpr std::size_t kMaxText = 256;
constexpr std::size_t kMaxTexts = std::size_t{64} << 20U;

}  // namespace

Report::Report(std::size_t max_rows) : max_rows_(max_rows), texts_(kMaxTexts) {}

void Report::add(const websocket::ConnectionSummary& summary, const ReportNames& names) {
  // A revived connection is in the totals already, as vanished.
  if (!summary.counted_before) add_totals(summary, names);
  if (rows_.size() < max_rows_) {
    add_row(summary, names);
  } else {
    ++rows_left_out_;
  }
}

void Report::add(const websocket::HandshakeSummary& handshake) {
  ++totals_.handshakes[static_cast<std::size_t>(handshake.result)];
}

void Report::add_row(const websocket::ConnectionSummary& summary, const ReportNames& names) {
  rows_.push_back({.opened = summary.opened,
                   .ended = summary.ended,
                   .client = summary.client,
                   .server = summary.server,
                   .outcome = summary.outcome,
                   .service = texts_.add(names.service),
                   .host = texts_.add(config::printable(summary.host, kMaxText)),
                   .path = texts_.add(config::printable(summary.path, kMaxText)),
                   .client_observed_name = texts_.add(names.client_observed),
                   .server_observed_name = texts_.add(names.server_observed),
                   .open = summary.open,
                   .revived = summary.counted_before});
}

void Report::add_totals(const websocket::ConnectionSummary& summary, const ReportNames& names) {
  if (summary.open) {
    ++totals_.open;
    return;
  }
  ++totals_.ended;
  const websocket::Outcome& outcome = summary.outcome;
  const auto count = [&](websocket::Side side, websocket::ObservedCode code,
                         std::string_view name) {
    const ReportTotals::CodeAndName key =
        code ? ReportTotals::CodeAndName{*code, std::string(name)} : ReportTotals::CodeAndName{};
    ++totals_.observed[key][websocket::index(side)];
  };
  count(websocket::Side::client, outcome.client_observed, names.client_observed);
  count(websocket::Side::server, outcome.server_observed, names.server_observed);
  ++totals_.causes[static_cast<std::size_t>(outcome.cause)]
                  [static_cast<std::size_t>(outcome.initiator)];
}

}  // namespace capture
