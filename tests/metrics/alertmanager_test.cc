#include "metrics/alertmanager.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <mutex>
#include <nlohmann/json.hpp>
#include <thread>

#include "tests/metrics/ended_connection.h"

namespace metrics {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using testing::HasSubstr;

// Answers every POST with the next of its statuses, the last for ever; keeps what it was sent.
class FakeAlertmanager {
 public:
  explicit FakeAlertmanager(std::vector<int> statuses) : statuses_(std::move(statuses)) {
    listening_ = socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    bind(listening_, reinterpret_cast<sockaddr*>(&address), sizeof(address));
    socklen_t size = sizeof(address);
    getsockname(listening_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    listen(listening_, 16);
    thread_ = std::thread([this] { serve(); });
  }
  ~FakeAlertmanager() {
    shutdown(listening_, SHUT_RDWR);
    thread_.join();
    close(listening_);
  }

  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }

  // The requests, once there are so many, or after ten seconds.
  std::vector<std::string> requests(std::size_t count) {
    for (int i = 0; i < 1000; ++i) {
      {
        const std::scoped_lock lock(mutex_);
        if (requests_.size() >= count) return requests_;
      }
      std::this_thread::sleep_for(10ms);
    }
    const std::scoped_lock lock(mutex_);
    return requests_;
  }

 private:
  void serve() {
    for (int connection = accept(listening_, nullptr, nullptr); connection >= 0;
         connection = accept(listening_, nullptr, nullptr)) {
      answer(connection);
      close(connection);
    }
  }

  void answer(int connection) {
    std::string request;
    std::array<char, 4096> buffer{};
    while (!is_whole(request)) {
      const ssize_t got = read(connection, buffer.data(), buffer.size());
      if (got <= 0) return;
      request.append(buffer.data(), static_cast<std::size_t>(got));
    }
    const std::scoped_lock lock(mutex_);
    const int status = statuses_[std::min(requests_.size(), statuses_.size() - 1)];
    const std::string response =
        "HTTP/1.1 " + std::to_string(status) + " Said\r\nContent-Length: 0\r\n\r\n";
    if (write(connection, response.data(), response.size()) > 0) requests_.push_back(request);
  }

  static bool is_whole(const std::string& request) {
    const std::size_t head = request.find("\r\n\r\n");
    const std::size_t length = request.find("Content-Length: ");
    return head != std::string::npos && length < head &&
           request.size() >= head + 4 + std::stoul(request.substr(length + 16));
  }

  std::vector<int> statuses_;
  int listening_ = -1;
  std::uint16_t port_ = 0;
  std::mutex mutex_;
  std::vector<std::string> requests_;
  std::thread thread_;
};

RaisedAlert raised(AlertState from, AlertState to, websocket::Time at) {
  return {.alert = config::Alert::mass_disconnect,
          .service = "chat",
          .from = from,
          .to = to,
          .at = at,
          .numbers = "200 of 200",
          .why = "fin by server 200"};
}

json body_of(const std::string& request) {
  return json::parse(request.substr(request.find("\r\n\r\n") + 4));
}

class AlertmanagerTest : public testing::Test {
 protected:
  static config::AlertmanagerOptions options(const std::vector<std::string>& urls) {
    config::AlertmanagerOptions options;
    options.urls = urls;
    options.labels = {{"cluster", "blue"}};
    options.timeout = 2s;
    return options;
  }
  AlertmanagerClient::Complain complain() {
    return [this](const std::string& sentence) {
      const std::scoped_lock lock(mutex_);
      complaints_.push_back(sentence);
    };
  }
  std::vector<std::string> complaints() {
    for (int i = 0; i < 2000; ++i) {
      {
        const std::scoped_lock lock(mutex_);
        if (!complaints_.empty()) return complaints_;
      }
      std::this_thread::sleep_for(10ms);
    }
    return {};
  }

