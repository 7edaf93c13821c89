// What a connection costs the thread that follows it, in metrics.
#include <benchmark/benchmark.h>

#include "metrics/connection_metrics.h"
#include "metrics/exporter.h"
#include "metrics/exposition.h"
#include "tests/metrics/ended_connection.h"

namespace {

using namespace metrics;
using namespace std::chrono_literals;
using websocket::Side;

test::EndedConnection closed_cleanly() {
  test::EndedConnection connection;
  connection.close(Side::client, 1000);
  connection.close(Side::server, 1000);
  connection.end(Side::server, websocket::EndKind::fin);
  connection.end(Side::client, websocket::EndKind::fin);
  connection.closing_handshake = 1ms;
  connection.facts.streams[0].last_activity = test::kNoon;
  return connection;
}

void end_repeatedly(benchmark::State& state, const test::EndedConnection& connection) {
  Services services({"default"});
  ConnectionMetrics metrics(services);
  const auto summary = connection.summary();
  for (auto _ : state) metrics.connection_ended(summary);
}

void clean_end(benchmark::State& state) { end_repeatedly(state, closed_cleanly()); }
BENCHMARK(clean_end);

void abnormal_end(benchmark::State& state) {
  test::EndedConnection connection;
  connection.observed(1006, 1006);
  connection.end(Side::server, websocket::EndKind::reset);
  connection.facts.streams[0].last_activity = test::kNoon;
  end_repeatedly(state, connection);
}
BENCHMARK(abnormal_end);

void scrape(benchmark::State& state) {
  Services services(std::vector<std::string>(static_cast<std::size_t>(state.range(0)), "service"));
  ConnectionMetrics metrics(services);
  const CodeProfiles profiles;
  Exporter exporter({"1", "r", "capture"}, services, profiles);
  exporter.add(metrics);
  const auto connection = closed_cleanly();
  metrics.connection_ended(connection.summary());
  for (auto _ : state) benchmark::DoNotOptimize(expose(exporter.Collect(), ExpositionFormat::text));
}
BENCHMARK(scrape)->Arg(1)->Arg(64)->Unit(benchmark::kMillisecond);

}  // namespace

BENCHMARK_MAIN();
