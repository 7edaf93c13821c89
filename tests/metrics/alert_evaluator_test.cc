#include "metrics/alert_evaluator.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>

#include "metrics/alert_rules.h"

namespace metrics {
namespace {

using config::Alert;
using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr websocket::Time kStart{1000h};
constexpr websocket::Duration kStep = 15s;

// One service whose clients come and go as the test says, looked at every 15 seconds.
class AlertsTest : public testing::Test {
 protected:
  explicit AlertsTest(const config::AlertOptions& options = {}) : evaluator_(options, kStart) {
    services_[0].name = "chat";
  }

  AlertCounts& counts() { return services_[0].counts; }
  WhyCounts& why() { return services_[0].why; }

  void open(std::uint64_t connections) {
    counts().opened += connections;
    counts().open += connections;
  }
  void end(std::uint64_t connections, std::uint64_t abnormal) {
    counts().ended += connections;
    counts().abnormal += abnormal;
    counts().open -= connections;
  }
  // Connections that open and end at once.
  void churn(std::uint64_t connections, std::uint64_t abnormal = 0) {
    open(connections);
    end(connections, abnormal);
  }

  // "WebSocketMassDisconnect firing", as it happened.
  std::vector<std::string> wait(websocket::Duration time) {
    std::vector<std::string> changes;
    for (websocket::Duration passed = 0s; passed < time; passed += kStep) {
      now_ += kStep;
      for (RaisedAlert& change : evaluator_.evaluate(now_, services_)) {
        changes.push_back(std::string(name(change.alert)) + ' ' + std::string(name(change.to)));
        last_ = std::move(change);
      }
    }
    return changes;
  }
  // The same with `each` every 15 seconds.
  template <class Each>
  std::vector<std::string> wait(websocket::Duration time, Each each) {
    std::vector<std::string> changes;
    for (websocket::Duration passed = 0s; passed < time; passed += kStep) {
      each();
      for (std::string& change : wait(kStep)) changes.push_back(std::move(change));
    }
    return changes;
  }

