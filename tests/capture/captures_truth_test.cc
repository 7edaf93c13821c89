// Captures by other projects, with the truth about each (truth.json beside them): exactly these
// Close codes, frames and endings, in this order; and no connection in the captures without one.

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>

#include "capture/packet_source.h"
#include "tests/support/observed.h"

namespace {

using nlohmann::json;
using support::Observations;
using support::ObservedConnection;
using websocket::Side;

const std::filesystem::path kFolder = CLOSEWATCH_SHARED_CAPTURES;

class CapturesTruth : public testing::Test {
 protected:
  void SetUp() override {
    if (!std::filesystem::exists(kFolder / "truth.json")) {
      GTEST_SKIP() << "no captures by other projects in " << kFolder;
    }
    truth_ = json::parse(std::ifstream{kFolder / "truth.json"});
  }
  json truth_;
};

std::vector<ObservedConnection> observe(const std::filesystem::path& file) {
  Observations observations;
  int link_type = 0;
  const auto packets = support::read_packets(file, link_type);
  support::track(packets, observations, {.link_type = link_type});
  return std::move(observations.connections);
}

std::string expected_frames(const json& direction) {
  constexpr std::array<std::pair<const char*, const char*>, 6> names{{{"cont", "continuation"},
                                                                      {"text", "text"},
                                                                      {"bin", "binary"},
                                                                      {"close", "close"},
                                                                      {"ping", "ping"},
                                                                      {"pong", "pong"}}};
  std::string text;
  for (const auto& [theirs, ours] : names) {
    if (!direction.at("frames").contains(theirs)) continue;
    if (!text.empty()) text += ' ';
    text += std::string{ours} + ':' + std::to_string(direction.at("frames").at(theirs).get<int>());
  }
  return text;
}

// A client must mask its Close like every frame; the one that does not is understood all the same.
std::vector<std::string> expected_closes(const json& direction, bool masked = true) {
  const std::string fault = masked ? "" : " invalid";
  std::vector<std::string> codes;
  for (const json& close : direction.at("close")) {
    if (close.at("violation").get<bool>()) {
      codes.emplace_back("1000 invalid");  // the one such file: its first two bytes are 1000
    } else {
      codes.push_back(close.at("code").is_null()
                          ? "empty"
                          : std::to_string(close.at("code").get<int>()) + fault);
    }
  }
  return codes;
}

// "CLOSE c2s@49" without the packet, each kind and direction once: endings are not counted twice.
std::vector<std::string> expected_order(const json& connection) {
  std::vector<std::string> order;
  for (const json& entry : connection.at("order")) {
    std::string text = entry.get<std::string>();
    text.resize(text.find('@'));
    if (std::ranges::find(order, text) == order.end()) order.push_back(text);
  }
  return order;
}

std::vector<std::string> observed_order(const ObservedConnection& connection) {
  std::vector<std::pair<std::uint32_t, std::string>> moves;
  const auto arrow = [](Side side) { return side == Side::client ? " c2s" : " s2c"; };
  for (const auto& close : connection.facts.close_frames) {
    moves.emplace_back(close.order, std::string{"CLOSE"} + arrow(close.sender));
  }
  for (const auto& end : connection.facts.stream_ends) {
    const char* how = end.how == websocket::EndKind::fin ? "FIN" : "RST";
    moves.emplace_back(end.order, how + std::string{arrow(end.sender)});
  }
  std::ranges::stable_sort(moves, {}, &std::pair<std::uint32_t, std::string>::first);
  std::vector<std::string> order;
  for (auto& [at, move] : moves) {
    if (std::ranges::find(order, move) == order.end()) order.push_back(move);
  }
  return order;
}

// Where the manifest says more than truth.json holds.
const std::map<std::string, std::string> kKnowMore{
    {"derived/gap_over_header.pcap",
     "resynchronised: more frames, and the Close, than the truth's"},
    {"derived/no_request.pcap", "the client's Close is found at the end of its stream"},
    {"derived/fmt_snap96.pcap", "no handshake is visible, yet both Closes are"},
    {"derived/gap_last_close_lost.pcap", "the truth does not see that bytes are missing"}};

TEST_F(CapturesTruth, EveryFileGivesItsTruth) {
  std::size_t files = 0;
  for (const auto& [file, truth] : truth_.items()) {
    if (kKnowMore.contains(file)) continue;
    SCOPED_TRACE(file);
    const auto seen = observe(kFolder / file);
    const json& expected = truth.at("connections");
    ASSERT_EQ(seen.size(), expected.size());
    for (const json& connection : expected) {
      const auto server = connection.at("server").get<std::string>();
      const auto clients = connection.at("c2s");
      const auto same = std::ranges::find_if(seen, [&](const ObservedConnection& c) {
        std::string name = to_string(c.server);
        std::erase_if(name, [](char d) { return d == '[' || d == ']'; });
        return name == server && c.frames(Side::client) == expected_frames(clients) &&
               c.frames(Side::server) == expected_frames(connection.at("s2c")) &&
               observed_order(c) == expected_order(connection);
      });
      if (same == seen.end()) {
        for (const auto& c : seen) {
          ADD_FAILURE() << "expected " << connection.dump() << "\nsaw " << to_string(c.server)
                        << " c: " << c.frames(Side::client) << " s: " << c.frames(Side::server)
                        << " order: " << testing::PrintToString(observed_order(c)) << " "
                        << c.verdict();
        }
        continue;
      }
      EXPECT_EQ(same->closes(Side::client),
                expected_closes(clients, clients.at("masked") != json::array({0})));
      EXPECT_EQ(same->closes(Side::server), expected_closes(connection.at("s2c")));
      // The end of a connection whose 4-tuple was used again was not captured, but it is over.
      const bool reused = connection != expected.back() && connection.at("order").empty();
      EXPECT_EQ(same->open, connection.at("order").empty() && !reused);
      if (reused) {
        EXPECT_EQ(same->verdict(), "client unknown, server unknown, unknown, gap");
      }
    }
    ++files;
  }
  EXPECT_EQ(files + kKnowMore.size(), truth_.size());
}

TEST_F(CapturesTruth, WhereMoreCanBeKnownItIs) {
  const auto only = [](const char* file) {
    const auto seen = observe(kFolder / file);
    EXPECT_EQ(seen.size(), 1U) << file;
    return seen.empty() ? ObservedConnection{} : seen.front();
  };
  const auto gap = only("derived/gap_over_header.pcap");
  EXPECT_EQ(gap.closes(Side::client), std::vector<std::string>{"1000"});
  EXPECT_EQ(gap.closes(Side::server), std::vector<std::string>{"1000"});
  EXPECT_EQ(gap.verdict(), "client 1000, server 1000, client, closing_handshake");

  const auto request = only("derived/no_request.pcap");
  EXPECT_EQ(request.closes(Side::client), std::vector<std::string>{"1009"});
  EXPECT_EQ(request.closes(Side::server), std::vector<std::string>{"1000"});
  EXPECT_EQ(request.frames(Side::server), "close:1 ping:1");

  const auto snap = only("derived/fmt_snap96.pcap");
  EXPECT_EQ(snap.verdict(), "client 1000, server 1000, client, closing_handshake");

  const auto lost = only("derived/gap_last_close_lost.pcap");
  EXPECT_EQ(lost.verdict(), "client unknown, server 1000, unknown, gap");
  EXPECT_EQ(lost.frames(Side::server), "binary:31");
}

TEST_F(CapturesTruth, CapturesWithoutWebSocketGiveNoConnection) {
  int files = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(kFolder)) {
    if (!entry.is_regular_file()) continue;
    const std::string file = std::filesystem::relative(entry.path(), kFolder).string();
    if (truth_.contains(file) || file == "truth.json" || file == "README.md") continue;
    SCOPED_TRACE(file);
    ++files;
    try {
      const auto seen = observe(entry.path());
      EXPECT_THAT(seen, testing::IsEmpty());
    } catch (const capture::CaptureError& error) {
      EXPECT_THAT(error.what(), testing::HasSubstr(entry.path().filename().string()));
    }
  }
  EXPECT_GE(files, 280);
}

}  // namespace
