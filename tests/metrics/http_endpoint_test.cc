#include "metrics/http_endpoint.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <stdexcept>
#include <thread>
#include <vector>

#include "tests/metrics/exposition_reader.h"
#include "tests/metrics/gunzip.h"
#include "tests/metrics/http_client.h"

namespace metrics {
namespace {

using std::chrono::steady_clock;
using test::HttpClient;
using test::HttpResponse;
using namespace std::chrono_literals;

class HttpEndpointTest : public testing::Test {
 protected:
  HttpEndpointTest() {
    exporter_.add(thread_);
    listen("127.0.0.1:0", {});
  }

  void listen(std::string_view address, const HttpEndpoint::Limits& limits) {
    endpoint_.reset();
    endpoint_ = std::make_unique<HttpEndpoint>(
        pages_, config::parse_listen_address(address).value(), limits);
    endpoint_->serve();
  }

  HttpClient connect() const { return HttpClient(endpoint_->address()); }

  HttpResponse ask(const std::string& method, const std::string& target,
                   const std::string& fields = "") const {
    const HttpClient client = connect();
    client.send(method + " " + target + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n" + fields +
                "\r\n");
    return HttpResponse(client.read_to_end());
  }

  Services services_{{"default"}};
  ConnectionMetrics thread_{services_};
  CodeProfiles profiles_;
  Exporter exporter_{{"1.2.3", "abc", "capture"}, services_, profiles_};
  ScrapePages pages_{exporter_};
  std::unique_ptr<HttpEndpoint> endpoint_;
};

TEST_F(HttpEndpointTest, Metrics) {
  thread_.connection_opened(0);
  const HttpResponse response = ask("GET", "/metrics");
  EXPECT_TRUE(response.has_status(200)) << response.head;
  EXPECT_TRUE(response.has_field("Content-Type: text/plain; version=0.0.4; charset=utf-8"));
  EXPECT_TRUE(response.has_field("Content-Length: " + std::to_string(response.body.size())));
  EXPECT_EQ(
      test::Exposition(response.body).find("websocket_open_connections", {{"service", "default"}}),
      1);
}

TEST_F(HttpEndpointTest, MetricsWithAQuery) {
  EXPECT_TRUE(ask("GET", "/metrics?name=x").has_status(200));
}

TEST_F(HttpEndpointTest, HeadIsGetWithoutTheBody) {
  const HttpResponse response = ask("HEAD", "/-/healthy");
  EXPECT_TRUE(response.has_status(200)) << response.head;
  EXPECT_EQ(response.body, "");
  EXPECT_TRUE(
      response.has_field("Content-Length: " + std::to_string(ask("GET", "/-/healthy").body.size())))
      << response.head;
}

TEST_F(HttpEndpointTest, ReadyOnceItIs) {
  EXPECT_TRUE(ask("GET", "/-/ready").has_status(503));
  pages_.set_ready(true);
  EXPECT_TRUE(ask("GET", "/-/ready").has_status(200));
}

TEST_F(HttpEndpointTest, OtherPathsAndMethodsAreRefused) {
  EXPECT_TRUE(ask("GET", "/metric").has_status(404));
  EXPECT_TRUE(ask("GET", "/metrics/").has_status(404));
  EXPECT_TRUE(ask("GET", "/../etc/passwd").has_status(404));
  for (const char* method : {"PUT", "DELETE", "OPTIONS", "TRACE", "FROBNICATE"}) {
    const HttpResponse response = ask(method, "/metrics");
    EXPECT_TRUE(response.has_status(405)) << method << response.head;
    EXPECT_TRUE(response.has_field("Allow: GET, HEAD"));
  }
}

TEST_F(HttpEndpointTest, GzipIfAccepted) {
  const HttpResponse response = ask("GET", "/metrics", "Accept-Encoding: gzip\r\n");
  EXPECT_TRUE(response.has_field("Content-Encoding: gzip")) << response.head;
  const test::Exposition exposition(test::gunzip(response.body));
  EXPECT_EQ(exposition.find("websocket_open_connections", {{"service", "default"}}), 0);
}

TEST_F(HttpEndpointTest, OpenMetricsIfAskedFor) {
  const HttpResponse response = ask("GET", "/metrics", "Accept: application/openmetrics-text\r\n");
  EXPECT_TRUE(response.has_field(
      "Content-Type: application/openmetrics-text; version=1.0.0; charset=utf-8"))
      << response.head;
  EXPECT_TRUE(response.body.ends_with("# EOF\n"));
}

TEST_F(HttpEndpointTest, TheStatusPageLoadsNothingFromElsewhere) {
  const HttpResponse page = ask("GET", "/");
  EXPECT_TRUE(page.has_status(200));
  EXPECT_NE(page.head.find("\r\nContent-Security-Policy: default-src 'none'; style-src 'self';"),
            std::string::npos);
  EXPECT_NE(page.body.find("Abnormal Closure"), std::string::npos);
  EXPECT_EQ(page.body.find("http"), std::string::npos);
  EXPECT_EQ(page.body.find("<script"), std::string::npos);
  EXPECT_TRUE(ask("GET", "/status.css").has_field("Content-Type: text/css; charset=utf-8"));
}

TEST_F(HttpEndpointTest, AConnectionIsKeptForTheNextRequest) {
  const HttpClient client = connect();
  for (int i = 0; i < 3; ++i) {
    client.send("GET /-/healthy HTTP/1.1\r\nHost: x\r\n\r\n");
    EXPECT_TRUE(HttpResponse(client.read_through("healthy.\n")).has_status(200));
  }
}

TEST_F(HttpEndpointTest, RequestsInOneSegmentAreAnsweredInOrder) {
  const HttpClient client = connect();
  client.send(
      "GET /-/healthy HTTP/1.1\r\nHost: x\r\n\r\n"
      "HEAD /-/healthy HTTP/1.1\r\nHost: x\r\n\r\n"
      "GET /none HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  const std::string all = client.read_to_end();
  const std::size_t first = all.find("HTTP/1.1 200 OK");
  const std::size_t second = all.find("HTTP/1.1 200 OK", first + 1);
  const std::size_t third = all.find("HTTP/1.1 404 Not Found");
  EXPECT_EQ(first, 0U);
  EXPECT_LT(second, third);
  EXPECT_NE(third, std::string::npos) << all;
}

TEST_F(HttpEndpointTest, ARequestByteByByte) {
  const HttpClient client = connect();
  for (const char byte : std::string("GET /-/healthy HTTP/1.0\r\n\r\n")) client.send({&byte, 1});
  EXPECT_TRUE(HttpResponse(client.read_to_end()).has_status(200));
}

TEST_F(HttpEndpointTest, WhatIsNoRequestIsRefused) {
  for (const char* bytes :
       {"nonsense\r\n\r\n", "GET / HTTP/9.9\r\n\r\n", "\x16\x03\x01\x02\x00\x01\r\n\r\n",
        "GET /metrics HTTP/1.1\r\nContent-Length: 5\r\n\r\nhello"}) {
    const HttpClient client = connect();
    client.send(bytes);
    client.send("\r\n\r\n");
    EXPECT_TRUE(HttpResponse(client.read_through("\r\n\r\n")).has_status(400)) << bytes;
  }
}

TEST_F(HttpEndpointTest, AHeaderBeyondTheLimitIsRefused) {
  const HttpClient fits = connect();
  fits.send("GET / HTTP/1.1\r\nConnection: close\r\nX: " + std::string(7000, 'x') + "\r\n\r\n");
  EXPECT_TRUE(HttpResponse(fits.read_to_end()).has_status(200));
  const HttpClient exceeds = connect();
  exceeds.send("GET / HTTP/1.1\r\nX: " + std::string(20000, 'x') + "\r\n\r\n");
  EXPECT_TRUE(HttpResponse(exceeds.read_through("\r\n\r\n")).has_status(431));
}

TEST_F(HttpEndpointTest, ASlowHeaderIsCutAtTheDeadline) {
  listen("127.0.0.1:0", {.request = 300ms});
  const HttpClient client = connect();
  const auto start = steady_clock::now();
  client.send("GET /metrics HTTP/1.1\r\nX: ");
  EXPECT_EQ(client.read_to_end(), "");
  EXPECT_GE(steady_clock::now() - start, 250ms);
  EXPECT_LT(steady_clock::now() - start, 5s);
}

TEST_F(HttpEndpointTest, TricklingBytesDoNotMoveTheDeadline) {
  listen("127.0.0.1:0", {.request = 300ms});
  const HttpClient client = connect();
  const auto start = steady_clock::now();
  std::atomic<bool> cut{false};
  std::thread trickle([&client, &cut, start] {
    while (!cut && steady_clock::now() - start < 8s) {
      client.send("x");
      std::this_thread::sleep_for(20ms);
    }
  });
  EXPECT_EQ(client.read_to_end(), "");
  EXPECT_LT(steady_clock::now() - start, 5s);
  cut = true;
  trickle.join();
}

TEST_F(HttpEndpointTest, ManyIdleConnectionsKeepNobodyWaiting) {
  std::vector<HttpClient> idle;
  for (int i = 0; i < 300; ++i) {
    idle.push_back(connect());
    if (i % 2 == 0) idle.back().send("GET /metrics HTTP/1.1\r\n");
  }
  const auto start = steady_clock::now();
  EXPECT_TRUE(ask("GET", "/metrics").has_status(200));
  EXPECT_LT(steady_clock::now() - start, 5s);
}

TEST_F(HttpEndpointTest, TheConnectionThatIsSilentLongestMakesRoom) {
  listen("127.0.0.1:0", {.connections = 2});
  const std::string request = "GET /-/healthy HTTP/1.1\r\nHost: x\r\n\r\n";
  const HttpClient active = connect();
  active.send(request);
  active.read_through("healthy.\n");
  const HttpClient silent = connect();
  silent.send(request);
  silent.read_through("healthy.\n");
  active.send(request);
  active.read_through("healthy.\n");
  const HttpClient third = connect();
  EXPECT_EQ(silent.read_to_end(), "");
  active.send(request);
  EXPECT_TRUE(HttpResponse(active.read_through("healthy.\n")).has_status(200));
  third.send(request);
  EXPECT_TRUE(HttpResponse(third.read_through("healthy.\n")).has_status(200));
}

TEST_F(HttpEndpointTest, AnIdleConnectionIsClosedInTheEnd) {
  listen("127.0.0.1:0", {.idle = 200ms});
  const HttpClient client = connect();
  client.send("GET /-/healthy HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_TRUE(client.read_to_end().ends_with("healthy.\n"));
}

TEST_F(HttpEndpointTest, IPv6) {
  try {
    listen("[::1]:0", {});
  } catch (const std::runtime_error& error) {
    GTEST_SKIP() << "This machine has no IPv6: " << error.what();
  }
  EXPECT_TRUE(ask("GET", "/-/healthy").has_status(200));
}

TEST_F(HttpEndpointTest, EveryAddress) {
  listen(":0", {});
  const HttpClient v4(config::ListenAddress{"127.0.0.1", endpoint_->address().port});
  v4.send("GET /-/healthy HTTP/1.0\r\n\r\n");
  EXPECT_TRUE(HttpResponse(v4.read_to_end()).has_status(200));
}

TEST_F(HttpEndpointTest, APortInUseIsOneSentence) {
  for (const char* host : {"127.0.0.1", "localhost", ""}) {
    config::ListenAddress taken = endpoint_->address();
    taken.host = host;
    try {
      const HttpEndpoint second(pages_, taken);
      // "localhost" can be ::1, where the port is free.
      EXPECT_STREQ(host, "localhost");
    } catch (const std::runtime_error& error) {
      EXPECT_EQ(std::string(error.what()),
                "cannot listen on " + to_string(taken) +
                    ": another program listens there already; choose another port");
    }
  }
}

TEST_F(HttpEndpointTest, AnAddressOfAnotherMachineIsOneSentence) {
  try {
    listen("192.0.2.1:0", {});
    ADD_FAILURE();
  } catch (const std::runtime_error& error) {
    EXPECT_TRUE(std::string(error.what()).starts_with("cannot listen on 192.0.2.1:0: "))
        << error.what();
  }
}

TEST_F(HttpEndpointTest, StopsAtOnceWithConnectionsOpen) {
  std::vector<HttpClient> clients;
  for (int i = 0; i < 50; ++i) {
    clients.push_back(connect());
    clients.back().send(i % 2 == 0 ? "GET /metrics HTTP/1.1\r\n\r\n" : "GET /met");
  }
  const auto start = steady_clock::now();
  endpoint_.reset();
  EXPECT_LT(steady_clock::now() - start, 1s);
  clients.back().read_to_end();
}

TEST_F(HttpEndpointTest, TheSamePortCanBeTakenAgainAtOnce) {
  const config::ListenAddress address = endpoint_->address();
  EXPECT_TRUE(ask("GET", "/-/healthy").has_status(200));
  listen(to_string(address), {});
  EXPECT_TRUE(ask("GET", "/-/healthy").has_status(200));
}

}  // namespace
}  // namespace metrics
