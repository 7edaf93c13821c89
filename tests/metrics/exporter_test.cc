#include "metrics/exporter.h"

#include <gtest/gtest.h>
#include <stdlib.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <set>

#include "metrics/catalogue.h"
#include "metrics/exposition.h"
#include "metrics/series_bound.h"
#include "tests/metrics/everything_counted.h"
#include "tests/metrics/exposition_reader.h"

namespace metrics {
namespace {

using test::Exposition;

class ExporterTest : public testing::Test {
 protected:
  ExporterTest() {
    exporter_.add(thread_);
    exporter_.add(capture_);
    exporter_.add(proxy_);
    exporter_.add(events_);
    exporter_.add(alerts_);
  }

  Exposition scrape() const {
    return Exposition(expose(exporter_.Collect(), ExpositionFormat::text));
  }

  static config::AlertOptions alert_options() {
    config::AlertOptions options;
    options.alertmanager.urls = {"http://127.0.0.1:9093"};
    return options;
  }

  void count_everything() {
    test::observe_everything(thread_, services_);
    exporter_.config_loaded(true, test::kNoon);
  }

  Services services_{{"chat", "other"}, {.listed_codes = {4999}, .mass_closure = {}}};
  ConnectionMetrics thread_{services_};
  CodeProfiles profiles_;
  test::BusyCapture capture_;
  test::BusyProxy proxy_;
  EventLog events_{{.sink = EventSink::file, .path = "/dev/null"}};
  ProgramLog log_{{}};
  Alerts alerts_{alert_options(), services_, {&thread_}, {}, log_};
  Exporter exporter_{{"1.2.3", "abc", "capture"}, services_, profiles_};
};

TEST_F(ExporterTest, EveryFamilyOfTheCatalogueIsFilledAndNoOther) {
  count_everything();
  const Exposition exposition = scrape();
  EXPECT_EQ(exposition.types.size(), kCatalogue.size());
  for (const Family& row : kCatalogue) {
    const std::string name(row.name);
    EXPECT_EQ(exposition.helps.count(name), 1U) << name;
    EXPECT_GT(exposition.count(row.type == kHistogram ? name + "_count" : name), 0U) << name;
  }
}

TEST_F(ExporterTest, TheBoundOnTheNumberOfSeriesIsKnownFromTheStartAndExact) {
  const CaptureSnapshot capture = capture_.snapshot();
  const ProxySnapshot proxy = proxy_.snapshot();
  const SeriesDimensions dimensions{services_, profiles_, {&capture, &proxy, 1, true, 1}};
  const auto bound = [&] {
    std::size_t series = 0;
    for (const Family& row : kCatalogue) series += series_bound(row, dimensions);
    return series;
  };
  const std::size_t bound_at_start = bound();
  count_everything();
  const Exposition exposition = scrape();
  for (const Family& row : kCatalogue) {
    std::size_t series = 0;
    for (const auto& [key, value] : exposition.samples) {
      const std::string_view name = key.first;
      if (name == row.name || (row.type == kHistogram && name.starts_with(row.name))) ++series;
    }
    EXPECT_EQ(series, series_bound(row, dimensions)) << row.name;
  }
  EXPECT_EQ(exposition.samples.size(), bound_at_start);
  EXPECT_EQ(bound(), bound_at_start);
}

TEST_F(ExporterTest, TheBoundOfAProgramIsWithoutTheFamiliesOfTheOther) {
  const auto bound_of_all_but = [&](const char* prefix, Observed observed) {
    std::size_t series = 0;
    for (const Family& row : kCatalogue) {
      if (row.name.starts_with(prefix)) continue;
      series += series_bound(row, {services_, profiles_, observed});
    }
    return series;
  };
  const CaptureSnapshot capture = capture_.snapshot();
  const ProxySnapshot proxy = proxy_.snapshot();
  EXPECT_EQ(exporter_.series_bound(capture),
            bound_of_all_but("closewatch_proxy_", {&capture, {}, 1, true, 1}));
  EXPECT_EQ(exporter_.series_bound(proxy),
            bound_of_all_but("closewatch_capture_", {{}, &proxy, 1, true, 1}));
  EXPECT_NE(exporter_.series_bound(proxy), exporter_.series_bound(capture));
}

TEST_F(ExporterTest, TheBoundGrowsWithTheServices) {
  const std::size_t before = exporter_.series_bound(proxy_.snapshot());
  services_.add("added by a reload");
  const std::size_t after = exporter_.series_bound(proxy_.snapshot());
  const std::size_t not_of_services = before - 2 * (after - before);
  EXPECT_EQ(services_.add("and another"), 3U);
  EXPECT_EQ(exporter_.series_bound(proxy_.snapshot()), not_of_services + 4 * (after - before));
}

TEST_F(ExporterTest, CaptureFamilies) {
  const Exposition exposition = scrape();
  const auto value = [&](const char* name, const Exposition::Labels& labels) {
    return exposition.find(std::string("closewatch_capture_") + name, labels);
  };
  EXPECT_EQ(value("packets_total", {{"interface", "eth0"}}), 100);
  EXPECT_EQ(value("bytes_total", {{"interface", "eth0"}}), 64000);
  EXPECT_EQ(value("dropped_packets_total", {{"interface", "eth0"}, {"where", "kernel"}}), 3);
  EXPECT_EQ(value("dropped_packets_total", {{"interface", "eth0"}, {"where", "interface"}}), 1);
  EXPECT_EQ(value("up", {{"interface", "eth0"}}), 1);
  EXPECT_EQ(value("last_packet_timestamp_seconds", {{"interface", "eth0"}}), 1795348800.25);
  EXPECT_EQ(value("packets_total", {{"interface", "we\"ird\\name"}}), 7);
  EXPECT_EQ(value("undecodable_packets_total", {{"reason", "truncated"}}), 1);
  EXPECT_EQ(value("stream_gaps_total", {{"service", "chat"}}), 2);
  EXPECT_EQ(value("gap_bytes_total", {{"service", "other"}}), 10);
  EXPECT_EQ(value("flows", {{"state", "upgraded"}}), 4);
  EXPECT_EQ(value("evicted_flows_total", {{"reason", "memory"}}), 3);
  EXPECT_EQ(value("opaque_flows_total", {{"reason", "tls"}}), 1);
  EXPECT_EQ(value("midstream_flows_total", {}), 6);
}

TEST_F(ExporterTest, ProxyFamilies) {
  const Exposition exposition = scrape();
  const auto value = [&](const char* name, const Exposition::Labels& labels) {
    return exposition.find(std::string("closewatch_proxy_") + name, labels);
  };
  const std::string failures = "tls_handshake_failures_total";
  EXPECT_EQ(value("upstream_connect_failures_total", {{"service", "chat"}, {"reason", "timeout"}}),
            2);
  EXPECT_EQ(value("rejected_connections_total", {{"service", "other"}, {"reason", "denied"}}), 5);
  EXPECT_EQ(value("malformed_requests_total", {{"reason", "two_lengths"}}), 19);
  EXPECT_EQ(value("timeouts_total", {{"service", "chat"}, {"timeout", "ping"}}), 8);
  EXPECT_EQ(value(failures.c_str(), {{"service", "chat"}, {"side", "client"}, {"code", "1015"}}),
            9);
  EXPECT_EQ(value(failures.c_str(), {{"service", "chat"}, {"side", "server"}, {"code", "1015"}}),
            10);
  EXPECT_EQ(value("http_requests_total", {{"service", "chat"}, {"class", "1xx"}}), 11);
  EXPECT_EQ(value("http_requests_total", {{"service", "chat"}, {"class", "5xx"}}), 15);
  EXPECT_EQ(value("observer_lost_total", {{"service", "chat"}}), 16);
  EXPECT_EQ(value("buffered_bytes", {{"service", "chat"}}), 17);
  EXPECT_EQ(value("upstream_healthy", {{"service", "chat"}, {"upstream", "127.0.0.1:9000"}}), 1);
  EXPECT_EQ(value("upstream_healthy", {{"service", "chat"}, {"upstream", "[::1]:9000"}}), 0);
  EXPECT_EQ(exposition.count("closewatch_proxy_upstream_healthy"), 3U);
  EXPECT_EQ(value("connections", {{"state", "tunnel"}}), 22);
  EXPECT_EQ(value("draining", {}), 1);
  EXPECT_EQ(value("accept_pauses_total", {}), 23);
}

// The scrape can come between the reload that adds a service and the first count for it.
TEST_F(ExporterTest, AServiceThatTheSnapshotDoesNotHaveYetCountsNothing) {
  services_.add("added by a reload");
  const Exposition exposition = scrape();
  const Exposition::Labels added{{"service", "added by a reload"}};
  EXPECT_EQ(exposition.find("closewatch_proxy_observer_lost_total", added), 0);
  EXPECT_EQ(exposition.find("closewatch_proxy_buffered_bytes", added), 0);
  EXPECT_EQ(exposition.find("closewatch_capture_stream_gaps_total", added), 0);
}

TEST_F(ExporterTest, TheDropsOfEachEventLogStandUnderItsSink) {
  EventLog full({.sink = EventSink::standard_error, .queue_bytes = 1});
  full.write("does not fit");
  full.write("neither");
  exporter_.add(full);
  const Exposition exposition = scrape();
  EXPECT_EQ(exposition.find("closewatch_events_dropped_total", {{"sink", "file"}}), 0);
  EXPECT_EQ(exposition.find("closewatch_events_dropped_total", {{"sink", "standard_error"}}), 2);
}

// A failed TLS handshake opened no connection: each observed family sums to the ended connections.
TEST_F(ExporterTest, FailedTlsHandshakesAreNotAmongTheObservedCloses) {
  thread_.handshake_ended({0, websocket::HandshakeResult::tls_failed, std::nullopt});
  const Exposition exposition = scrape();
  EXPECT_EQ(exposition.find("websocket_opening_handshakes_total",
                            {{"service", "chat"}, {"result", "tls_failed"}}),
            1);
  for (const auto& [key, value] : exposition.samples) {
    if (key.first.find("_observed_closes_total") == std::string::npos) continue;
    EXPECT_EQ(value, 0) << key.first;
  }
}

TEST_F(ExporterTest, ProgramAndProcess) {
  const Exposition exposition = scrape();
  EXPECT_EQ(exposition.find("closewatch_build_info", {{"version", "1.2.3"}, {"revision", "abc"}}),
            1);
  EXPECT_EQ(exposition.find("closewatch_service_info", {{"service", "chat"}, {"mode", "capture"}}),
            1);
  EXPECT_GT(exposition.find("process_resident_memory_bytes"), 1e6);
  EXPECT_GT(exposition.find("process_virtual_memory_bytes"), 1e6);
  EXPECT_GT(exposition.find("process_open_fds"), 2);
  EXPECT_GE(exposition.find("process_max_fds"), exposition.find("process_open_fds"));
  const double started = exposition.find("process_start_time_seconds").value_or(0);
  const double now =
      std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
  EXPECT_LT(started, now + 2);
  EXPECT_GT(started, now - 3600);
  EXPECT_LT(exposition.find("process_cpu_seconds_total").value_or(1e9), 3600);
}

TEST_F(ExporterTest, ConfigLoadsAreExportedOnceThereWasOne) {
  const std::string successful = "closewatch_config_last_reload_successful";
  const std::string timestamp = "closewatch_config_last_reload_success_timestamp_seconds";
  EXPECT_FALSE(scrape().find(successful));
  exporter_.config_loaded(false, test::kNoon);
  EXPECT_EQ(scrape().find(successful), 0);
  EXPECT_FALSE(scrape().find(timestamp));
  exporter_.config_loaded(true, test::kNoon);
  EXPECT_EQ(scrape().find(successful), 1);
  exporter_.config_loaded(false, test::kNoon + std::chrono::hours{1});
  EXPECT_EQ(scrape().find(successful), 0);
  EXPECT_EQ(scrape().find(timestamp), 1795348800);
}

TEST_F(ExporterTest, CodeInfoCoversEveryCodeThatIsCountedOnce) {
  count_everything();
  const Exposition exposition = scrape();
  std::multiset<std::string> described;
  std::set<std::string> counted;
  for (const auto& [key, value] : exposition.samples) {
    const auto code = key.second.find("code");
    if (code == key.second.end()) continue;
    key.first == "websocket_close_code_info" ? void(described.insert(code->second))
                                             : void(counted.insert(code->second));
  }
  for (const std::string& code : counted) EXPECT_EQ(described.count(code), 1U) << code;
  EXPECT_EQ(
      exposition.find("websocket_close_code_info",
                      {{"code", "1006"}, {"name", "Abnormal Closure"}, {"class", "abnormal"}}),
      1);
  EXPECT_EQ(exposition.find("websocket_close_code_info", {{"code", "4429"},
                                                          {"name", "TooManyInitialisationRequests"},
                                                          {"class", "application"}}),
            1);
  EXPECT_EQ(std::ranges::adjacent_find(described), described.end());
}

// `promtool check metrics` finds what scrapers stumble over and what the naming rules forbid.
TEST_F(ExporterTest, PromtoolHasNothingToSay) {
  if (std::system("command -v promtool >/dev/null") != 0) {
    GTEST_SKIP() << "promtool is not installed; it comes with Debian's package prometheus.";
  }
  count_everything();
  std::string path = testing::TempDir() + "closewatch_exposition_XXXXXX";
  const int file = mkstemp(path.data());
  ASSERT_GE(file, 0);
  close(file);
  std::ofstream(path) << expose(exporter_.Collect(), ExpositionFormat::text);
  FILE* promtool = popen(("promtool check metrics <" + path + " 2>&1").c_str(), "r");
  ASSERT_NE(promtool, nullptr);
  std::string said;
  for (std::array<char, 256> part{}; fgets(part.data(), part.size(), promtool) != nullptr;) {
    said += part.data();
  }
  EXPECT_EQ(pclose(promtool), 0);
  EXPECT_EQ(said, "");
  std::filesystem::remove(path);
}

}  // namespace
}  // namespace metrics
