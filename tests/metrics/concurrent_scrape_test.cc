#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "metrics/exporter.h"
#include "metrics/exposition.h"
#include "tests/metrics/ended_connection.h"
#include "tests/metrics/exposition_reader.h"

namespace metrics {
namespace {

using test::EndedConnection;
using test::Exposition;
using websocket::Side;
using namespace std::chrono_literals;

constexpr int kConnections = 3000;

// What a capture thread does, with codes that claim labels on the way.
void count_connections(ConnectionMetrics& metrics) {
  for (int i = 0; i < kConnections; ++i) {
    const auto code = static_cast<websocket::CloseCode>(4000 + i % 100);
    EndedConnection connection;
    connection.observed(i % 2 == 0 ? websocket::kAbnormalClosure : code, code);
    connection.close(Side::client, code);
    connection.lifetime = std::chrono::milliseconds{i};
    metrics.handshake_ended({0, websocket::HandshakeResult::opened, 1ms});
    metrics.connection_opened(0);
    metrics.traffic(0)->by_sender[0].frames[1].add();
    metrics.pong_received(0, Side::server, 1ms);
    metrics.connection_ended(connection.summary());
  }
}

// Run under ThreadSanitizer, this shows that a scrape needs nothing from the threads that count.
TEST(ConcurrentScrape, CountsGrowAndNothingIsLost) {
  Services services({"default"});
  ConnectionMetrics first(services);
  ConnectionMetrics second(services);
  const CodeProfiles profiles;
  Exporter exporter({"1", "r", "capture"}, services, profiles);
  exporter.add(first);
  exporter.add(second);
  const auto ended = [&] {
    const Exposition exposition(expose(exporter.Collect(), ExpositionFormat::text));
    double sum = 0;
    for (const auto& [key, value] : exposition.samples) {
      if (key.first == "websocket_server_observed_closes_total") sum += value;
    }
    return sum;
  };

  std::atomic<int> counting{2};
  const auto count = [&counting](ConnectionMetrics& metrics) {
    count_connections(metrics);
    --counting;
  };
  std::thread first_thread(count, std::ref(first));
  std::thread second_thread(count, std::ref(second));
  double before = 0;
  while (counting != 0) {
    const double now = ended();
    EXPECT_GE(now, before);
    before = now;
  }
  first_thread.join();
  second_thread.join();
  EXPECT_EQ(ended(), 2 * kConnections);
}

}  // namespace
}  // namespace metrics
