#include "metrics/mass_closures.h"

#include <gtest/gtest.h>

#include <chrono>

namespace metrics {
namespace {

using namespace std::chrono_literals;

constexpr websocket::Time kStart{1h};

class MassClosuresTest : public testing::Test {
 protected:
  void end_connections(int count, websocket::Time first, websocket::Duration apart) {
    for (int i = 0; i < count; ++i) closures_.abnormal_end(first + i * apart);
  }
  MassClosures closures_{MassClosureThreshold{}};  // 20 within 10 s
};

TEST_F(MassClosuresTest, NineteenEndsAreNoIncident) {
  end_connections(19, kStart, 1ms);
  EXPECT_EQ(closures_.incidents(), 0U);
}

TEST_F(MassClosuresTest, TwentyWithinTenSecondsAreOne) {
  end_connections(20, kStart, 0s);
  EXPECT_EQ(closures_.incidents(), 1U);
}

TEST_F(MassClosuresTest, ManyAtOnceAreStillOne) {
  end_connections(5000, kStart, 1ms);
  EXPECT_EQ(closures_.incidents(), 1U);
}

TEST_F(MassClosuresTest, ASteadyTrickleIsNone) {
  end_connections(1000, kStart, 600ms);  // twenty take 11.4 s
  EXPECT_EQ(closures_.incidents(), 0U);
}

TEST_F(MassClosuresTest, TheTimeCountsToTheNanosecond) {
  end_connections(19, kStart, 0s);
  closures_.abnormal_end(kStart + 10s + 1ns);
  EXPECT_EQ(closures_.incidents(), 0U);
  MassClosures exact{MassClosureThreshold{}};
  for (int i = 0; i < 19; ++i) exact.abnormal_end(kStart);
  exact.abnormal_end(kStart + 10s);
  EXPECT_EQ(exact.incidents(), 1U);
}

TEST_F(MassClosuresTest, AfterAQuietTimeAnotherOneCounts) {
  end_connections(50, kStart, 1ms);
  end_connections(50, kStart + 60s, 1ms);
  EXPECT_EQ(closures_.incidents(), 2U);
}

TEST_F(MassClosuresTest, ReportsOutOfOrderDoNotSplitAnIncident) {
  for (int i = 0; i < 100; ++i) closures_.abnormal_end(kStart + (i % 2 == 0 ? 5s : 1s));
  EXPECT_EQ(closures_.incidents(), 1U);
}

TEST(MassClosures, AThresholdOfOneIsAnIncidentOnce) {
  MassClosures closures({.ends = 1, .within = 0s});
  closures.abnormal_end(kStart);
  EXPECT_EQ(closures.incidents(), 1U);
}

}  // namespace
}  // namespace metrics