  AlertEvaluator evaluator_;
  std::vector<CountedService> services_{1};
  websocket::Time now_ = kStart;
  RaisedAlert last_;
};

TEST_F(AlertsTest, NothingHappensWhereNothingHappens) {
  open(1000);
  EXPECT_THAT(wait(7h), IsEmpty());
}

TEST_F(AlertsTest, AKilledServerIsAMassDisconnectAndResolves) {
  open(200);
  EXPECT_THAT(wait(1min), IsEmpty());
  end(200, 200);
  why().ends[1][static_cast<std::size_t>(websocket::Cause::fin)] = 190;
  why().ends[1][static_cast<std::size_t>(websocket::Cause::reset)] = 10;
  why().idle[2] = 200;
  EXPECT_THAT(wait(kStep), ElementsAre("WebSocketMassDisconnect firing",
                                       "WebSocketAbnormalCloseBurnFast pending",
                                       "WebSocketAbnormalCloseBurnSlow pending"));
  ASSERT_EQ(evaluator_.firing().size(), 1U);
  const RaisedAlert alert = evaluator_.firing().front();
  EXPECT_EQ(alert.service, "chat");
  EXPECT_EQ(alert.numbers, "200 abnormal ends within 5m, 200 connections were seen open (100 %)");
  EXPECT_EQ(alert.why,
            "fin by server 190, reset by server 10; silent for 1 to 5 s before in 200 of 200");
  EXPECT_THAT(wait(9min), ElementsAre("WebSocketAbnormalCloseBurnFast firing"));
  EXPECT_THAT(wait(2min), ElementsAre("WebSocketMassDisconnect inactive",
                                      "WebSocketAbnormalCloseBurnFast inactive"));
  EXPECT_EQ(last_.from, AlertState::firing);
}

TEST_F(AlertsTest, WhatCameAndWentBetweenTwoLooksWasNotSeenOpen) {
  churn(40, 40);
  wait(kStep);
  ASSERT_FALSE(evaluator_.firing().empty());
  EXPECT_EQ(evaluator_.firing().front().numbers,
            "40 abnormal ends within 5m, 0 connections were seen open");
}

TEST_F(AlertsTest, NineteenAreNoMassDisconnect) {
  open(19);
  wait(1min);
  end(19, 19);
  EXPECT_THAT(wait(1h), IsEmpty());
}

TEST_F(AlertsTest, AFewOfManyAreNoMassDisconnect) {
  open(10'000);
  wait(1min);
  end(500, 500);
  churn(100'000);
  EXPECT_THAT(wait(1h), IsEmpty());
  end(501, 501);
  churn(100'000);
  EXPECT_THAT(wait(kStep), ElementsAre("WebSocketMassDisconnect firing"));
}

TEST_F(AlertsTest, ADeployThatSends1012IsNoAlert) {
  open(1000);
  wait(2h, [&] { churn(5); });
  end(1000, 0);
  counts().come_back += 1000;
  wait(2min);
  open(1000);
  EXPECT_THAT(wait(2h, [&] { churn(5); }), IsEmpty());
}

TEST_F(AlertsTest, ServerErrorsFireWhenTheyGoOn) {
  wait(10min, [&] { churn(10); });
  counts().server_errors += 10;
  churn(400);
  EXPECT_THAT(wait(kStep), ElementsAre("WebSocketServerErrors pending"));
  EXPECT_THAT(wait(1min), ElementsAre("WebSocketServerErrors firing"));
  EXPECT_THAT(last_.numbers, testing::StartsWith("10 of "));
  EXPECT_THAT(wait(10min), ElementsAre("WebSocketServerErrors inactive"));
}

TEST_F(AlertsTest, FourServerErrorsAreNoAlert) {
  wait(10min, [&] { churn(10); });
  counts().server_errors += 4;
  EXPECT_THAT(wait(10min), IsEmpty());
}

TEST_F(AlertsTest, OneServerErrorInAHundredIsNoAlert) {
  wait(10min, [&] { churn(200); });
  counts().server_errors += 40;
  EXPECT_THAT(wait(10min, [&] { churn(200); }), IsEmpty());
}

TEST_F(AlertsTest, AFastBurnNeedsBothWindows) {
  open(100'000);
  wait(1h, [&] { churn(10, 4); });  // 40 % of those that end
  EXPECT_EQ(evaluator_.firing().size(), 2U);
  // It stops: the hour is still bad, the last five minutes are not.
  const auto after = wait(20min, [&] { churn(10); });
  EXPECT_THAT(after, ElementsAre("WebSocketAbnormalCloseBurnFast inactive"));
}

TEST_F(AlertsTest, ASlowBurnIsAWarning) {
  open(100'000);
  EXPECT_THAT(wait(20min, [&] { churn(20, 3); }),  // 15 %: above 12 %, below 28.8 %
              ElementsAre("WebSocketAbnormalCloseBurnSlow pending",
                          "WebSocketAbnormalCloseBurnSlow firing"));
  EXPECT_EQ(severity(last_.alert), "warning");
}

TEST_F(AlertsTest, AMobileNetworksFloorIsNoBurn) {
  open(100'000);
  EXPECT_THAT(wait(7h, [&] { churn(20, 2); }), IsEmpty());
}

TEST_F(AlertsTest, AReconnectStormIsFiveTimesTheHourBefore) {
  wait(70min, [&] { churn(10); });  // 200 in five minutes
  churn(700);
  EXPECT_THAT(wait(2min, [&] { churn(5); }), IsEmpty());
  churn(400);
  EXPECT_THAT(wait(75s),
              ElementsAre("WebSocketReconnectStorm pending", "WebSocketReconnectStorm firing"));
  EXPECT_THAT(last_.numbers, testing::HasSubstr("200 are usual"));
}

TEST_F(AlertsTest, WhatIsUsualIsNotKnownInTheFirstHour) {
  wait(30min, [&] { churn(1); });
  churn(5000);
  EXPECT_THAT(wait(5min), IsEmpty());
}

TEST_F(AlertsTest, NinetyNineReconnectsAreNoStorm) {
  wait(2h);
  churn(99);
  EXPECT_THAT(wait(10min), IsEmpty());
}

TEST_F(AlertsTest, FailedHandshakesFireWithTheirResults) {
  wait(10min, [&] { churn(10); });
  counts().failed_handshakes += 100;
  why().handshakes[static_cast<std::size_t>(websocket::HandshakeResult::rejected_503)] = 90;
  why().handshakes[static_cast<std::size_t>(websocket::HandshakeResult::timeout)] = 10;
  EXPECT_THAT(wait(6min, [&] { churn(10); }),
              ElementsAre("WebSocketOpeningHandshakeFailures pending",
                          "WebSocketOpeningHandshakeFailures firing"));
  EXPECT_EQ(last_.why, "rejected_503 90, timeout 10");
}

TEST_F(AlertsTest, NineteenFailedHandshakesAreNoAlert) {
  counts().failed_handshakes += 19;
  EXPECT_THAT(wait(20min), IsEmpty());
}

TEST_F(AlertsTest, UnansweredClosesFire) {
  wait(10min, [&] { churn(1); });
  churn(60);
  counts().unanswered += 30;
  why().ends[0][static_cast<std::size_t>(websocket::Cause::unanswered_close)] = 30;
  EXPECT_THAT(wait(6min), ElementsAre("WebSocketClosingHandshakesUnanswered pending",
                                      "WebSocketClosingHandshakesUnanswered firing"));
  EXPECT_EQ(last_.why, "unanswered_close by client 30");
}

TEST_F(AlertsTest, OneIncidentIsAMassClosure) {
  wait(10min);
  ++counts().mass_closures;
  EXPECT_THAT(wait(kStep), ElementsAre("WebSocketMassClosure firing"));
  EXPECT_EQ(last_.numbers, "1 incident within 5m");
  EXPECT_THAT(wait(11min), ElementsAre("WebSocketMassClosure inactive"));
}

TEST_F(AlertsTest, WhatIsPendingForTooShortNeverFires) {
  counts().failed_handshakes += 30;
  EXPECT_THAT(wait(kStep), ElementsAre("WebSocketOpeningHandshakeFailures pending"));
  churn(1000);
  EXPECT_THAT(wait(20min), ElementsAre("WebSocketOpeningHandshakeFailures inactive"));
  EXPECT_EQ(last_.from, AlertState::pending);
}

TEST_F(AlertsTest, AnAlertThatIsTurnedOffEnds) {
  open(200);
  end(200, 200);
  wait(kStep);
  ASSERT_EQ(evaluator_.firing().size(), 1U);
  config::AlertOptions options;
  options.enabled = false;
  evaluator_.configure(options);
  EXPECT_THAT(wait(kStep), testing::Contains("WebSocketMassDisconnect inactive"));
  EXPECT_THAT(evaluator_.firing(), IsEmpty());
}

TEST_F(AlertsTest, AServiceThatAppearsLaterHasItsOwn) {
  open(1000);
  wait(1h);
  services_.push_back({.name = "api", .counts = {}, .why = {}});
  services_[1].counts = {.opened = 40, .ended = 40, .abnormal = 40};
  EXPECT_THAT(wait(kStep), testing::Contains("WebSocketMassDisconnect firing"));
  EXPECT_EQ(evaluator_.firing().front().service, "api");
}

TEST_F(AlertsTest, EveryStateIsExported) {
  open(200);
  end(200, 200);
  wait(kStep);
  Families families;
  evaluator_.collect(families);
  ASSERT_EQ(families.size(), 2U);
  EXPECT_EQ(families[0].metric.size(), config::kAlertCount);
  EXPECT_EQ(families[1].metric.size(), config::kAlertCount * 3);
  EXPECT_EQ(families[0].metric[0].gauge.value, 1);
  EXPECT_EQ(families[1].metric[2].counter.value, 1);  // to firing
}

class AlertsOfServicesTest : public AlertsTest {
 protected:
  static config::AlertOptions options() {
    config::AlertOptions options;
    config::AlertThresholds of_chat = options.thresholds;
    of_chat[static_cast<std::size_t>(Alert::mass_disconnect)].share = 0.5;
    options.services.emplace_back("chat", of_chat);
    return options;
  }
  AlertsOfServicesTest() : AlertsTest(options()) {}
};

TEST_F(AlertsOfServicesTest, AServiceHasItsOwnThresholds) {
  open(100);
  wait(1min);
  end(50, 50);
  EXPECT_THAT(wait(kStep), testing::Not(testing::Contains("WebSocketMassDisconnect firing")));
  end(1, 1);
  EXPECT_THAT(wait(kStep), testing::Contains("WebSocketMassDisconnect firing"));
}

}  // namespace
}  // namespace metrics
