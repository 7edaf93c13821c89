#include "metrics/connection_metrics.h"

#include <gtest/gtest.h>

#include "metrics/exporter.h"
#include "metrics/exposition.h"
#include "tests/metrics/ended_connection.h"
#include "tests/metrics/exposition_reader.h"

namespace metrics {
namespace {

using test::EndedConnection;
using test::Exposition;
using websocket::Cause;
using websocket::EndKind;
using websocket::Initiator;
using websocket::Side;
using websocket::Violation;
using namespace std::chrono_literals;

class ConnectionMetricsTest : public testing::Test {
 protected:
  ConnectionMetricsTest() { exporter_.add(thread_); }

  void end(const EndedConnection& connection) {
    thread_.connection_opened(connection.service);
    thread_.connection_ended(connection.summary());
  }

  Exposition scrape() const {
    return Exposition(expose(exporter_.Collect(), ExpositionFormat::text));
  }

  double value(const std::string& name, const Exposition::Labels& labels) const {
    const auto found = scrape().find(name, labels);
    EXPECT_TRUE(found) << name << " has no such series";
    return found.value_or(-1);
  }

  double client_observed(const char* code) const {
    return value("websocket_client_observed_closes_total",
                 {{"service", "default"}, {"code", code}});
  }

  Services services_{{"default", "other"}};
  ConnectionMetrics thread_{services_};
  CodeProfiles profiles_;
  Exporter exporter_{{"1.2.3", "abc", "capture"}, services_, profiles_};
};

TEST_F(ConnectionMetricsTest, SeriesThatAlertsUseExistAtZeroAndNoOthers) {
  const Exposition exposition = scrape();
  for (const char* service : {"default", "other"}) {
    for (const char* name :
         {"websocket_client_observed_closes_total", "websocket_server_observed_closes_total"}) {
      for (const char* code : {"1000", "1001", "1005", "1006", "1011", "1012", "1013"}) {
        EXPECT_EQ(exposition.find(name, {{"service", service}, {"code", code}}), 0.0);
      }
      EXPECT_EQ(exposition.count(name), 14U);
    }
    EXPECT_EQ(exposition.find("websocket_open_connections", {{"service", service}}), 0.0);
    EXPECT_EQ(exposition.find("websocket_mass_closures_total", {{"service", service}}), 0.0);
  }
  EXPECT_EQ(exposition.count("websocket_close_frames_total"), 2U * 2 * 3);  // 1001, 1011, 1012
  EXPECT_EQ(exposition.count("websocket_connections_closed_total"),
            2 * kInitiatorCount * kCauseCount);
  EXPECT_EQ(exposition.count("websocket_incomplete_closing_handshakes_total"), 2 * kInitiatorCount);
  EXPECT_EQ(exposition.count("websocket_opening_handshakes_total"),
            2 * websocket::kHandshakeResultCount);
  EXPECT_EQ(exposition.count("websocket_connection_duration_seconds_count"), 4U);
  EXPECT_EQ(exposition.count("websocket_idle_before_close_seconds_count"), 0U);
  EXPECT_EQ(exposition.count("websocket_protocol_violations_total"), 0U);
}

TEST_F(ConnectionMetricsTest, EachEndpointsCodeIsCountedOnItsOwn) {
  end(EndedConnection().observed(1006, 1000));
  end(EndedConnection().observed(std::nullopt, 4001));
  end(EndedConnection().observed(999, 1000));
  const std::string client = "websocket_client_observed_closes_total";
  const std::string server = "websocket_server_observed_closes_total";
  EXPECT_EQ(value(client, {{"service", "default"}, {"code", "1006"}}), 1);
  EXPECT_EQ(value(client, {{"service", "default"}, {"code", "unknown"}}), 1);
  EXPECT_EQ(value(client, {{"service", "default"}, {"code", "invalid"}}), 1);
  EXPECT_EQ(value(server, {{"service", "default"}, {"code", "1000"}}), 2);
  EXPECT_EQ(value(server, {{"service", "default"}, {"code", "4001"}}), 1);
  EXPECT_EQ(value(server, {{"service", "other"}, {"code", "1000"}}), 0);
}

TEST_F(ConnectionMetricsTest, CloseFramesAreCountedAsSent) {
  EndedConnection connection;
  connection.close(Side::client, 1000);
  connection.close(Side::server, std::nullopt);
  connection.close(Side::server, 1006);
  end(connection);
  const std::string name = "websocket_close_frames_total";
  EXPECT_EQ(value(name, {{"service", "default"}, {"sender", "client"}, {"code", "1000"}}), 1);
  EXPECT_EQ(value(name, {{"service", "default"}, {"sender", "server"}, {"code", "none"}}), 1);
  EXPECT_EQ(value(name, {{"service", "default"}, {"sender", "server"}, {"code", "invalid"}}), 1);
  EXPECT_EQ(scrape().count_nonzero(name), 3U);
}

TEST_F(ConnectionMetricsTest, WhoAndHow) {
  EndedConnection connection;
  connection.service = 1;
  connection.outcome.initiator = Initiator::server;
  connection.outcome.cause = Cause::reset;
  end(connection);
  EXPECT_EQ(value("websocket_connections_closed_total",
                  {{"service", "other"}, {"initiator", "server"}, {"cause", "reset"}}),
            1);
}

TEST_F(ConnectionMetricsTest, CodesBeyondTheBoundAreFoldedAndCounted) {
  for (websocket::CloseCode code = 4000; code < 4040; ++code) {
    end(EndedConnection().observed(code, 1005));
  }
  EXPECT_EQ(client_observed("4xxx"), 8);
  EXPECT_EQ(value("closewatch_label_overflows_total", {{"label", "code"}}), 8);
}

TEST_F(ConnectionMetricsTest, ACloseWithoutAnswerIsIncomplete) {
  EndedConnection connection;
  connection.close(Side::client, 1000);
  end(connection);
  EXPECT_EQ(value("websocket_incomplete_closing_handshakes_total",
                  {{"service", "default"}, {"initiator", "client"}}),
            1);
}

TEST_F(ConnectionMetricsTest, AnAnswerThatMayHaveBeenMissedIsNotIncomplete) {
  EndedConnection lost;
  lost.close(Side::client, 1000);
  lost.facts.stream(websocket::Direction::server_to_client).synchronised = false;
  end(lost);
  EndedConnection evicted;
  evicted.close(Side::client, 1000);
  evicted.facts.lost_by = websocket::LostBy::eviction;
  end(evicted);
  EndedConnection answered;
  answered.close(Side::client, 1000);
  answered.close(Side::server, 1000);
  end(answered);
  EXPECT_EQ(scrape().count_nonzero("websocket_incomplete_closing_handshakes_total"), 0U);
}

TEST_F(ConnectionMetricsTest, ClosesOfTheProxyAreCountedAsItsOwn) {
  EndedConnection connection;
  connection.inject(Side::client, 1012, 1);
  connection.inject(Side::server, 1001, 2);
  end(connection);
  const std::string name = "websocket_close_frames_total";
  EXPECT_EQ(value(name, {{"service", "default"}, {"sender", "proxy"}, {"code", "1012"}}), 1);
  EXPECT_EQ(value(name, {{"service", "default"}, {"sender", "proxy"}, {"code", "1001"}}), 1);
  EXPECT_EQ(scrape().count_nonzero(name), 2U);
}

TEST_F(ConnectionMetricsTest, TheAnswerToACloseOfTheProxyNeedsNoAnswer) {
  EndedConnection upstream_lost;
  upstream_lost.inject(Side::client, 1012, 1);
  upstream_lost.close(Side::client, 1012).order = 2;
  upstream_lost.closing_handshake = 3ms;
  end(upstream_lost);
  EXPECT_EQ(scrape().count_nonzero("websocket_incomplete_closing_handshakes_total"), 0U);
  EXPECT_EQ(scrape().count("websocket_closing_handshake_duration_seconds_count"), 0U)
      << "between the two endpoints there was no closing handshake";
  EndedConnection closed_before;
  closed_before.close(Side::client, 1000).order = 1;
  closed_before.inject(Side::client, 1012, 2);
  end(closed_before);
  EXPECT_EQ(value("websocket_incomplete_closing_handshakes_total",
                  {{"service", "default"}, {"initiator", "client"}}),
            1)
      << "that Close was for the server";
}

// What endpoints observe is the truth; but nothing that means trouble counts what was asked for.
TEST_F(ConnectionMetricsTest, AShutdownIsOutsideEveryAbnormalCount) {
  EndedConnection stopped_hard;
  stopped_hard.observed(1006, 1006);
  stopped_hard.outcome.initiator = Initiator::proxy;
  stopped_hard.outcome.cause = Cause::shutdown;
  stopped_hard.close(Side::client, 1000);
  stopped_hard.facts.streams[0].last_activity = test::kNoon;
  for (int i = 0; i < 100; ++i) end(stopped_hard);
  const Exposition::Labels clean{{"service", "default"}, {"outcome", "clean"}};
  for (const std::string name :
       {"websocket_connection_duration_seconds", "websocket_idle_before_close_seconds"}) {
    EXPECT_EQ(value(name + "_count", clean), 100);
    EXPECT_EQ(scrape().count_nonzero(name + "_count"), 1U) << "none is abnormal";
  }
  EXPECT_EQ(value("websocket_mass_closures_total", {{"service", "default"}}), 0);
  EXPECT_EQ(scrape().count_nonzero("websocket_incomplete_closing_handshakes_total"), 0U);
  EXPECT_EQ(client_observed("1006"), 100);
  EXPECT_EQ(value("websocket_connections_closed_total",
                  {{"service", "default"}, {"initiator", "proxy"}, {"cause", "shutdown"}}),
            100);
}

TEST_F(ConnectionMetricsTest, OtherEndsByTheProxyAreAbnormalWhereAnEndpointObserved1006) {
  EndedConnection idle;
  idle.observed(1006, 1006);
  idle.outcome.initiator = Initiator::proxy;
  idle.outcome.cause = Cause::idle_timeout;
  for (int i = 0; i < 20; ++i) end(idle);
  EXPECT_EQ(value("websocket_connection_duration_seconds_count",
                  {{"service", "default"}, {"outcome", "abnormal"}}),
            20);
  EXPECT_EQ(value("websocket_mass_closures_total", {{"service", "default"}}), 1);
}

TEST_F(ConnectionMetricsTest, ViolationsCountOnceAConnectionAndSender) {
  EndedConnection connection;
  connection.facts.stream(websocket::Direction::client_to_server)
      .violations.add(Violation::invalid_close_code);
  connection.close(Side::client, 999).violations.add(Violation::invalid_close_code);
  connection.close(Side::server, 1002).violations.add(Violation::close_reason_not_utf8);
  end(connection);
  const std::string name = "websocket_protocol_violations_total";
  const auto violations = [&](const char* sender, const char* what) {
    return value(name, {{"service", "default"}, {"sender", sender}, {"violation", what}});
  };
  EXPECT_EQ(violations("client", "invalid_close_code"), 1);
  EXPECT_EQ(violations("server", "close_reason_not_utf8"), 1);
  EXPECT_EQ(scrape().count_nonzero(name), 2U);
}

TEST_F(ConnectionMetricsTest, TheFirstFinAndTheFirstReset) {
  EndedConnection connection;
  connection.end(Side::server, EndKind::fin);
  connection.end(Side::client, EndKind::fin);
  connection.end(Side::client, EndKind::reset);
  end(connection);
  EXPECT_EQ(value("websocket_tcp_fins_total", {{"service", "default"}, {"sender", "server"}}), 1);
  EXPECT_EQ(value("websocket_tcp_resets_total", {{"service", "default"}, {"sender", "client"}}), 1);
  EXPECT_EQ(scrape().count("websocket_tcp_fins_total"), 1U);
}

TEST_F(ConnectionMetricsTest, UnansweredPingsBySender) {
  EndedConnection connection;
  connection.facts.stream(websocket::Direction::server_to_client).unanswered_pings = 3;
  end(connection);
  EXPECT_EQ(
      value("websocket_unanswered_pings_total", {{"service", "default"}, {"sender", "server"}}), 3);
  EXPECT_EQ(scrape().count("websocket_unanswered_pings_total"), 1U);
}

TEST_F(ConnectionMetricsTest, LifetimesFallIntoTheBucketsOfTheTimeouts) {
  EndedConnection connection;
  connection.observed(1006, 1006);
  connection.lifetime = 60s;
  end(connection);
  connection.observed(1000, std::nullopt);
  connection.lifetime = 35s;  // the bound itself belongs to its bucket
  end(connection);
  const std::string name = "websocket_connection_duration_seconds";
  const auto bucket = [&](const char* outcome, const char* le) {
    return value(name + "_bucket", {{"service", "default"}, {"outcome", outcome}, {"le", le}});
  };
  EXPECT_EQ(bucket("abnormal", "35"), 0);
  EXPECT_EQ(bucket("abnormal", "65"), 1);
  EXPECT_EQ(bucket("abnormal", "+Inf"), 1);
  EXPECT_EQ(bucket("clean", "15"), 0);
  EXPECT_EQ(bucket("clean", "35"), 1);
  EXPECT_EQ(value(name + "_sum", {{"service", "default"}, {"outcome", "abnormal"}}), 60);
  EXPECT_EQ(value(name + "_count", {{"service", "default"}, {"outcome", "clean"}}), 1);
  EXPECT_EQ(scrape().count(name + "_bucket"), 4U * (kLifetimeBuckets.size() + 1));
}

TEST_F(ConnectionMetricsTest, IdleBeforeCloseIsTheSilenceOfBothDirections) {
  EndedConnection connection;
  connection.observed(1006, 1006);
  connection.lifetime = 100s;
  connection.facts.streams[0].last_activity = test::kNoon + 10s;
  connection.facts.streams[1].last_activity = test::kNoon + 40s;
  end(connection);
  connection.facts.streams[1].last_activity.reset();
  end(connection);
  connection.facts.streams[0].last_activity.reset();
  end(connection);
  const std::string name = "websocket_idle_before_close_seconds";
  const Exposition::Labels labels{{"service", "default"}, {"outcome", "abnormal"}};
  EXPECT_EQ(value(name + "_sum", labels), 60 + 90);
  EXPECT_EQ(value(name + "_count", labels), 2);
}

TEST_F(ConnectionMetricsTest, TimeThatStepsBackCountsAsNone) {
  EndedConnection connection;
  connection.lifetime = -5s;
  end(connection);
  const Exposition::Labels labels{{"service", "default"}, {"outcome", "clean"}};
  EXPECT_EQ(value("websocket_connection_duration_seconds_sum", labels), 0);
  EXPECT_EQ(value("websocket_connection_duration_seconds_count", labels), 1);
}

TEST_F(ConnectionMetricsTest, HandshakesPongsAndTraffic) {
  thread_.handshake_ended({0, websocket::HandshakeResult::opened, 20ms});
  thread_.handshake_ended({0, websocket::HandshakeResult::rejected_403, std::nullopt});
  thread_.pong_received(0, Side::server, 250ms);
  auto& sent = thread_.traffic(1)->by_sender[index(Side::client)];
  sent.frames[index(websocket::Opcode::text)].add(7);
  sent.payload_bytes.add(700);
  EndedConnection connection;
  connection.closing_handshake = 3ms;
  end(connection);
  const std::string results = "websocket_opening_handshakes_total";
  EXPECT_EQ(value(results, {{"service", "default"}, {"result", "opened"}}), 1);
  EXPECT_EQ(value(results, {{"service", "default"}, {"result", "rejected_403"}}), 1);
  EXPECT_EQ(value("websocket_opening_handshake_duration_seconds_sum", {{"service", "default"}}),
            0.02);
  EXPECT_EQ(value("websocket_ping_rtt_seconds_sum", {{"service", "default"}, {"sender", "server"}}),
            0.25);
  EXPECT_EQ(value("websocket_closing_handshake_duration_seconds_sum",
                  {{"service", "default"}, {"initiator", "client"}}),
            0.003);
  EXPECT_EQ(value("websocket_frames_total",
                  {{"service", "other"}, {"sender", "client"}, {"opcode", "text"}}),
            7);
  EXPECT_EQ(value("websocket_payload_bytes_total", {{"service", "other"}, {"sender", "client"}}),
            700);
}

TEST_F(ConnectionMetricsTest, OpenConnectionsFollowOpeningEndingAndRevival) {
  const auto open = [this] {
    return value("websocket_open_connections", {{"service", "default"}});
  };
  EndedConnection connection;
  thread_.connection_opened(0);
  thread_.connection_opened(0);
  EXPECT_EQ(open(), 2);
  connection.observed(1006, 1006);
  thread_.connection_ended(connection.summary());
  EXPECT_EQ(open(), 1);
  thread_.connection_revived(0);
  EXPECT_EQ(open(), 2);
  connection.counted_before = true;
  thread_.connection_ended(connection.summary());
  EXPECT_EQ(open(), 1);
  EXPECT_EQ(client_observed("1006"), 1) << "a revived connection is counted once";
}

TEST_F(ConnectionMetricsTest, OpenAtTheEndOfTheSavefileIsNoClose) {
  EndedConnection connection;
  connection.open = true;
  connection.observed(1006, 1006);
  end(connection);
  EXPECT_EQ(value("websocket_open_connections", {{"service", "default"}}), 1);
  EXPECT_EQ(client_observed("1006"), 0);
  EXPECT_EQ(scrape().count_nonzero("websocket_connections_closed_total"), 0U);
}

TEST_F(ConnectionMetricsTest, ThreadsAreSummedAndMassClosuresSeeAllOfThem) {
  ConnectionMetrics second(services_);
  exporter_.add(second);
  const auto connection = EndedConnection().observed(1006, 1006);
  for (int i = 0; i < 10; ++i) {
    end(connection);
    second.connection_opened(0);
    second.connection_ended(connection.summary());
  }
  EXPECT_EQ(client_observed("1006"), 20);
  EXPECT_EQ(value("websocket_connection_duration_seconds_count",
                  {{"service", "default"}, {"outcome", "abnormal"}}),
            20);
  EXPECT_EQ(value("websocket_mass_closures_total", {{"service", "default"}}), 1);
  EXPECT_EQ(value("websocket_mass_closures_total", {{"service", "other"}}), 0);
}

}  // namespace
}  // namespace metrics
