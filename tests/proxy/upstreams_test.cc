#include "proxy/upstreams.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <thread>
#include <vector>

#include "proxy/balance_key.h"

namespace proxy {
namespace {

using testing::ElementsAre;
using testing::UnorderedElementsAre;

constexpr websocket::Time kNow{std::chrono::seconds{1'000'000}};

ServiceOptions options_with(Balance balance, std::uint16_t upstreams) {
  ServiceOptions options;
  options.balance = balance;
  for (std::uint16_t i = 0; i < upstreams; ++i) {
    options.upstreams.push_back({.host = "10.0.0.1", .port = static_cast<std::uint16_t>(9000 + i)});
  }
  return options;
}

std::vector<std::size_t> picks(const UpstreamSet& set, int count, websocket::Time now = kNow) {
  std::vector<std::size_t> indices;
  for (int i = 0; i < count; ++i) indices.push_back(set.pick(0, {}, now)->index);
  return indices;
}

// The order in which one request tries them.
std::vector<std::size_t> attempts(const UpstreamSet& set, std::uint64_t key,
                                  websocket::Time now = kNow) {
  std::vector<std::size_t> tried;
  while (const auto choice = set.pick(key, tried, now)) tried.push_back(choice->index);
  return tried;
}

void fail(const UpstreamSet& set, std::size_t index, int times, websocket::Time now = kNow) {
  for (int i = 0; i < times; ++i) set.failed(index, now);
}

TEST(UpstreamSet, RoundRobinGoesRound) {
  const UpstreamSet set{options_with(Balance::round_robin, 3)};
  EXPECT_THAT(picks(set, 7), ElementsAre(0, 1, 2, 0, 1, 2, 0));
}

TEST(UpstreamSet, RoundRobinSharesThePausedOnesTurnsEqually) {
  const UpstreamSet set{options_with(Balance::round_robin, 3)};
  fail(set, 1, 3);
  std::map<std::size_t, int> count;
  for (const std::size_t index : picks(set, 100)) ++count[index];
  EXPECT_THAT(count, UnorderedElementsAre(testing::Pair(0, 50), testing::Pair(2, 50)));
}

TEST(UpstreamSet, EveryAttemptGoesToAnotherOneUntilNoneIsLeft) {
  for (const Balance balance :
       {Balance::round_robin, Balance::least_connections, Balance::consistent_hash}) {
    const UpstreamSet set{options_with(balance, 5)};
    EXPECT_THAT(attempts(set, 77), UnorderedElementsAre(0, 1, 2, 3, 4));
  }
  EXPECT_FALSE(UpstreamSet{options_with(Balance::round_robin, 0)}.pick(0, {}, kNow));
}

TEST(UpstreamSet, LeastConnectionsCountsWhatIsOpenAndWhatIsBeingOpened) {
  const UpstreamSet set{options_with(Balance::least_connections, 3)};
  std::vector<UpstreamSet::Choice> open;
  for (int i = 0; i < 9; ++i) open.push_back(*set.pick(0, {}, kNow));
  for (std::size_t index = 0; index < 3; ++index) {
    EXPECT_EQ(set.status(index, kNow).connections, 3U);
  }
  for (auto& choice : open) {
    if (choice.index == 1) choice.place.leave();
  }
  for (int i = 0; i < 3; ++i) {
    open.push_back(*set.pick(0, {}, kNow));
    EXPECT_EQ(open.back().index, 1U);
  }
  open.clear();
  for (std::size_t index = 0; index < 3; ++index) {
    EXPECT_EQ(set.status(index, kNow).connections, 0U);
  }
}

TEST(UpstreamSet, LeastConnectionsGoesRoundWhereAllAreIdle) {
  const UpstreamSet set{options_with(Balance::least_connections, 3)};
  EXPECT_THAT(picks(set, 6), ElementsAre(0, 1, 2, 0, 1, 2));
}

TEST(UpstreamSet, APlaceMovesAndIsGivenBackOnce) {
  const UpstreamSet set{options_with(Balance::least_connections, 1)};
  const auto connections = [&] { return set.status(0, kNow).connections; };
  UpstreamPlace first = std::move(set.pick(0, {}, kNow)->place);
  UpstreamPlace second = std::move(set.pick(0, {}, kNow)->place);
  EXPECT_EQ(connections(), 2U);
  first = std::move(second);
  EXPECT_EQ(connections(), 1U);
  first.leave();
  first.leave();
  EXPECT_EQ(connections(), 0U);
}

TEST(UpstreamSet, HashSendsAKeyToOneAndKeysToAllEqually) {
  const UpstreamSet set{options_with(Balance::consistent_hash, 5)};
  std::map<std::size_t, int> count;
  for (int i = 0; i < 10'000; ++i) {
    const std::uint64_t key = stable_hash("user-" + std::to_string(i));
    const std::size_t index = set.pick(key, {}, kNow)->index;
    EXPECT_EQ(set.pick(key, {}, kNow)->index, index);
    ++count[index];
  }
  for (std::size_t index = 0; index < 5; ++index) EXPECT_NEAR(count[index], 2000, 200);
}

TEST(UpstreamSet, HashMovesOnlyTheKeysOfTheOneThatGoes) {
  ServiceOptions options = options_with(Balance::consistent_hash, 5);
  const UpstreamSet before{options};
  fail(before, 2, 3);
  ServiceOptions fewer = options;
  fewer.upstreams.erase(fewer.upstreams.begin() + 2);
  const UpstreamSet after{fewer};
  const UpstreamSet whole{options};
  std::map<std::size_t, int> moved_to;
  for (int i = 0; i < 5000; ++i) {
    const std::uint64_t key = stable_hash(std::to_string(i));
    const auto was = *whole.pick(key, {}, kNow);
    const auto paused = *before.pick(key, {}, kNow);
    EXPECT_EQ(paused.address, after.pick(key, {}, kNow)->address);
    if (was.index == 2) {
      ++moved_to[paused.index];
      EXPECT_EQ(attempts(whole, key)[1], paused.index);
    } else {
      EXPECT_EQ(paused.index, was.index);
    }
  }
  EXPECT_EQ(moved_to.size(), 4U);
  for (const auto& [index, count] : moved_to) EXPECT_NEAR(count, 250, 80) << index;
}

TEST(UpstreamSet, HashAgreesWhateverTheOrder) {
  ServiceOptions options = options_with(Balance::consistent_hash, 4);
  const UpstreamSet one{options};
  std::ranges::reverse(options.upstreams);
  const UpstreamSet other{options};
  for (std::uint64_t key = 0; key < 500; ++key) {
    EXPECT_EQ(one.pick(key, {}, kNow)->address, other.pick(key, {}, kNow)->address);
  }
}

TEST(UpstreamSet, FailuresInARowPause) {
  ServiceOptions options = options_with(Balance::round_robin, 2);
  options.passive_health_check = {.failures = 3, .pause = std::chrono::seconds{10}};
  const UpstreamSet set{options};
  fail(set, 0, 2);
  set.succeeded(0);
  fail(set, 0, 2);
  EXPECT_FALSE(set.status(0, kNow).paused);
  fail(set, 0, 1);
  EXPECT_TRUE(set.status(0, kNow).paused);
  EXPECT_THAT(picks(set, 3), ElementsAre(1, 1, 1));

  const websocket::Time later = kNow + std::chrono::seconds{10};
  EXPECT_THAT(picks(set, 2, later), UnorderedElementsAre(0, 1));
  set.failed(0, later);  // one more is enough
  EXPECT_TRUE(set.status(0, later).paused);
  set.succeeded(0);
  EXPECT_FALSE(set.status(0, later).paused);
}

TEST(UpstreamSet, NoPauseWithoutPassiveChecks) {
  ServiceOptions options = options_with(Balance::round_robin, 2);
  options.passive_health_check.failures = 0;
  const UpstreamSet set{options};
  fail(set, 0, 100);
  EXPECT_THAT(picks(set, 2), ElementsAre(0, 1));
}

TEST(UpstreamSet, IfAllAreUnhealthyAllAreTried) {
  ServiceOptions options = options_with(Balance::round_robin, 3);
  options.health_check.enabled = true;
  options.health_check.unhealthy_after = 1;
  const UpstreamSet set{options};
  set.checked(0, false);
  fail(set, 1, 3);
  EXPECT_THAT(attempts(set, 0), ElementsAre(2, testing::AnyOf(0, 1), testing::AnyOf(0, 1)));
  set.checked(2, false);
  EXPECT_THAT(picks(set, 30), testing::IsSupersetOf({0, 1, 2}));
  EXPECT_THAT(attempts(set, 0), UnorderedElementsAre(0, 1, 2));
}

TEST(UpstreamSet, ActiveChecksCountInARow) {
  ServiceOptions options = options_with(Balance::round_robin, 2);
  options.health_check.enabled = true;
  options.health_check.unhealthy_after = 3;
  options.health_check.healthy_after = 2;
  const UpstreamSet set{options};
  const auto healthy_after = [&](std::vector<bool> results) {
    for (const bool result : results) set.checked(0, result);
    return set.status(0, kNow).healthy;
  };
  EXPECT_TRUE(healthy_after({false, false, true, false, false}));
  EXPECT_FALSE(healthy_after({false}));
  EXPECT_THAT(picks(set, 2), ElementsAre(1, 1));
  EXPECT_FALSE(healthy_after({true, false, true}));
  EXPECT_TRUE(healthy_after({true}));
}

TEST(UpstreamSet, StateOfWhatStaysSurvivesAReload) {
  ServiceOptions options = options_with(Balance::round_robin, 3);
  options.health_check.enabled = true;
  options.health_check.unhealthy_after = 1;
  auto before = std::make_unique<UpstreamSet>(options);
  const auto open = before->pick(0, {}, kNow);
  ASSERT_EQ(open->index, 0U);
  fail(*before, 1, 3);
  before->checked(2, false);

  std::ranges::reverse(options.upstreams);
  options.upstreams.push_back({.host = "10.0.0.9", .port = 1});
  const UpstreamSet after{options, before.get()};
  before.reset();
  EXPECT_FALSE(after.status(0, kNow).healthy);
  EXPECT_TRUE(after.status(1, kNow).paused);
  EXPECT_EQ(after.status(2, kNow).connections, 1U);
  EXPECT_TRUE(after.status(3, kNow).healthy);
  EXPECT_EQ(after.status(3, kNow).connections, 0U);

  options.health_check.enabled = false;
  const UpstreamSet without_checks{options, &after};
  EXPECT_TRUE(without_checks.status(0, kNow).healthy);
}

TEST(UpstreamSet, ThreadsLoseNoCount) {
  for (const Balance balance : {Balance::round_robin, Balance::least_connections}) {
    const UpstreamSet set{options_with(balance, 3)};
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&] {
        std::vector<UpstreamSet::Choice> open;
        for (int i = 0; i < 3000; ++i) {
          open.push_back(*set.pick(0, {}, kNow));
          set.failed(open.back().index, kNow);
          set.succeeded(open.back().index);
          if (open.size() > 20) open.clear();
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
    for (std::size_t index = 0; index < 3; ++index) {
      EXPECT_EQ(set.status(index, kNow).connections, 0U);
    }
  }
}

}  // namespace
}  // namespace proxy
