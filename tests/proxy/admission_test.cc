#include "proxy/admission.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace proxy {
namespace {

using Admitted = std::variant<Admission, Rejection>;

constexpr websocket::Time kNow{std::chrono::seconds{1'000'000}};

websocket::Endpoint client(std::uint8_t last, std::uint16_t port = 1000) {
  return {.address = {10, 0, 0, last}, .port = port};
}

websocket::Endpoint ipv6(std::array<std::uint8_t, 16> address) {
  return {.address = address, .port = 1, .is_ipv6 = true};
}

ConnectionLimits limits(std::uint64_t connections, std::uint64_t per_client = 0,
                        std::uint64_t per_second = 0) {
  ConnectionLimits those;
  those.connections = connections;
  those.connections_per_client = per_client;
  those.new_connections_per_second = per_second;
  return those;
}

bool is(const Admitted& admitted, Rejection rejection) {
  const auto* refused = std::get_if<Rejection>(&admitted);
  return refused != nullptr && *refused == rejection;
}

TEST(AdmissionControl, InTotal) {
  AdmissionControl control{limits(2)};
  {
    const Admitted first = control.admit(client(1), kNow);
    const Admitted second = control.admit(client(2), kNow);
    ASSERT_TRUE(std::holds_alternative<Admission>(second));
    EXPECT_EQ(control.connections(), 2U);
    EXPECT_TRUE(is(control.admit(client(3), kNow), Rejection::connection_limit));
    EXPECT_EQ(control.connections(), 2U);
  }
  EXPECT_EQ(control.connections(), 0U);
  EXPECT_TRUE(std::holds_alternative<Admission>(control.admit(client(3), kNow)));
}

TEST(AdmissionControl, ZeroIsNoLimit) {
  AdmissionControl control{limits(0)};
  std::vector<Admitted> open;
  for (int i = 0; i < 1000; ++i) open.push_back(control.admit(client(1), kNow));
  EXPECT_EQ(control.connections(), 1000U);
}

TEST(AdmissionControl, PerClientAddressWhateverThePort) {
  AdmissionControl control{limits(0, 2)};
  const Admitted first = control.admit(client(1, 1), kNow);
  Admitted second = control.admit(client(1, 2), kNow);
  EXPECT_TRUE(is(control.admit(client(1, 3), kNow), Rejection::client_limit));
  EXPECT_EQ(control.connections(), 2U);
  EXPECT_TRUE(std::holds_alternative<Admission>(control.admit(client(2), kNow)));
  std::get<Admission>(second).leave();
  EXPECT_TRUE(std::holds_alternative<Admission>(control.admit(client(1, 3), kNow)));
}

TEST(AdmissionControl, TheClientMayBecomeKnownLater) {
  AdmissionControl control{limits(0, 1)};
  const Admitted other = control.admit(client(2), kNow);
  Admitted admitted = control.admit(kNow);
  auto& admission = std::get<Admission>(admitted);
  EXPECT_EQ(control.enter_client(admission, client(1)), std::nullopt);
  EXPECT_EQ(control.enter_client(admission, client(1, 7)), std::nullopt);
  EXPECT_EQ(control.enter_client(admission, client(2)), Rejection::client_limit);
  EXPECT_TRUE(is(control.admit(client(1), kNow), Rejection::client_limit));  // still there
  EXPECT_EQ(control.enter_client(admission, client(3)), std::nullopt);
  EXPECT_TRUE(std::holds_alternative<Admission>(control.admit(client(1), kNow)));
}

TEST(AdmissionControl, PerService) {
  AdmissionControl control{limits(0)};
  const auto chat = std::make_shared<Places>(1);
  const auto files = std::make_shared<Places>(0);
  Admitted first = control.admit(kNow);
  Admitted second = control.admit(kNow);
  auto& one = std::get<Admission>(first);
  auto& two = std::get<Admission>(second);
  EXPECT_EQ(AdmissionControl::enter_service(one, chat), std::nullopt);
  EXPECT_EQ(AdmissionControl::enter_service(one, chat), std::nullopt);
  EXPECT_EQ(AdmissionControl::enter_service(two, files), std::nullopt);
  EXPECT_EQ(AdmissionControl::enter_service(two, chat), Rejection::service_limit);
  EXPECT_EQ(files->taken(), 0U);
  EXPECT_EQ(AdmissionControl::enter_service(one, files), std::nullopt);
  EXPECT_EQ(AdmissionControl::enter_service(two, chat), std::nullopt);
  two.leave_service();
  two.leave_service();
  EXPECT_EQ(chat->taken(), 0U);
  EXPECT_EQ(files->taken(), 1U);
  one.leave();
  EXPECT_EQ(files->taken(), 0U);
}

TEST(AdmissionControl, RateOfNewConnections) {
  AdmissionControl control{limits(0, 0, 10)};
  const auto admitted_of = [&](int tries, websocket::Time now) {
    int count = 0;
    for (int i = 0; i < tries; ++i) {
      const Admitted admitted = control.admit(now);
      if (std::holds_alternative<Admission>(admitted))
        ++count;
      else
        EXPECT_TRUE(is(admitted, Rejection::rate_limit));
    }
    return count;
  };
  EXPECT_EQ(admitted_of(50, kNow), 10);
  EXPECT_EQ(admitted_of(50, kNow + std::chrono::milliseconds{99}), 0);
  EXPECT_EQ(admitted_of(50, kNow + std::chrono::milliseconds{100}), 1);
  EXPECT_EQ(admitted_of(50, kNow + std::chrono::milliseconds{600}), 5);
  EXPECT_EQ(admitted_of(50, kNow + std::chrono::hours{1}), 10);
  EXPECT_EQ(control.connections(), 0U);
}

TEST(RateLimit, BurstsAreOneSecondsWorth) {
  for (const std::uint64_t rate : {1U, 3U, 7U, 1000U, 99'999U}) {
    RateLimit limit{rate};
    std::uint64_t taken = 0;
    while (taken < 200'000 && limit.take(kNow)) ++taken;
    EXPECT_NEAR(static_cast<double>(taken), static_cast<double>(rate),
                1e-4 * static_cast<double>(rate));
  }
}

TEST(RateLimit, AClockThatIsSetBackDoesNotShutTheDoor) {
  RateLimit limit{5};
  EXPECT_TRUE(limit.take(kNow));
  EXPECT_TRUE(limit.take(kNow - std::chrono::hours{2}));
}

TEST(RateLimit, CanBeSetAnew) {
  RateLimit limit{1};
  EXPECT_TRUE(limit.take(kNow));
  EXPECT_FALSE(limit.take(kNow));
  limit.set_rate(0);
  for (int i = 0; i < 100; ++i) EXPECT_TRUE(limit.take(kNow));
}

TEST(AdmissionControl, NewLimitsApplyToThoseWhoCome) {
  AdmissionControl control{limits(0, 0, 0)};
  std::vector<Admitted> open;
  for (int i = 0; i < 5; ++i) open.push_back(control.admit(client(1), kNow));
  control.set_limits(limits(6, 3));
  EXPECT_TRUE(is(control.admit(client(1), kNow), Rejection::client_limit));
  open.push_back(control.admit(client(2), kNow));
  EXPECT_TRUE(is(control.admit(client(3), kNow), Rejection::connection_limit));
  open.erase(open.begin(), open.begin() + 3);
  EXPECT_TRUE(std::holds_alternative<Admission>(control.admit(client(1), kNow)));
}

TEST(Admission, HoldsThePlaceWithItsUpstream) {
  ServiceOptions options;
  options.upstreams = {{.host = "10.0.0.1", .port = 9000}};
  const UpstreamSet set{options};
  AdmissionControl control{limits(0)};
  {
    Admitted admitted = control.admit(client(1), kNow);
    Admission admission = std::move(std::get<Admission>(admitted));
    admission.hold(std::move(set.pick(0, {}, kNow)->place));
    EXPECT_EQ(set.status(0, kNow).connections, 1U);
    admission.hold(std::move(set.pick(0, {}, kNow)->place));
    EXPECT_EQ(set.status(0, kNow).connections, 1U);
    Admission moved;
    moved = std::move(admission);
    EXPECT_FALSE(admission.is_admitted());
    EXPECT_TRUE(moved.is_admitted());
    EXPECT_EQ(control.connections(), 1U);
  }
  EXPECT_EQ(set.status(0, kNow).connections, 0U);
  EXPECT_EQ(control.connections(), 0U);
}

TEST(ClientPlaces, AClientIsAnIpv4AddressOrASlash64) {
  const auto client_of = ClientPlaces::client_of;
  EXPECT_EQ(client_of(client(1, 5)), client_of(client(1, 6)));
  EXPECT_NE(client_of(client(1)), client_of(client(2)));
  const websocket::Endpoint mapped = ipv6({0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 10, 0, 0, 1});
  EXPECT_EQ(client_of(mapped), client_of(client(1)));
  const auto network = [](std::uint8_t last_of_64, std::uint8_t host) {
    return ipv6({0x20, 1, 0xd, 0xb8, 0, 0, 0, last_of_64, 0, 0, 0, 0, 0, 0, 0, host});
  };
  EXPECT_EQ(client_of(network(1, 1)), client_of(network(1, 2)));
  EXPECT_NE(client_of(network(1, 1)), client_of(network(2, 1)));
  // "::a00:1" is not 10.0.0.1.
  EXPECT_NE(client_of(ipv6({10, 0, 0, 1})), client_of(client(1)));
}

TEST(ClientPlaces, OnlyAddressesWithConnectionsTakeMemory) {
  ClientPlaces places{1};
  for (std::uint8_t i = 0; i < 200; ++i) EXPECT_TRUE(places.enter(client(i, 0)));
  for (std::uint8_t i = 0; i < 200; ++i) EXPECT_FALSE(places.enter(client(i, 0)));
  EXPECT_EQ(places.size(), 200U);
  for (std::uint8_t i = 0; i < 200; ++i) places.leave(client(i, 0));
  EXPECT_EQ(places.size(), 0U);
}

TEST(AdmissionControl, ThreadsNeverExceedALimitAndGiveAllBack) {
  AdmissionControl control{limits(20, 6)};
  const auto service = std::make_shared<Places>(10);
  std::atomic<std::uint64_t> most{0};
  std::atomic<std::uint64_t> in_service{0};
  std::atomic<std::uint64_t> admitted_count{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      std::vector<Admission> open;
      for (int i = 0; i < 5000; ++i) {
        Admitted admitted = control.admit(client(static_cast<std::uint8_t>(i % 5)), kNow);
        if (auto* admission = std::get_if<Admission>(&admitted)) {
          ++admitted_count;
          if (!AdmissionControl::enter_service(*admission, service)) ++in_service;
          open.push_back(std::move(*admission));
        }
        most = std::max({most.load(), control.connections(), service->taken() + 10});
        if (open.size() > 7) open.clear();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_LE(most.load(), 20U);
  EXPECT_GT(admitted_count.load(), 1000U);
  EXPECT_GT(in_service.load(), 0U);
  EXPECT_EQ(control.connections(), 0U);
  EXPECT_EQ(service->taken(), 0U);
  // All clients' places are free again.
  std::vector<Admitted> six;
  for (int i = 0; i < 6; ++i) six.push_back(control.admit(client(1), kNow));
  EXPECT_TRUE(std::holds_alternative<Admission>(six.back()));
}

}  // namespace
}  // namespace proxy