  std::mutex mutex_;
  std::vector<std::string> complaints_;
  const websocket::Time noon_ = test::kNoon;
  const RaisedAlert firing_ = raised(AlertState::inactive, AlertState::firing, noon_);
};

TEST_F(AlertmanagerTest, AnAlertIsPostedAndResolved) {
  FakeAlertmanager server({200});
  AlertmanagerClient client{options({server.url() + "/prefix"}), {{"job", "proxy"}}, complain()};
  client.tell({firing_}, {firing_}, noon_);
  const auto first = server.requests(1);
  ASSERT_EQ(first.size(), 1U);
  EXPECT_THAT(first[0], testing::StartsWith("POST /prefix/api/v2/alerts HTTP/1.1\r\n"));
  const json alert = body_of(first[0]).at(0);
  EXPECT_EQ(alert.at("labels"), (json{{"alertname", "WebSocketMassDisconnect"},
                                      {"service", "chat"},
                                      {"severity", "critical"},
                                      {"cluster", "blue"},
                                      {"job", "proxy"}}));
  EXPECT_EQ(alert.at("annotations").at("description"), "200 of 200: fin by server 200");
  EXPECT_EQ(alert.at("startsAt"), "2026-11-22T12:00:00.000000Z");
  EXPECT_EQ(alert.at("endsAt"), "2026-11-22T12:04:00.000000Z");
  client.tell({raised(AlertState::firing, AlertState::inactive, noon_ + 10s)}, {}, noon_ + 10s);
  const auto second = server.requests(2);
  ASSERT_EQ(second.size(), 2U);
  EXPECT_EQ(body_of(second[1]).at(0).at("endsAt"), "2026-11-22T12:00:10.000000Z");
}

TEST_F(AlertmanagerTest, WhatFiresIsSentAgainEveryMinuteAndNotInBetween) {
  FakeAlertmanager server({200});
  AlertmanagerClient client{options({server.url()}), {}, complain()};
  for (std::size_t i = 0; i <= 8; ++i) {
    client.tell({}, {firing_}, noon_ + static_cast<int>(i) * 15s);
    EXPECT_EQ(server.requests(i / 4 + 1).size(), i / 4 + 1);  // at 0, 60 and 120 s
  }
}

TEST_F(AlertmanagerTest, AFailureIsTriedAgain) {
  FakeAlertmanager server({503, 429, 200});
  AlertmanagerClient client{options({server.url()}), {}, complain()};
  client.tell({firing_}, {firing_}, noon_);
  EXPECT_EQ(server.requests(3).size(), 3U);
  EXPECT_TRUE(complaints_.empty());
}

TEST_F(AlertmanagerTest, ARefusalIsNot) {
  FakeAlertmanager server({400});
  AlertmanagerClient client{options({server.url()}), {}, complain()};
  client.tell({firing_}, {firing_}, noon_);
  ASSERT_EQ(complaints().size(), 1U);
  EXPECT_THAT(complaints_[0], HasSubstr("did not take 1 alerts: status 400"));
  Families families;
  client.collect(families);
  EXPECT_EQ(families[0].metric[0].counter.value, 0);
  EXPECT_EQ(families[1].metric[0].counter.value, 1);
}

TEST_F(AlertmanagerTest, OneThatIsGoneDelaysNoOther) {
  FakeAlertmanager server({200});
  AlertmanagerClient client{options({"http://127.0.0.1:1", server.url()}), {}, complain()};
  client.tell({firing_}, {firing_}, noon_);
  EXPECT_EQ(server.requests(1).size(), 1U);
  ASSERT_EQ(complaints().size(), 1U);
  EXPECT_THAT(complaints_[0], HasSubstr("127.0.0.1:1 did not take 1 alerts: Connection refused"));
}

TEST_F(AlertmanagerTest, TheQueueIsBounded) {
  config::AlertmanagerOptions few = options({"http://127.0.0.1:1"});
  few.queue = 10;
  AlertmanagerClient client{few, {}, complain()};
  const std::vector<RaisedAlert> many(1000, firing_);
  client.tell({}, many, noon_);
  Families families;
  client.collect(families);
  EXPECT_GE(families[1].metric[0].counter.value, 900);
}

TEST_F(AlertmanagerTest, APasswordThatCannotBeReadIsOneSentence) {
  config::AlertmanagerOptions secret = options({"http://127.0.0.1:1"});
  secret.username = "me";
  secret.password_file = "/nowhere/password";
  EXPECT_THAT(
      [&] { AlertmanagerClient(secret, {}, complain()); },
      testing::ThrowsMessage<std::runtime_error>("cannot read a password from /nowhere/password"));
}

}  // namespace
}  // namespace metrics
