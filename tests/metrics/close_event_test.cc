#include "metrics/close_event.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "tests/metrics/ended_connection.h"

namespace metrics {
namespace {

using test::EndedConnection;
using test::kNoon;
using websocket::Direction;
using websocket::EndKind;
using websocket::Initiator;
using websocket::Opcode;
using websocket::Side;
using namespace std::chrono_literals;

class CloseEventTest : public testing::Test {
 protected:
  std::string event(const websocket::ConnectionSummary& summary, bool show_reasons = false) const {
    return close_event_json(summary, {"default", "capture", profiles_}, show_reasons);
  }
  CodeProfiles profiles_;
};

TEST_F(CloseEventTest, WholeEvent) {
  EndedConnection connection;
  connection.observed(1006, 1000);
  connection.lifetime = 12600ms;
  connection.outcome.initiator = Initiator::client;
  connection.outcome.cause = websocket::Cause::unanswered_close;
  connection.outcome.code_class = websocket::CodeClass::abnormal;
  connection.close(Side::client, 1000).at = kNoon + 12500ms;
  connection.end(Side::server, EndKind::fin);
  auto& up = connection.facts.stream(Direction::client_to_server);
  up.last_activity = kNoon + 12500ms;
  up.frames[index(Opcode::text)] = 3;
  up.frames[index(Opcode::close)] = 1;
  up.payload_bytes = 120;
  auto& down = connection.facts.stream(Direction::server_to_client);
  down.last_activity = kNoon + 5400ms;
  down.frames[index(Opcode::text)] = 9;
  down.frames[index(Opcode::ping)] = 1;
  down.payload_bytes = 4096;
  down.unanswered_pings = 1;
  auto summary = connection.summary();
  summary.host = "chat.example";
  summary.path = "/ws";
  summary.subprotocol = "graphql-transport-ws";
  summary.extensions = "permessage-deflate";
  EXPECT_EQ(
      event(summary),
      R"({"event":"websocket_closed","time":"2026-11-22T12:00:12.600000Z","observed_by":"capture",)"
      R"("service":"default","state":"closed","client":"10.0.0.1:40000","server":"10.0.0.2:8080",)"
      R"("host":"chat.example","path":"/ws","subprotocol":"graphql-transport-ws",)"
      R"("extensions":"permessage-deflate","handshake":"full","client_observed":1006,)"
      R"("server_observed":1000,"client_observed_name":"Abnormal Closure",)"
      R"("server_observed_name":"Normal Closure","initiator":"client","cause":"unanswered_close",)"
      R"("class":"abnormal","close_frames":[{"sender":"client","code":1000,"valid":true,)"
      R"("recovered":false,"at":12.5}],"stream_ends":[{"sender":"server","how":"fin","at":12.6}],)"
      R"("opened":"2026-11-22T12:00:00.000000Z","duration_seconds":12.6,)"
      R"("idle_seconds":{"client_to_server":0.1,"server_to_client":7.2},)"
      R"("frames":{"client_to_server":{"text":3,"close":1},)"
      R"("server_to_client":{"text":9,"ping":1}},)"
      R"("payload_bytes":{"client_to_server":120,"server_to_client":4096},)"
      R"("unanswered_pings":{"client":0,"server":1},"violations":[],)"
      R"("missing_bytes":{"client_to_server":0,"server_to_client":0},"synchronised":true})");
}

TEST_F(CloseEventTest, AbsentMeansNotKnown) {
  const auto json = nlohmann::json::parse(event(EndedConnection{}.summary()));
  for (const char* key : {"host", "path", "subprotocol", "extensions", "idle_seconds"}) {
    EXPECT_FALSE(json.contains(key)) << key;
  }
}

TEST_F(CloseEventTest, UnknownCodesAreNamedSo) {
  const auto json =
      nlohmann::json::parse(event(EndedConnection().observed(std::nullopt, 1000).summary()));
  EXPECT_EQ(json["client_observed"], "unknown");
  EXPECT_FALSE(json.contains("client_observed_name"));
  EXPECT_EQ(json["server_observed"], 1000);
}

TEST_F(CloseEventTest, AnOpenConnectionHasNoOutcome) {
  EndedConnection connection;
  connection.open = true;
  const auto json = nlohmann::json::parse(event(connection.summary()));
  EXPECT_EQ(json["state"], "open");
  for (const char* key : {"client_observed", "server_observed", "client_observed_name",
                          "server_observed_name", "initiator", "cause", "class"}) {
    EXPECT_FALSE(json.contains(key)) << key;
  }
  EXPECT_EQ(json["duration_seconds"], 12.0);
}

TEST_F(CloseEventTest, CloseFramesSayWhatIsWrongWithThem) {
  EndedConnection connection;
  connection.close(Side::client, std::nullopt);
  auto& invalid = connection.close(Side::server, 999);
  invalid.violations.add(websocket::Violation::invalid_close_code);
  invalid.recovered = true;
  invalid.delivered = false;
  const auto json = nlohmann::json::parse(event(connection.summary()));
  EXPECT_FALSE(json["close_frames"][0].contains("code"));
  EXPECT_FALSE(json["close_frames"][0].contains("delivered"));
  EXPECT_EQ(json["close_frames"][1]["code"], 999);
  EXPECT_EQ(json["close_frames"][1]["valid"], false);
  EXPECT_EQ(json["close_frames"][1]["recovered"], true);
  EXPECT_EQ(json["close_frames"][1]["delivered"], false);
  EXPECT_EQ(json["violations"], nlohmann::json::array({"invalid_close_code"}));
}

TEST_F(CloseEventTest, ClosesOfTheProxyStandInTheirOrderAmongTheOthers) {
  EndedConnection connection;
  connection.inject(Side::client, 1012, 1);
  connection.close(Side::client, 1012).order = 2;
  connection.inject(Side::server, 1001, 3).delivered = false;
  auto& injected = *connection.facts.injected_closes[index(Side::client)];
  injected.at = kNoon + 1500ms;
  const auto frames = nlohmann::json::parse(event(connection.summary()))["close_frames"];
  EXPECT_EQ(frames.dump(),
            nlohmann::json::parse(
                R"([{"sender":"proxy","to":"client","code":1012,"valid":true,"recovered":false,)"
                R"("at":1.5},{"sender":"client","code":1012,"valid":true,"recovered":false,)"
                R"("at":12.0},{"sender":"proxy","to":"server","code":1001,"valid":true,)"
                R"("recovered":false,"delivered":false,"at":12.0}])")
                .dump());
}

TEST_F(CloseEventTest, ReasonsOnlyIfAskedFor) {
  EndedConnection connection;
  connection.close(Side::client, 1000).reason = "bye";
  EXPECT_EQ(event(connection.summary()).find("bye"), std::string::npos);
  const auto json = nlohmann::json::parse(event(connection.summary(), true));
  EXPECT_EQ(json["close_frames"][0]["reason"], "bye");
}

TEST_F(CloseEventTest, NoByteOfAPeerCanForgeALineOrATerminalSequence) {
  EndedConnection connection;
  std::string every_byte;
  for (int byte = 0; byte < 256; ++byte) every_byte += static_cast<char>(byte);
  connection.close(Side::client, 1000).reason = every_byte;
  connection.close(Side::server, 1000).reason =
      "\xE2\x80\xAE\xC2\x9B"
      "31m\"}\n{\xF0\x9F";
  auto summary = connection.summary();
  summary.host = every_byte;
  summary.path = every_byte;
  summary.subprotocol = every_byte;
  summary.extensions = every_byte;
  const std::string line = event(summary, true);
  EXPECT_TRUE(std::ranges::all_of(line, [](char c) { return c >= 0x20 && c < 0x7F; }));
  const auto json = nlohmann::json::parse(line);
  EXPECT_EQ(json["close_frames"][1]["reason"],
            "\xE2\x80\xAE\xC2\x9B"
            "31m\"}\n{\xEF\xBF\xBD");
  EXPECT_EQ(json["event"], "websocket_closed");
}

TEST_F(CloseEventTest, NamesOfPrivateCodesComeFromTheSubprotocol) {
  auto connection = EndedConnection().observed(4429, 4429);
  auto summary = connection.summary();
  EXPECT_FALSE(nlohmann::json::parse(event(summary)).contains("client_observed_name"));
  summary.subprotocol = "graphql-transport-ws";
  EXPECT_EQ(nlohmann::json::parse(event(summary))["client_observed_name"],
            "TooManyInitialisationRequests");
}

}  // namespace
}  // namespace metrics
