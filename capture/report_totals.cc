#include "capture/report_totals.h"

#include <algorithm>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include "capture/text_table.h"

namespace capture {
namespace {

void print(const std::vector<Column>& columns, const std::vector<std::vector<std::string>>& rows,
           std::ostream& out) {
  TextTable table(columns);
  for (const std::vector<std::string>& cells : rows) table.fit(cells);
  out << table.titles() << '\n';
  for (const std::vector<std::string>& cells : rows) out << table.line(cells) << '\n';
  out << '\n';
}

void print_codes(const ReportTotals& totals, std::ostream& out) {
  std::vector<std::vector<std::string>> rows;
  for (const auto& [code, count] : totals.observed) {
    std::string text =
        code.code == ReportTotals::CodeAndName::kUnknown ? "unknown" : std::to_string(code.code);
    if (!code.name.empty()) text += " " + code.name;
    rows.push_back({std::move(text), std::to_string(count[index(websocket::Side::client)]),
                    std::to_string(count[index(websocket::Side::server)])});
  }
  print({{"close code"}, {"client saw", Align::right}, {"server saw", Align::right}}, rows, out);
}

// Only the causes and the initiators that occurred.
void print_causes(const ReportTotals& totals, std::ostream& out) {
  std::vector<std::size_t> initiators;
  std::vector<Column> columns{{"cause"}};
  for (std::size_t i = 0; i < websocket::kInitiatorNames.size(); ++i) {
    if (std::ranges::none_of(totals.causes, [i](const auto& counts) { return counts[i] > 0; })) {
      continue;
    }
    initiators.push_back(i);
    columns.push_back({"by " + std::string(websocket::kInitiatorNames[i]), Align::right});
  }
  std::vector<std::vector<std::string>> rows;
  for (std::size_t cause = 0; cause < totals.causes.size(); ++cause) {
    const auto& counts = totals.causes[cause];
    if (std::ranges::all_of(counts, [](std::uint64_t count) { return count == 0; })) continue;
    std::vector<std::string> cells{std::string(websocket::kCauseNames[cause])};
    for (const std::size_t i : initiators) cells.push_back(std::to_string(counts[i]));
    rows.push_back(std::move(cells));
  }
  print(columns, rows, out);
}

std::string counted(std::uint64_t count, std::string_view noun) {
  return std::to_string(count) + " " + std::string(noun) + (count == 1 ? "" : "s");
}

void print_failed_handshakes(const ReportTotals& totals, std::ostream& out) {
  std::uint64_t failed = 0;
  std::string list;
  for (std::size_t i = 1; i < totals.handshakes.size(); ++i) {  // 0 is `opened`
    if (totals.handshakes[i] == 0) continue;
    failed += totals.handshakes[i];
    list += (list.empty() ? "" : ", ") + std::string(websocket::kHandshakeResultNames[i]) + " " +
            std::to_string(totals.handshakes[i]);
  }
  if (failed > 0) out << counted(failed, "opening handshake") << " failed: " << list << ".\n";
}

}  // namespace

void print_totals(const ReportTotals& totals, std::ostream& out) {
  if (totals.ended > 0) {
    print_codes(totals, out);
    print_causes(totals, out);
  }
  const std::uint64_t all = totals.ended + totals.open;
  if (all == 0) {
    out << "No WebSocket connection was seen.\n";
  } else {
    out << counted(all, "WebSocket connection") << ": " << totals.ended << " ended, " << totals.open
        << " still open.\n";
  }
  print_failed_handshakes(totals, out);
}

}  // namespace capture
