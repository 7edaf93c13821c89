#include "capture/report_csv.h"

#include <array>
#include <cstdio>

#include "websocket/time_text.h"

namespace capture {
namespace {

std::string code_text(const ReportRow& row, websocket::ObservedCode code) {
  if (row.open) return "";
  return code ? std::to_string(*code) : "unknown";
}

std::string seconds_text(websocket::Duration duration) {
  std::array<char, 40> text{};
  const double seconds = std::chrono::duration<double>(duration).count();
  const int length = std::snprintf(text.data(), text.size(), "%.6f", seconds);
  return {text.data(), static_cast<std::size_t>(length)};
}

void print_row(const Report& report, const ReportRow& row, std::ostream& out) {
  const auto known = [&](std::string_view text) { return row.open ? std::string_view() : text; };
  const auto field = [&](std::string_view text) { out << ',' << csv_field(text); };
  out << websocket::rfc3339(row.ended) << ',' << websocket::rfc3339(row.opened);
  field(report.text(row.service));
  field(row.open ? "open" : "closed");
  field(to_string(row.client));
  field(to_string(row.server));
  field(report.text(row.host));
  field(report.text(row.path));
  field(code_text(row, row.outcome.client_observed));
  field(known(report.text(row.client_observed_name)));
  field(code_text(row, row.outcome.server_observed));
  field(known(report.text(row.server_observed_name)));
  field(known(name(row.outcome.initiator)));
  field(known(name(row.outcome.cause)));
  field(known(name(row.outcome.code_class)));
  field(row.revived ? "true" : "false");
  out << ',' << seconds_text(row.ended - row.opened) << "\r\n";
}

}  // namespace

std::string csv_field(std::string_view text) {
  std::string field;
  if (!text.empty() && std::string_view("=+-@").find(text.front()) != std::string_view::npos) {
    field += '\'';
  }
  field += text;
  if (field.find_first_of(",\"\r\n") == std::string::npos) return field;
  std::string quoted = "\"";
  for (const char c : field) quoted.append(c == '"' ? 2 : 1, c);
  return quoted += '"';
}

void print_csv(const Report& report, std::ostream& out) {
  out << "time,opened,service,state,client,server,host,path,client_observed,client_observed_name,"
         "server_observed,server_observed_name,initiator,cause,class,revived,duration_seconds\r\n";
  for (const ReportRow& row : report.rows()) print_row(report, row, out);
}

}  // namespace capture
