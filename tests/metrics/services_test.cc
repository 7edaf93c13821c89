#include "metrics/services.h"

#include <gtest/gtest.h>

#include <atomic>
#include <stdexcept>
#include <thread>

#include "metrics/exporter.h"
#include "metrics/exposition.h"
#include "tests/metrics/ended_connection.h"
#include "tests/metrics/exposition_reader.h"

namespace metrics {
namespace {

using test::EndedConnection;
using test::Exposition;
using websocket::ServiceId;

constexpr int kConnections = 500;  // of each thread and service

TEST(Services, ANewNameGetsTheNextIdAndAKnownOneKeepsIts) {
  Services services({"chat", "other"});
  EXPECT_EQ(services.add("chat"), ServiceId{0});
  EXPECT_EQ(services.add("feed"), ServiceId{2});
  EXPECT_EQ(services.add("feed"), ServiceId{2});
  EXPECT_EQ(services.add("other"), ServiceId{1});
  EXPECT_EQ(services.size(), 3U);
  EXPECT_EQ(services.name(2), "feed");
}

TEST(Services, ThereIsNoSixtyFifth) {
  Services services({"default"});
  for (int i = 1; i < 64; ++i) {
    EXPECT_EQ(services.add("service-" + std::to_string(i)), static_cast<ServiceId>(i));
  }
  EXPECT_EQ(services.add("one more"), std::nullopt);
  EXPECT_EQ(services.size(), 64U);
  EXPECT_EQ(services.add("service-63"), ServiceId{63}) << "those that are known stay";
  EXPECT_EQ(services.name(63), "service-63");
  EXPECT_THROW(Services(std::vector<std::string>(65, "name")), std::invalid_argument);
  EXPECT_THROW(Services(std::vector<std::string>{}), std::invalid_argument);
}

TEST(Services, AnAddedServiceHasTheSameMassClosureThreshold) {
  Services services({"default"}, {.listed_codes = {}, .mass_closure = {.ends = 3}});
  const ServiceId added = services.add("added").value();
  for (int i = 0; i < 3; ++i) services.abnormal_end(added, test::kNoon);
  EXPECT_EQ(services.mass_closures(added), 1U);
  EXPECT_EQ(services.mass_closures(0), 0U);
}

TEST(Services, AddedWhileThreadsLiveItIsCountedFromTheFirstConnection) {
  Services services({"default"});
  ConnectionMetrics thread(services);
  const CodeProfiles profiles;
  Exporter exporter({"1", "r", "proxy"}, services, profiles);
  exporter.add(thread);
  EndedConnection connection;
  connection.service = services.add("added").value();
  EXPECT_EQ(thread.counters(connection.service), nullptr) << "unused, it costs nothing";
  const auto closes = [&] {
    return Exposition(expose(exporter.Collect(), ExpositionFormat::text))
        .find("websocket_client_observed_closes_total", {{"service", "added"}, {"code", "1000"}});
  };
  EXPECT_EQ(closes(), 0.0) << "what alerts use is there before the first connection";
  thread.connection_opened(connection.service);
  thread.connection_ended(connection.summary());
  EXPECT_EQ(closes(), 1.0);
}

// Under ThreadSanitizer this shows that a reload adds services beside threads that count and one
// that scrapes, without a lock on their way.
TEST(Services, GrowWhileThreadsCountAndAreScraped) {
  Services services({"default"});
  ConnectionMetrics first(services);
  ConnectionMetrics second(services);
  const CodeProfiles profiles;
  Exporter exporter({"1", "r", "proxy"}, services, profiles);
  exporter.add(first);
  exporter.add(second);
  std::atomic<std::size_t> announced{1};  // ids below it were handed to the threads
  std::atomic<int> counting{2};
  const auto count = [&](ConnectionMetrics& metrics) {
    for (std::size_t id = 0; id < Services::kMaxServices; ++id) {
      while (id >= announced.load(std::memory_order_acquire)) std::this_thread::yield();
      EndedConnection connection;
      connection.service = static_cast<ServiceId>(id);
      connection.observed(1006, 1000);
      for (int i = 0; i < kConnections; ++i) {
        metrics.connection_opened(connection.service);
        metrics.traffic(connection.service)->by_sender[0].frames[1].add();
        metrics.connection_ended(connection.summary());
      }
    }
    --counting;
  };
  std::thread one(count, std::ref(first));
  std::thread other(count, std::ref(second));
  std::thread reload([&] {
    while (const auto id = services.add("service-" + std::to_string(services.size()))) {
      announced.store(*id + 1U, std::memory_order_release);
    }
  });
  const auto sum = [&](const char* family) {
    double total = 0;
    for (const auto& [key, value] :
         Exposition(expose(exporter.Collect(), ExpositionFormat::text)).samples) {
      if (key.first == family) total += value;
    }
    return total;
  };
  double before = 0;
  while (counting != 0) {
    const double now = sum("websocket_client_observed_closes_total");
    EXPECT_GE(now, before);
    before = now;
  }
  one.join();
  other.join();
  reload.join();
  const double all = 2.0 * kConnections * Services::kMaxServices;
  EXPECT_EQ(sum("websocket_client_observed_closes_total"), all);
  EXPECT_EQ(sum("websocket_frames_total"), all);
  EXPECT_EQ(sum("websocket_mass_closures_total"), 64) << "all at noon: one incident each";
}

}  // namespace
}  // namespace metrics
