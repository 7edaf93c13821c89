#include "tests/support/traffic_generator.h"

#include <algorithm>
#include <string>
#include <utility>

namespace support {
namespace {

using websocket::opposite;
using websocket::Side;

constexpr std::array<std::pair<std::string_view, TrafficProfile>, 4> kProfiles{
    {{"chat", TrafficProfile::chat},
     {"churn", TrafficProfile::churn},
     {"bulk", TrafficProfile::bulk},
     {"lossy", TrafficProfile::lossy}}};

// What fits into an Ethernet frame next to TCP timestamps.
constexpr std::size_t kSegment = 1448;

// The largest payload that leaves an IPv4 packet with timestamps below 65,536 bytes.
constexpr std::size_t kGroSegment = 65'483;

// Bulk messages that one connection sends before another has its turn.
constexpr std::uint64_t kBurst = 16;

TrafficOptions with_defaults(TrafficOptions options) {
  const bool by_profile = options.connections == 0;
  switch (options.profile) {
    case TrafficProfile::chat:
      if (by_profile) options.connections = 20'000;
      if (options.messages == 0) options.messages = 1'000'000;
      break;
    case TrafficProfile::churn:
      if (by_profile) options.connections = 200'000;
      break;
    case TrafficProfile::bulk:
      if (by_profile) options.connections = 4;
      if (options.messages == 0) options.messages = 8'000;
      break;
    case TrafficProfile::lossy:
      if (by_profile) options.connections = 2'000;
      if (options.messages == 0) options.messages = 50'000;
      break;
  }
  return options;
}

// 10.0.0.0/8, no address and port twice.
websocket::Endpoint client_endpoint(std::uint32_t number) {
  websocket::Endpoint endpoint;
  const std::uint32_t host = number / 50 + 1;
  endpoint.address = {10, static_cast<std::uint8_t>(host >> 16),
                      static_cast<std::uint8_t>(host >> 8), static_cast<std::uint8_t>(host)};
  endpoint.port = static_cast<std::uint16_t>(32'768 + number % 50 * 577);
  return endpoint;
}

}  // namespace

std::optional<TrafficProfile> traffic_profile(std::string_view name) {
  for (const auto& [profile_name, profile] : kProfiles) {
    if (name == profile_name) return profile;
  }
  return std::nullopt;
}

TrafficGenerator::TrafficGenerator(const TrafficOptions& options)
    : options_(with_defaults(options)),
      dice_(options.seed),
      script_(dice_, truth_),
      capture_(options.output, options.profile == TrafficProfile::lossy, dice_, truth_) {
  truth_.profile = kProfiles[static_cast<std::size_t>(options.profile)].first;
  truth_.seed = options.seed;
}

TrafficTruth TrafficGenerator::generate() {
  add_flows();
  if (options_.profile == TrafficProfile::churn) {
    short_lives();
  } else {
    long_lives();
  }
  for (std::size_t i = 0; i < kReactionSlots; ++i) react();
  for (Flow& flow : flows_) capture_.release(flow);
  capture_.close();
  return std::move(truth_);
}

void TrafficGenerator::add_flows() {
  flows_.resize(options_.connections);
  truth_.connections.resize(options_.connections);
  for (std::uint32_t i = 0; i < options_.connections; ++i) {
    truth_.connections[i].client = client_endpoint(i);
    truth_.connections[i].server = endpoint("192.0.2." + std::to_string(i % 4 + 1) + ":8080");
    for (Flow::Peer& peer : flows_[i].peers) peer.next = dice_.below(0xffffffff);
  }
}

void TrafficGenerator::short_lives() { interleave(500, true); }

void TrafficGenerator::long_lives() {
  for (std::uint32_t i = 0; i < flows_.size(); ++i) plan_opening(i);
  interleave(256, false);
  if (options_.profile == TrafficProfile::bulk) {
    for (std::uint64_t left = options_.messages; left > 0; left -= std::min(left, kBurst)) {
      bulk_messages(std::min(left, kBurst));
    }
  } else {
    for (std::uint64_t i = 0; i < options_.messages; ++i) chat_message();
  }
  // No Ping stays unanswered.
  for (std::size_t i = 0; i < kReactionSlots; ++i) react();
  for (std::uint32_t i = 0; i < flows_.size(); ++i) {
    if (!dice_.one_in(5)) plan_ending(i);
  }
  interleave(256, false);
}

void TrafficGenerator::plan_opening(std::uint32_t flow) {
  int status = 101;
  if (options_.profile == TrafficProfile::churn) {
    const std::uint32_t other = dice_.below(100);
    if (other == 0) status = 0;
    if (other == 1) status = 403;
    if (other == 2) status = 502;
  }
  script_.plan_opening(flows_[flow], truth_.connections[flow], status);
}

void TrafficGenerator::plan_ending(std::uint32_t flow) {
  script_.plan_ending(flows_[flow], truth_.connections[flow],
                      ending_at(dice_.below(total_weight())));
}

void TrafficGenerator::chat_message() {
  const std::uint32_t flow = dice_.below(static_cast<std::uint32_t>(flows_.size()));
  const Side sender = dice_.one_in(2) ? Side::client : Side::server;
  if (dice_.one_in(50)) {
    script_.plan_control(flows_[flow], Side::server, ping("keepalive"));
    react_later(flow, Side::client, true);
  } else {
    // Now and then a message ends in a segment of its own.
    script_.plan_messages(flows_[flow], sender, 1, dice_.between(20, 120),
                          dice_.one_in(32) ? dice_.between(2, 60) : kSegment);
  }
  while (!flows_[flow].done()) step(flow);
}

void TrafficGenerator::bulk_messages(std::size_t count) {
  const std::uint32_t flow = dice_.below(static_cast<std::uint32_t>(flows_.size()));
  script_.plan_messages(flows_[flow], Side::server, count, 65'536, kGroSegment);
  while (!flows_[flow].done()) step(flow);
}

void TrafficGenerator::interleave(std::uint32_t window, bool short_lived) {
  std::vector<std::uint32_t> active;
  std::uint32_t next = 0;
  while (next < flows_.size() || !active.empty()) {
    if (next < flows_.size() && active.size() < window) {
      if (short_lived) plan_life(next);
      if (!flows_[next].done()) active.push_back(next);
      ++next;
      if (active.size() < window && next < flows_.size()) continue;
    }
    if (active.empty()) continue;
    std::uint32_t& place = active[dice_.below(static_cast<std::uint32_t>(active.size()))];
    step(place);
    if (!flows_[place].done()) continue;
    flows_[place].plan.shrink_to_fit();
    place = active.back();
    active.pop_back();
  }
}

void TrafficGenerator::plan_life(std::uint32_t flow) {
  plan_opening(flow);
  if (truth_.connections[flow].status != 101) return script_.plan_fins(flows_[flow]);
  const std::uint32_t messages = dice_.between(2, 4);
  for (std::uint32_t i = 0; i < messages; ++i) {
    script_.plan_messages(flows_[flow], dice_.one_in(2) ? Side::client : Side::server, 1,
                          dice_.between(20, 120), kSegment);
  }
  plan_ending(flow);
}

void TrafficGenerator::step(std::uint32_t flow) {
  Flow& sending = flows_[flow];
  do {
    const PlannedSegment segment = std::move(sending.plan[sending.planned_from++]);
    send(flow, segment);
  } while (!sending.done() && sending.plan[sending.planned_from].crossing);
  if (sending.done()) {
    sending.plan.clear();
    sending.planned_from = 0;
  }
  react();
}

void TrafficGenerator::send(std::uint32_t flow, const PlannedSegment& segment) {
  capture_.segment(flows_[flow], truth_.connections[flow], segment);
  const Side receiver = opposite(segment.sender);
  if (flows_[flow].peers[index(receiver)].owes_ack) react_later(flow, receiver, false);
}

void TrafficGenerator::react_later(std::uint32_t flow, Side side, bool pong) {
  const std::size_t delay = dice_.between(1, kReactionSlots - 1);
  reactions_[(slot_ + delay) % kReactionSlots].push_back({flow, side, pong});
}

void TrafficGenerator::react() {
  slot_ = (slot_ + 1) % kReactionSlots;
  const std::vector<Reaction> due = std::exchange(reactions_[slot_], {});
  for (const Reaction& reaction : due) {
    Flow& flow = flows_[reaction.flow];
    if (reaction.pong && !flow.done()) {
      react_later(reaction.flow, reaction.side, true);  // not inside a message
    } else if (reaction.pong) {
      script_.plan_control(flow, reaction.side, pong("keepalive"));
      const PlannedSegment segment = std::move(flow.plan.back());
      flow.plan.pop_back();
      send(reaction.flow, segment);
    } else if (flow.peers[index(reaction.side)].owes_ack && !flow.reset) {
      send(reaction.flow, {.sender = reaction.side, .flags = TcpFlag::ack});
    }
  }
}

}  // namespace support
