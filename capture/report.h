#ifndef CLOSEWATCH_CAPTURE_REPORT_H_
#define CLOSEWATCH_CAPTURE_REPORT_H_

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <string_view>

#include "capture/text_pool.h"
#include "websocket/summary.h"

namespace capture {

// The names that a summary holds by number only; the codes' are empty where they have none.
struct ReportNames {
  std::string_view service;
  std::string_view client_observed;
  std::string_view server_observed;
};

// One connection; texts are in the report's pool.
struct ReportRow {
  websocket::Time opened{};
  websocket::Time ended{};  // or the last packet, when it is still open
  websocket::Endpoint client;
  websocket::Endpoint server;
  websocket::Outcome outcome;
  std::uint32_t service = 0;
  std::uint32_t host = 0;
  std::uint32_t path = 0;
  std::uint32_t client_observed_name = 0;
  std::uint32_t server_observed_name = 0;
  bool open = false;
  bool revived = false;  // this is how it ended after it had been listed as vanished
};

struct ReportTotals {
  struct CodeAndName {
    static constexpr std::uint32_t kUnknown = 0x10000;
    std::uint32_t code = kUnknown;
    std::string name;
    auto operator<=>(const CodeAndName&) const = default;
  };

  std::uint64_t ended = 0;
  std::uint64_t open = 0;
  std::map<CodeAndName, std::array<std::uint64_t, 2>> observed;  // by index(Side)
  std::array<std::array<std::uint64_t, websocket::kInitiatorNames.size()>,
             websocket::kCauseNames.size()>
      causes{};  // [Cause][Initiator]
  std::array<std::uint64_t, websocket::kHandshakeResultCount> handshakes{};
};

// What became of the connections of a savefile: the first `max_rows` one by one, and all of them in
// total. What peers chose (host, path) is kept printable() and short, so it may be printed as it
// is.
class Report {
 public:
  explicit Report(std::size_t max_rows);

  void add(const websocket::ConnectionSummary& summary, const ReportNames& names);
  void add(const websocket::HandshakeSummary& handshake);

  const std::deque<ReportRow>& rows() const { return rows_; }
  std::string_view text(std::uint32_t id) const { return texts_.text(id); }
  // Connections that are in the totals only.
  std::uint64_t rows_left_out() const { return rows_left_out_; }
  const ReportTotals& totals() const { return totals_; }

 private:
  void add_row(const websocket::ConnectionSummary& summary, const ReportNames& names);
  void add_totals(const websocket::ConnectionSummary& summary, const ReportNames& names);

  std::size_t max_rows_;
  std::uint64_t rows_left_out_ = 0;
  std::deque<ReportRow> rows_;
  TextPool texts_;
  ReportTotals totals_;
};

}  // namespace capture

#endif  // CLOSEWATCH_CAPTURE_REPORT_H_
