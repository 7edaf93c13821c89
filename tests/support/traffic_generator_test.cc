#include "tests/support/traffic_generator.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <pcap/pcap.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <set>
#include <string>

namespace support {
namespace {

using websocket::Side;

std::filesystem::path temporary_file(const std::string& ending) {
  return std::filesystem::path(testing::TempDir()) /
         (testing::UnitTest::GetInstance()->current_test_info()->name() + ending);
}

std::string contents(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

TrafficTruth generate(TrafficProfile profile, std::uint32_t connections, std::uint64_t messages,
                      std::uint64_t seed = 1) {
  return TrafficGenerator({.profile = profile,
                           .connections = connections,
                           .messages = messages,
                           .seed = seed,
                           .output = temporary_file(".pcap")})
      .generate();
}

// The payload that each side sent, put together by arrival: right where nothing is lost or late.
std::map<std::string, std::string> streams(const std::filesystem::path& path,
                                           std::uint64_t& packets) {
  std::map<std::string, std::string> result;
  std::string error(PCAP_ERRBUF_SIZE, '\0');
  const std::unique_ptr<pcap_t, decltype(&pcap_close)> savefile(
      pcap_open_offline(path.c_str(), error.data()), &pcap_close);
  EXPECT_NE(savefile, nullptr) << error;
  if (!savefile) return result;
  pcap_pkthdr* header = nullptr;
  const u_char* bytes = nullptr;
  for (packets = 0; pcap_next_ex(savefile.get(), &header, &bytes) == 1; ++packets) {
    const std::string packet(bytes, bytes + header->caplen);
    const std::string key = packet.substr(26, 12);  // addresses and ports
    const std::size_t payload = 34 + (bytes[46] >> 4) * 4U;
    result[key] += packet.substr(payload);
  }
  return result;
}

// RFC 6455 section 7.1.5, read off the steps: the status code of the first Close the other side
// sent, if it may be on the wire.
std::uint16_t observed(const Ending& ending, Side side) {
  bool rejected = false;
  for (const EndingStep& step : ending.steps) {
    if (step.what == EndStep::unmasked_frame && side == Side::server) rejected = true;
    const bool close = step.what == EndStep::close || step.what == EndStep::close_and_fin ||
                       step.what == EndStep::crossing_close;
    if (!close || step.side == side || rejected) continue;
    if (step.code == EndingStep::kNoCode) return 1005;
    return step.code == 1006 ? 1006 : step.code;
  }
  return 1006;
}

TEST(TrafficEnding, SaysWhatItsStepsMean) {
  unsigned place = 0;
  for (const Ending& ending : all_endings()) {
    EXPECT_EQ(ending.client_observed, observed(ending, Side::client)) << place;
    EXPECT_EQ(ending.server_observed, observed(ending, Side::server)) << place;
    EXPECT_EQ(&ending_at(place), &ending);
    place += ending.weight;
  }
  EXPECT_EQ(place, total_weight());
  EXPECT_THROW(ending_at(place), std::out_of_range);
}

TEST(TrafficGenerator, GivesTheSameBytesForTheSameSeed) {
  for (const auto& profile :
       {TrafficProfile::chat, TrafficProfile::churn, TrafficProfile::bulk, TrafficProfile::lossy}) {
    generate(profile, 30, 40, 7);
    const std::string first = contents(temporary_file(".pcap"));
    generate(profile, 30, 40, 7);
    EXPECT_EQ(contents(temporary_file(".pcap")), first);
    generate(profile, 30, 40, 8);
    EXPECT_NE(contents(temporary_file(".pcap")), first);
  }
}

TEST(TrafficGenerator, EndsInEveryWay) {
  const TrafficTruth truth = generate(TrafficProfile::churn, 2000, 0);
  std::set<std::string_view> causes;
  std::set<std::string_view> initiators;
  std::set<int> statuses;
  for (const ConnectionTruth& connection : truth.connections) {
    statuses.insert(connection.status);
    if (!connection.closed) continue;
    causes.insert(connection.cause);
    initiators.insert(connection.initiator);
  }
  EXPECT_THAT(causes, testing::UnorderedElementsAre("closing_handshake", "fin", "protocol_error",
                                                    "reset", "truncated", "unanswered_close"));
  EXPECT_THAT(initiators, testing::UnorderedElementsAre("both", "client", "server"));
  EXPECT_THAT(statuses, testing::UnorderedElementsAre(0, 101, 403, 502));
}

// Steps over the frames of one stream behind its HTTP head; returns how many there are.
std::uint64_t count_frames(const std::string& stream) {
  std::size_t at = stream.find("\r\n\r\n");
  if (at == std::string::npos) return 0;
  std::uint64_t frames = 0;
  for (at += 4; at < stream.size(); ++frames) {
    const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(stream.at(at + i)); };
    std::uint64_t length = byte(1) & 0x7f;
    const std::size_t extended = length == 127 ? 8 : length == 126 ? 2 : 0;
    if (extended != 0) length = 0;
    for (std::size_t i = 0; i < extended; ++i) length = length << 8 | byte(2 + i);
    at += 2 + extended + ((byte(1) & 0x80) != 0 ? 4 : 0) + length;
  }
  return frames;
}

TEST(TrafficGenerator, WritesTheFramesThatTheTruthCounts) {
  for (const auto& profile : {TrafficProfile::chat, TrafficProfile::bulk}) {
    const TrafficTruth truth = generate(profile, 40, 400);
    std::uint64_t packets = 0;
    std::uint64_t found = 0;
    for (const auto& [key, stream] : streams(temporary_file(".pcap"), packets)) {
      found += count_frames(stream);
    }
    std::uint64_t expected = truth.cut_frames[0] + truth.cut_frames[1];
    for (const auto& side : truth.frames) {
      for (const auto& [opcode, count] : side) expected += count;
    }
    EXPECT_EQ(found, expected);
    EXPECT_EQ(packets, truth.packets);
  }
}

TEST(TrafficGenerator, LosesPacketsAndSaysWhatThatHides) {
  const TrafficTruth truth = generate(TrafficProfile::lossy, 300, 3000);
  EXPECT_GT(truth.lost_packets, 0U);
  std::array<int, 2> knowable{};
  for (const ConnectionTruth& connection : truth.connections) {
    if (connection.closed) ++knowable.at(connection.knowable[0] ? 1 : 0);
  }
  EXPECT_GT(knowable[0], 0);
  EXPECT_GT(knowable[1], knowable[0]);
}

TEST(TrafficTruth, TotalsAreThoseOfItsConnections) {
  TrafficTruth truth;
  truth.count(close_frame(1000), Side::client);
  truth.count(close_frame(1006), Side::server);
  truth.count(close_frame(), Side::server);
  truth.connections.resize(3);
  truth.connections[0].status = 403;
  truth.connections[1].status = 101;
  truth.connections[2] = {.status = 101,
                          .closed = true,
                          .observed = {1006, 1000},
                          .initiator = "client",
                          .cause = "unanswered_close"};
  write_truth(temporary_file(".json"), truth);
  const auto json = nlohmann::json::parse(contents(temporary_file(".json")));
  EXPECT_EQ(json["opened"], 2);
  EXPECT_EQ(json["closed"], 1);
  EXPECT_EQ(json["open"], 1);
  EXPECT_EQ(json["handshake_statuses"], (nlohmann::json{{"101", 2}, {"403", 1}}));
  EXPECT_EQ(json["observed"]["client"], (nlohmann::json{{"1006", 1}}));
  EXPECT_EQ(json["observed"]["server"], (nlohmann::json{{"1000", 1}}));
  EXPECT_EQ(json["close_frames"]["server"], (nlohmann::json{{"invalid", 1}, {"none", 1}}));
  EXPECT_EQ(json["payload_bytes"]["client"], 2);
}

}  // namespace
}  // namespace support
