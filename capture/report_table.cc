#include "capture/report_table.h"

#include <algorithm>
#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "capture/report_totals.h"
#include "capture/text_table.h"
#include "websocket/time_text.h"

namespace capture {
namespace {

constexpr std::string_view kReset = "\x1b[0m";
constexpr std::string_view kBold = "\x1b[1m";

std::string_view color_of(const ReportRow& row) {
  using websocket::CodeClass;
  if (row.open) return "\x1b[2m";  // dim
  switch (row.outcome.code_class) {
    case CodeClass::error:
    case CodeClass::abnormal:
    case CodeClass::tls:
      return "\x1b[31m";  // red
    case CodeClass::restart:
    case CodeClass::retry:
    case CodeClass::policy:
      return "\x1b[33m";  // yellow
    case CodeClass::unknown:
      return "\x1b[2m";
    case CodeClass::normal:
    case CodeClass::application:
      break;
  }
  return {};
}

std::string two_digits(std::int64_t number) {
  return (number < 10 ? "0" : "") + std::to_string(number);
}

// Three significant digits or so: "250ms", "12.6s", "3m05s", "2h05m", "3d04h".
std::string short_duration(websocket::Duration duration) {
  const std::int64_t ms = std::max<std::int64_t>(duration.count() / 1'000'000, 0);
  const std::int64_t s = ms / 1000;
  if (s < 1) return std::to_string(ms) + "ms";
  if (s < 60) return std::to_string(s) + "." + std::to_string(ms % 1000 / 100) + "s";
  if (s < 3600) return std::to_string(s / 60) + "m" + two_digits(s % 60) + "s";
  if (s < 86400) return std::to_string(s / 3600) + "h" + two_digits(s / 60 % 60) + "m";
  return std::to_string(s / 86400) + "d" + two_digits(s / 3600 % 24) + "h";
}

// The rows of a report as cells of a table; what all rows share is left out.
class Cells {
 public:
  explicit Cells(const Report& report) : report_(report) {
    const ReportRow& first = report.rows().front();
    for (const ReportRow& row : report.rows()) {
      one_day_ = one_day_ && day_of(row) == day_of(first);
      one_service_ = one_service_ && row.service == first.service;
    }
  }

  std::string day() const { return one_day_ ? date(report_.rows().front()) : std::string(); }
  void leave_out_code_names() { code_names_ = false; }

  std::vector<Column> columns() const {
    std::vector<Column> columns{{"opened"}, {"client"}, {"-> server"}, {"path"}};
    if (!one_service_) columns.push_back({"service"});
    for (const char* title : {"client saw", "server saw", "closed by", "cause"}) {
      columns.push_back({title});
    }
    columns.push_back({"duration", Align::right});
    return columns;
  }
  static constexpr std::size_t kPath = 3;

  std::vector<std::string> of(const ReportRow& row) const {
    std::vector<std::string> cells{opened(row), to_string(row.client),
                                   "-> " + to_string(row.server),
                                   std::string(report_.text(row.path))};
    if (!one_service_) cells.emplace_back(report_.text(row.service));
    cells.push_back(observed(row, row.outcome.client_observed, row.client_observed_name));
    cells.push_back(observed(row, row.outcome.server_observed, row.server_observed_name));
    cells.emplace_back(row.open ? "-" : name(row.outcome.initiator));
    cells.push_back(cause(row));
    cells.push_back(short_duration(row.ended - row.opened));
    return cells;
  }

 private:
  static std::chrono::sys_days day_of(const ReportRow& row) {
    return std::chrono::floor<std::chrono::days>(row.opened);
  }
  static std::string date(const ReportRow& row) {
    return websocket::rfc3339(row.opened).substr(0, 10);
  }

  std::string opened(const ReportRow& row) const {
    const std::string text = websocket::rfc3339(row.opened);
    return one_day_ ? text.substr(11, 12) : text.substr(0, 10) + " " + text.substr(11, 12);
  }

  std::string observed(const ReportRow& row, websocket::ObservedCode code,
                       std::uint32_t name_id) const {
    if (row.open) return "-";
    if (!code) return "unknown";
    const std::string_view code_name = code_names_ ? report_.text(name_id) : "";
    return std::to_string(*code) + (code_name.empty() ? "" : " " + std::string(code_name));
  }

  static std::string cause(const ReportRow& row) {
    const std::string text(row.open ? "still open" : name(row.outcome.cause));
    return row.revived ? text + ", revived" : text;
  }

  const Report& report_;
  bool one_day_ = true;
  bool one_service_ = true;
  bool code_names_ = true;
};

TextTable layout(Cells& cells, const Report& report, std::size_t width) {
  constexpr std::size_t kLeastPath = 8;
  const auto fit = [&] {
    TextTable table(cells.columns());
    for (const ReportRow& row : report.rows()) table.fit(cells.of(row));
    return table;
  };
  TextTable table = fit();
  if (width == 0 || table.width() <= width) return table;
  cells.leave_out_code_names();
  table = fit();
  if (table.width() > width) table.narrow(Cells::kPath, table.width() - width, kLeastPath);
  return table;
}

void print_rows(const Report& report, std::ostream& out, const TableStyle& style) {
  Cells cells(report);
  const TextTable table = layout(cells, report, style.width);
  const auto print = [&](std::string_view color, const std::string& line) {
    if (style.color && !color.empty()) {
      out << color << line << kReset << '\n';
    } else {
      out << line << '\n';
    }
  };
  out << "Times are UTC" << (cells.day().empty() ? "" : ", " + cells.day()) << ".\n\n";
  print(kBold, table.titles());
  for (const ReportRow& row : report.rows()) print(color_of(row), table.line(cells.of(row)));
  out << '\n';
}

}  // namespace

void print_table(const Report& report, std::ostream& out, const TableStyle& style) {
  if (!report.rows().empty()) print_rows(report, out, style);
  if (report.rows_left_out() > 0) {
    out << report.rows_left_out() << " more are not listed.\n\n";
  }
  print_totals(report.totals(), out);
}

}  // namespace capture
