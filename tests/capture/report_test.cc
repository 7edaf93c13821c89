#include "capture/report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "capture/report_csv.h"
#include "capture/report_table.h"
#include "websocket/time_text.h"

namespace capture {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using websocket::Cause;
using websocket::CodeClass;
using websocket::HandshakeResult;
using websocket::Initiator;

constexpr websocket::Time kNoon =
    std::chrono::sys_days{std::chrono::year{2026} / 11 / 22} + std::chrono::hours{12};

websocket::Endpoint endpoint(std::uint8_t last, std::uint16_t port) {
  return {.address = {10, 0, 0, last}, .port = port, .is_ipv6 = false};
}

const websocket::ConnectionFacts kNoFacts;

// A connection to 10.0.0.2:8080/ws that was opened at noon.
struct Connection {
  std::uint16_t client_port = 40000;
  std::string_view host = "chat.example";
  std::string_view path = "/ws";
  websocket::Duration opened = seconds{0};
  websocket::Duration duration = milliseconds{12'600};
  websocket::Outcome outcome;
  bool open = false;
  bool revived = false;
};

websocket::ConnectionSummary summary(const Connection& connection) {
  return {.service = 0,
          .client = endpoint(1, connection.client_port),
          .server = endpoint(2, 8080),
          .host = connection.host,
          .path = connection.path,
          .subprotocol = {},
          .extensions = {},
          .handshake = websocket::HandshakeSeen::full,
          .open = connection.open,
          .counted_before = connection.revived,
          .opened = kNoon + connection.opened,
          .ended = kNoon + connection.opened + connection.duration,
          .closing_handshake = std::nullopt,
          .facts = kNoFacts,
          .outcome = connection.outcome};
}

websocket::Outcome outcome(websocket::ObservedCode client, websocket::ObservedCode server,
                           Initiator initiator, Cause cause, CodeClass code_class) {
  return {client, server, initiator, cause, code_class};
}

const websocket::Outcome kClean =
    outcome(1000, 1000, Initiator::client, Cause::closing_handshake, CodeClass::normal);
const websocket::Outcome kReset =
    outcome(1006, 1006, Initiator::server, Cause::reset, CodeClass::abnormal);
const websocket::Outcome kApplication =
    outcome(4001, 1006, Initiator::server, Cause::unanswered_close, CodeClass::abnormal);
const websocket::Outcome kUnknown =
    outcome(std::nullopt, std::nullopt, Initiator::unknown, Cause::gap, CodeClass::unknown);

Report example() {
  Report report(100);
  report.add(summary({.outcome = kClean}), {"default", "Normal Closure", "Normal Closure"});
  report.add(summary({.client_port = 40001,
                      .opened = seconds{1},
                      .duration = milliseconds{250},
                      .outcome = kReset}),
             {"default", "Abnormal Closure", "Abnormal Closure"});
  report.add(summary({.client_port = 40002,
                      .path = "/a/rather/long/path/for/a/table",
                      .opened = seconds{2},
                      .duration = seconds{185},
                      .outcome = kApplication}),
             {"default", "session-expired", "Abnormal Closure"});
  report.add(
      summary({.client_port = 40003, .path = "", .duration = seconds{7500}, .outcome = kUnknown}),
      {"default", "", ""});
  report.add(
      summary(
          {.client_port = 40004, .duration = seconds{273'600}, .outcome = kUnknown, .open = true}),
      {"default", "", ""});
  report.add(websocket::HandshakeSummary{
      .service = 0, .result = HandshakeResult::opened, .duration = std::nullopt});
  for (const HandshakeResult result :
       {HandshakeResult::timeout, HandshakeResult::rejected_403, HandshakeResult::rejected_403}) {
    report.add(
        websocket::HandshakeSummary{.service = 0, .result = result, .duration = std::nullopt});
  }
  return report;
}

std::string table(const Report& report, const TableStyle& style = {}) {
  std::ostringstream out;
  print_table(report, out, style);
  return out.str();
}

std::string csv(const Report& report) {
  std::ostringstream out;
  print_csv(report, out);
  return out.str();
}

constexpr std::string_view kTotals = R"(close code             client saw  server saw
1000 Normal Closure             1           1
1006 Abnormal Closure           1           2
4001 session-expired            1           0
unknown                         1           1

cause              by client  by server  by unknown
closing_handshake          1          0           0
unanswered_close           0          1           0
reset                      0          1           0
gap                        0          0           1

5 WebSocket connections: 4 ended, 1 still open.
3 opening handshakes failed: rejected_403 2, timeout 1.
)";

TEST(ReportTable, ListsConnectionsAndTotals) {
  EXPECT_EQ(table(example()), std::string(R"(Times are UTC, 2026-11-22.

opened        client          -> server         path                             client saw             server saw             closed by  cause              duration
12:00:00.000  10.0.0.1:40000  -> 10.0.0.2:8080  /ws                              1000 Normal Closure    1000 Normal Closure    client     closing_handshake     12.6s
12:00:01.000  10.0.0.1:40001  -> 10.0.0.2:8080  /ws                              1006 Abnormal Closure  1006 Abnormal Closure  server     reset                 250ms
12:00:02.000  10.0.0.1:40002  -> 10.0.0.2:8080  /a/rather/long/path/for/a/table  4001 session-expired   1006 Abnormal Closure  server     unanswered_close      3m05s
12:00:00.000  10.0.0.1:40003  -> 10.0.0.2:8080                                   unknown                unknown                unknown    gap                   2h05m
12:00:00.000  10.0.0.1:40004  -> 10.0.0.2:8080  /ws                              -                      -                      -          still open            3d04h

)") + std::string(kTotals));
}

TEST(ReportTable, FitsATerminal) {
  EXPECT_EQ(table(example(), {.width = 131, .color = false}),
            std::string(R"(Times are UTC, 2026-11-22.

opened        client          -> server         path                 client saw  server saw  closed by  cause              duration
12:00:00.000  10.0.0.1:40000  -> 10.0.0.2:8080  /ws                  1000        1000        client     closing_handshake     12.6s
12:00:01.000  10.0.0.1:40001  -> 10.0.0.2:8080  /ws                  1006        1006        server     reset                 250ms
12:00:02.000  10.0.0.1:40002  -> 10.0.0.2:8080  /a/rather/long/p...  4001        1006        server     unanswered_close      3m05s
12:00:00.000  10.0.0.1:40003  -> 10.0.0.2:8080                       unknown     unknown     unknown    gap                   2h05m
12:00:00.000  10.0.0.1:40004  -> 10.0.0.2:8080  /ws                  -           -           -          still open            3d04h

)") + std::string(kTotals));
}

TEST(ReportTable, NamesServicesAndDaysWhereTheyDiffer) {
  Report report(10);
  report.add(summary({.outcome = kClean}), {"chat", "", ""});
  report.add(summary({.opened = std::chrono::hours{13}, .outcome = kReset, .revived = true}),
             {"other", "", ""});
  EXPECT_EQ(table(report), R"(Times are UTC.

opened                   client          -> server         path  service  client saw  server saw  closed by  cause              duration
2026-11-22 12:00:00.000  10.0.0.1:40000  -> 10.0.0.2:8080  /ws   chat     1000        1000        client     closing_handshake     12.6s
2026-11-23 01:00:00.000  10.0.0.1:40000  -> 10.0.0.2:8080  /ws   other    1006        1006        server     reset, revived        12.6s

close code  client saw  server saw
1000                 1           1

cause              by client
closing_handshake          1

1 WebSocket connection: 1 ended, 0 still open.
)") << "a revived connection is counted once";
}

TEST(ReportTable, ColorsOnlyWhenAsked) {
  EXPECT_EQ(table(example()).find('\x1b'), std::string::npos);
  const std::string colored = table(example(), {.width = 0, .color = true});
  EXPECT_THAT(colored, testing::HasSubstr("\x1b[1mopened"));
  EXPECT_THAT(colored, testing::HasSubstr("\n12:00:00.000  10.0.0.1:40000"));
  EXPECT_THAT(colored, testing::HasSubstr("\n\x1b[31m12:00:01.000  10.0.0.1:40001"));
  EXPECT_THAT(colored, testing::HasSubstr("250ms\x1b[0m\n"));
  EXPECT_THAT(colored, testing::HasSubstr("\n\x1b[2m12:00:00.000  10.0.0.1:40004"));
}

TEST(ReportTable, SaysWhenThereIsNothing) {
  EXPECT_EQ(table(Report(10)), "No WebSocket connection was seen.\n");
}

TEST(Report, KeepsSoManyRowsAndCountsAll) {
  Report report(1);
  for (int i = 0; i < 3; ++i) report.add(summary({.outcome = kClean}), {"default", "", ""});
  EXPECT_EQ(report.rows().size(), 1U);
  EXPECT_EQ(report.rows_left_out(), 2U);
  EXPECT_EQ(report.totals().ended, 3U);
  EXPECT_THAT(table(report), testing::HasSubstr("\n2 more are not listed.\n"));
}

TEST(Report, KeepsHostileTextShortAndPrintable) {
  Report report(10);
  report.add(
      summary({.host = "\x1b]0;owned\x07", .path = "/\r\n\x1b[2J\\\xc2\x9b", .outcome = kClean}),
      {"default", "", ""});
  const std::string long_path = "/" + std::string(100'000, 'x');
  report.add(summary({.path = long_path, .outcome = kClean}), {"default", "", ""});
  EXPECT_EQ(report.text(report.rows()[0].host), R"(\x1b]0;owned\x07)");
  EXPECT_EQ(report.text(report.rows()[0].path), R"(/\x0d\x0a\x1b[2J\\\xc2\x9b)");
  EXPECT_EQ(report.text(report.rows()[1].path).size(), 256U);
  for (const std::string& text : {table(report), csv(report)}) {
    EXPECT_EQ(text.find('\x1b'), std::string::npos);
    EXPECT_EQ(text.find('\xc2'), std::string::npos);
  }
}

TEST(TextPool, KeepsEachTextOnceAndNoMoreThanItMay) {
  TextPool pool(10'000);
  const std::uint32_t first = pool.add("/ws");
  EXPECT_EQ(pool.add("/ws"), first);
  EXPECT_EQ(pool.text(first), "/ws");
  std::uint32_t last = 1;
  for (int i = 0; i < 1000; ++i) last = pool.add("/ws/" + std::to_string(i));
  EXPECT_EQ(pool.text(last), "...");
  EXPECT_EQ(pool.text(pool.add("/ws")), "/ws");
}

TEST(ReportCsv, HasALineForEachConnection) {
  Report report(10);
  report.add(summary({.path = "/a,\"b\"", .outcome = kClean}),
             {"chat", "Normal Closure", "Normal Closure"});
  report.add(summary({.host = "", .outcome = kUnknown}), {"chat", "", ""});
  report.add(summary({.outcome = kUnknown, .open = true, .revived = true}), {"chat", "", ""});
  EXPECT_EQ(
      csv(report),
      "time,opened,service,state,client,server,host,path,client_observed,client_observed_name,"
      "server_observed,server_observed_name,initiator,cause,class,revived,duration_seconds\r\n"
      "2026-11-22T12:00:12.600000Z,2026-11-22T12:00:00.000000Z,chat,closed,10.0.0.1:40000,"
      "10.0.0.2:8080,chat.example,\"/a,\"\"b\"\"\",1000,Normal Closure,1000,Normal Closure,client,"
      "closing_handshake,normal,false,12.600000\r\n"
      "2026-11-22T12:00:12.600000Z,2026-11-22T12:00:00.000000Z,chat,closed,10.0.0.1:40000,"
      "10.0.0.2:8080,,/ws,unknown,,unknown,,unknown,gap,unknown,false,12.600000\r\n"
      "2026-11-22T12:00:12.600000Z,2026-11-22T12:00:00.000000Z,chat,open,10.0.0.1:40000,"
      "10.0.0.2:8080,chat.example,/ws,,,,,,,,true,12.600000\r\n");
}

TEST(ReportCsv, QuotesWhatNeedsQuotes) {
  for (const auto& [text, field] :
       std::vector<std::pair<std::string, std::string>>{{"", ""},
                                                        {"plain text", "plain text"},
                                                        {"a,b", "\"a,b\""},
                                                        {"a\"b", "\"a\"\"b\""},
                                                        {"a\nb", "\"a\nb\""},
                                                        {"a\rb", "\"a\rb\""},
                                                        {"=1+1", "'=1+1"},
                                                        {"@a,b", "\"'@a,b\""},
                                                        {"-1", "'-1"}}) {
    EXPECT_EQ(csv_field(text), field);
  }
}

}  // namespace
}  // namespace capture
