#include "capture/flow_table.h"

#include <map>
#include <random>

#include "tests/support/tcp_packet.h"

namespace {

using capture::BufferBudget;
using capture::Endpoint;
using capture::Flow;
using capture::FlowKey;
using capture::FlowTable;
using capture::Segment;

Segment between(const Endpoint& source, const Endpoint& destination) {
  Segment segment;
  segment.source = source;
  segment.destination = destination;
  return segment;
}

Segment between(std::string_view source, std::string_view destination) {
  return between(support::endpoint(source), support::endpoint(destination));
}

TEST(FlowKey, IsTheSameForBothDirections) {
  const std::pair<const char*, const char*> flows[]{
      {"10.0.0.1:40000", "10.0.0.2:80"},
      {"10.0.0.2:80", "10.0.0.1:80"},
      {"127.0.0.1:5000", "127.0.0.1:5001"},
      {"127.0.0.1:5000", "127.0.0.1:5000"},  // a connection to itself
      {"[2001:db8::1]:40000", "[2001:db8::2]:80"},
      {"[2001:db8::2]:80", "[2001:db8::1]:80"}};
  for (const auto& [a, b] : flows) {
    const FlowKey there{between(a, b)};
    const FlowKey back{between(b, a)};
    EXPECT_EQ(there, back) << a;
    EXPECT_EQ(there.lower(), back.lower()) << a;
    const bool a_is_lower = FlowKey::source_is_lower(between(a, b));
    EXPECT_EQ(to_string(there.lower()), a_is_lower ? a : b);
    EXPECT_EQ(to_string(there.higher()), a_is_lower ? b : a);
  }
  EXPECT_NE(FlowKey::source_is_lower(between("10.0.0.1:80", "10.0.0.2:80")),
            FlowKey::source_is_lower(between("10.0.0.2:80", "10.0.0.1:80")));
}

TEST(FlowKey, DiffersWhereAnythingDiffers) {
  const std::vector<Segment> flows{
      between("10.0.0.1:40000", "10.0.0.2:80"),
      between("10.0.0.1:80", "10.0.0.2:40000"),  // the ports the other way round
      between("10.0.0.1:40001", "10.0.0.2:80"),
      between("10.0.0.3:40000", "10.0.0.2:80"),
      between("[a00:1::]:40000", "[a00:2::]:80"),  // the same first four bytes
      between("[2001:db8::1]:40000", "[2001:db8::2]:80"),
      between("[2001:db8::1]:40000", "[2001:db8::3]:80"),
      between("[2001:db8:0:1::1]:40000", "[2001:db8::2]:80")};
  for (std::size_t i = 0; i < flows.size(); ++i) {
    for (std::size_t j = 0; j < flows.size(); ++j) {
      EXPECT_EQ(FlowKey{flows[i]} == FlowKey{flows[j]}, i == j) << i << ' ' << j;
    }
  }
}

// Against a map that is surely right: `bits` of hash are used, so that few bits make long chains.
void compare_with_a_map(unsigned bits, std::uint32_t keys, int steps) {
  BufferBudget budget;
  FlowTable table{&budget};
  std::map<std::uint32_t, std::uint32_t> numbers;  // key to flow number
  std::mt19937 random{7};
  const auto key_of = [](std::uint32_t i) {
    Endpoint client = support::endpoint(i % 3 == 0 ? "[2001:db8::1]:1" : "10.0.0.1:1");
    Endpoint server = support::endpoint(i % 3 == 0 ? "[2001:db8::2]:1" : "10.0.0.2:1");
    client.port = static_cast<std::uint16_t>(i);
    server.address[3] = static_cast<std::uint8_t>(i >> 16U);
    return FlowKey{between(client, server)};
  };
  for (int step = 0; step < steps; ++step) {
    const auto i = static_cast<std::uint32_t>(random() % keys);
    const FlowKey key = key_of(i);
    const std::uint64_t hash = bits == 64 ? table.hash(key) : i % (1U << bits);
    Flow* found = table.find(key, hash);
    const auto expected = numbers.find(i);
    ASSERT_EQ(found != nullptr, expected != numbers.end());
    if (found == nullptr) {
      Flow& flow = table.insert(key, hash);
      ASSERT_EQ(flow.key, key);
      ASSERT_EQ(flow.last_seen, capture::Time{}) << "a flow that was used before";
      flow.last_seen += std::chrono::seconds{1};
      numbers[i] = flow.number;
    } else {
      ASSERT_EQ(found->key, key);
      ASSERT_EQ(found->number, expected->second);
      ASSERT_EQ(table.at(found->number), found);
      if (random() % 2 == 0) {
        const std::uint32_t generation = table.generation(found->number);
        table.erase(*found);
        ASSERT_NE(table.generation(found->number), generation);
        ASSERT_EQ(table.at(expected->second), nullptr);
        numbers.erase(expected);
      }
    }
    ASSERT_EQ(table.size(), numbers.size());
  }
  std::size_t in_use = 0;
  for (std::uint32_t number = 0; number < table.capacity(); ++number) {
    if (table.at(number) != nullptr) ++in_use;
  }
  EXPECT_EQ(in_use, numbers.size());
  EXPECT_EQ(table.at(table.capacity()), nullptr);
}

TEST(FlowTable, FindsWhatAMapFinds) { compare_with_a_map(64, 20'000, 100'000); }
TEST(FlowTable, FindsItWhereAllHashesCollide) { compare_with_a_map(1, 300, 5'000); }
TEST(FlowTable, FindsItWhereManyHashesCollide) { compare_with_a_map(10, 5'000, 30'000); }

TEST(FlowTable, KeepsFlowsWhereTheyAreWhileItGrows) {
  BufferBudget budget;
  FlowTable table{&budget};
  std::vector<std::pair<FlowKey, Flow*>> flows;
  for (std::uint16_t port = 1; port < 5000; ++port) {
    Endpoint client = support::endpoint("10.0.0.1:1");
    client.port = port;
    const FlowKey key{between(client, support::endpoint("10.0.0.2:80"))};
    flows.emplace_back(key, &table.insert(key, table.hash(key)));
  }
  for (const auto& [key, flow] : flows) EXPECT_EQ(table.find(key, table.hash(key)), flow);
}

TEST(FlowTable, RestartsAFlowAsANewOne) {
  BufferBudget budget;
  FlowTable table{&budget};
  const FlowKey key{between("10.0.0.1:40000", "10.0.0.2:80")};
  Flow& flow = table.insert(key, table.hash(key));
  flow.streams[0].start(1000);
  flow.fins = 3;
  const std::uint32_t generation = table.generation(flow.number);
  table.restart(flow);
  EXPECT_EQ(table.find(key, table.hash(key)), &flow);
  EXPECT_FALSE(flow.streams[0].started());
  EXPECT_EQ(flow.fins, 0);
  EXPECT_NE(table.generation(flow.number), generation);
}

TEST(FlowTable, HashesWithAKeyOfItsOwn) {
  BufferBudget budget;
  const FlowTable one{&budget};
  const FlowTable other{&budget};
  const FlowKey key{between("10.0.0.1:40000", "10.0.0.2:80")};
  EXPECT_EQ(one.hash(key), one.hash(key));
  EXPECT_NE(one.hash(key), other.hash(key));
}

}  // namespace
