#include "metrics/exposition.h"

#include <gtest/gtest.h>
#include <zlib.h>

#include "tests/metrics/gunzip.h"

namespace metrics {
namespace {

Families one_of_each() {
  Families families;
  FamilySamples counter(family("websocket_tcp_fins_total"));
  counter.add({"a\\b\"c\nd", "client"}, 12);
  counter.move_to(families);
  FamilySamples gauge(family("websocket_open_connections"));
  gauge.add({"default"}, 3);
  gauge.move_to(families);
  FamilySamples histogram(family("websocket_opening_handshake_duration_seconds"));
  HistogramTotals totals;
  totals.counts.assign(kLatencyBuckets.size() + 1, 0);
  totals.counts[1] = 2;
  totals.counts.back() = 1;
  totals.sum = 40.5;
  histogram.add({"default"}, totals);
  histogram.move_to(families);
  return families;
}

bool has_line(const std::string& text, const std::string& line) {
  return ("\n" + text).find("\n" + line + "\n") != std::string::npos;
}

TEST(Exposition, TextFormat) {
  const std::string text = expose(one_of_each(), ExpositionFormat::text);
  EXPECT_TRUE(has_line(text, "# TYPE websocket_tcp_fins_total counter")) << text;
  EXPECT_TRUE(
      has_line(text, R"(websocket_tcp_fins_total{service="a\\b\"c\nd",sender="client"} 12)"))
      << text;
  EXPECT_TRUE(has_line(text, R"(websocket_open_connections{service="default"} 3)")) << text;
  const std::string histogram = "websocket_opening_handshake_duration_seconds";
  EXPECT_TRUE(has_line(text, histogram + R"(_bucket{service="default",le="0.001"} 0)")) << text;
  EXPECT_TRUE(has_line(text, histogram + R"(_bucket{service="default",le="0.0025"} 2)")) << text;
  EXPECT_TRUE(has_line(text, histogram + R"(_bucket{service="default",le="30"} 2)")) << text;
  EXPECT_TRUE(has_line(text, histogram + R"(_bucket{service="default",le="+Inf"} 3)")) << text;
  EXPECT_TRUE(has_line(text, histogram + R"(_count{service="default"} 3)")) << text;
  EXPECT_TRUE(has_line(text, histogram + R"(_sum{service="default"} 40.5)")) << text;
  EXPECT_EQ(text.find("# EOF"), std::string::npos);
}

TEST(Exposition, OpenMetricsNamesCounterFamiliesWithoutTotalAndEndsWithEof) {
  const std::string text = expose(one_of_each(), ExpositionFormat::open_metrics);
  EXPECT_TRUE(has_line(text, "# TYPE websocket_tcp_fins counter")) << text;
  EXPECT_TRUE(has_line(text, "# TYPE websocket_open_connections gauge")) << text;
  EXPECT_TRUE(has_line(text, "# TYPE websocket_opening_handshake_duration_seconds histogram"));
  EXPECT_TRUE(
      has_line(text, R"(websocket_tcp_fins_total{service="a\\b\"c\nd",sender="client"} 12)"))
      << text;
  EXPECT_TRUE(text.ends_with("\n# EOF\n"));
  EXPECT_EQ(text.find("\n\n"), std::string::npos);
}

TEST(Exposition, HelpIsEscaped) {
  Families families = one_of_each();
  families.front().help = "back\\slash\n\"quoted\"";
  EXPECT_TRUE(has_line(expose(families, ExpositionFormat::text),
                       R"(# HELP websocket_tcp_fins_total back\\slash\n"quoted")"));
  EXPECT_TRUE(has_line(expose(families, ExpositionFormat::open_metrics),
                       R"(# HELP websocket_tcp_fins back\\slash\n\"quoted\")"));
}

TEST(Exposition, LargeCountsKeepTheirLastDigit) {
  Families families;
  FamilySamples bytes(family("closewatch_capture_bytes_total"));
  bytes.add({"eth0"}, 9007199254740991.0);
  bytes.move_to(families);
  EXPECT_TRUE(has_line(expose(families, ExpositionFormat::text),
                       R"(closewatch_capture_bytes_total{interface="eth0"} 9007199254740991)"));
}

TEST(Accept, OpenMetricsOnlyIfAskedFor) {
  using enum ExpositionFormat;
  EXPECT_EQ(preferred_format(""), text);
  EXPECT_EQ(preferred_format("*/*"), text);
  EXPECT_EQ(preferred_format("text/plain;version=0.0.4"), text);
  EXPECT_EQ(preferred_format("application/openmetrics-text"), open_metrics);
  EXPECT_EQ(preferred_format("Application/OpenMetrics-Text; version=1.0.0;q=0.1"), open_metrics);
  EXPECT_EQ(preferred_format("application/openmetrics-text;q=0"), text);
  EXPECT_EQ(preferred_format("text/plain,application/openmetrics-text;q=0.5"), text);
  // As Prometheus 2.42 asks.
  EXPECT_EQ(preferred_format("application/openmetrics-text;version=1.0.0,"
                             "application/openmetrics-text;version=0.0.1;q=0.75,"
                             "text/plain;version=0.0.4;q=0.5,*/*;q=0.1"),
            open_metrics);
}

TEST(AcceptEncoding, GzipOnlyIfAllowed) {
  EXPECT_FALSE(accepts_gzip(""));
  EXPECT_FALSE(accepts_gzip("identity"));
  EXPECT_FALSE(accepts_gzip("gzip;q=0"));
  EXPECT_FALSE(accepts_gzip("gzip;q=0.000, *"));
  EXPECT_FALSE(accepts_gzip("xgzip"));
  EXPECT_FALSE(accepts_gzip(" , ;;, ;q=1"));
  EXPECT_FALSE(accepts_gzip("gzip;q=nonsense"));
  EXPECT_TRUE(accepts_gzip("gzip"));
  EXPECT_TRUE(accepts_gzip("deflate, GZIP ; q=0.5"));
  EXPECT_TRUE(accepts_gzip("*"));
}

TEST(Gzip, ComesBackAsItWas) {
  for (const std::string& content :
       {std::string(), std::string("closewatch"), std::string(1'000'000, 'x')}) {
    EXPECT_EQ(test::gunzip(gzip(content)), content);
  }
}

}  // namespace
}  // namespace metrics
