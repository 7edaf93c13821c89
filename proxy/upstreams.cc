#include "proxy/upstreams.h"

#include <algorithm>

#include "proxy/balance_key.h"

namespace proxy {

UpstreamPlace::UpstreamPlace(std::shared_ptr<UpstreamState> state) : state_(std::move(state)) {
  state_->connections.fetch_add(1, std::memory_order_relaxed);
}

UpstreamPlace& UpstreamPlace::operator=(UpstreamPlace&& other) noexcept {
  if (this == &other) return *this;
  leave();
  state_ = std::move(other.state_);
  return *this;
}

void UpstreamPlace::leave() {
  if (state_ == nullptr) return;
  state_->connections.fetch_sub(1, std::memory_order_relaxed);
  state_.reset();
}

UpstreamSet::UpstreamSet(const ServiceOptions& options, const UpstreamSet* previous)
    : balance_(options.balance),
      passive_(options.passive_health_check),
      active_(options.health_check) {
  for (const config::ListenAddress& address : options.upstreams) {
    std::shared_ptr<UpstreamState> state;
    if (previous != nullptr) state = previous->state_of(address);
    if (state == nullptr) state = std::make_shared<UpstreamState>(address);
    if (!active_.enabled) {
      state->healthy.store(true, std::memory_order_relaxed);
      state->check_streak.store(0, std::memory_order_relaxed);
    }
    upstreams_.push_back({std::move(state), stable_hash(config::to_string(address))});
  }
}

std::optional<UpstreamSet::Choice> UpstreamSet::pick(std::uint64_t key,
                                                     std::span<const std::size_t> tried,
                                                     websocket::Time now) const {
  const std::vector<std::size_t> those = candidates(tried, now);
  if (those.empty()) return std::nullopt;
  const std::size_t index = chosen(those, key);
  const std::shared_ptr<UpstreamState>& state = upstreams_[index].state;
  return Choice{.index = index, .address = state->address, .place = UpstreamPlace{state}};
}

void UpstreamSet::succeeded(std::size_t index) const {
  UpstreamState& state = *upstreams_[index].state;
  // Read first: nearly always there is nothing to write, and all workers share the line.
  if (state.connect_failures.load(std::memory_order_relaxed) == 0) return;
  state.connect_failures.store(0, std::memory_order_relaxed);
  state.paused_until.store(0, std::memory_order_relaxed);
}

void UpstreamSet::failed(std::size_t index, websocket::Time now) const {
  UpstreamState& state = *upstreams_[index].state;
  const std::uint32_t failures = state.connect_failures.fetch_add(1, std::memory_order_relaxed) + 1;
  if (passive_.failures == 0 || failures < passive_.failures) return;
  state.paused_until.store((now + passive_.pause).time_since_epoch().count(),
                           std::memory_order_relaxed);
}

void UpstreamSet::checked(std::size_t index, bool success) const {
  UpstreamState& state = *upstreams_[index].state;
  if (success == state.healthy.load(std::memory_order_relaxed)) {
    state.check_streak.store(0, std::memory_order_relaxed);
    return;
  }
  const std::uint32_t streak = state.check_streak.fetch_add(1, std::memory_order_relaxed) + 1;
  if (streak < (success ? active_.healthy_after : active_.unhealthy_after)) return;
  state.healthy.store(success, std::memory_order_relaxed);
  state.check_streak.store(0, std::memory_order_relaxed);
}

UpstreamSet::Status UpstreamSet::status(std::size_t index, websocket::Time now) const {
  const UpstreamState& state = *upstreams_[index].state;
  return {.address = state.address,
          .connections = state.connections.load(std::memory_order_relaxed),
          .healthy = state.healthy.load(std::memory_order_relaxed),
          .paused = is_paused(state, now)};
}

std::shared_ptr<UpstreamState> UpstreamSet::state_of(const config::ListenAddress& address) const {
  const auto found = std::ranges::find_if(
      upstreams_, [&](const Upstream& upstream) { return upstream.state->address == address; });
  return found == upstreams_.end() ? nullptr : found->state;
}

bool UpstreamSet::is_paused(const UpstreamState& state, websocket::Time now) const {
  return passive_.failures > 0 &&
         now.time_since_epoch().count() < state.paused_until.load(std::memory_order_relaxed);
}

std::vector<std::size_t> UpstreamSet::candidates(std::span<const std::size_t> tried,
                                                 websocket::Time now) const {
  std::vector<std::size_t> well;
  std::vector<std::size_t> rest;
  for (std::size_t index = 0; index < upstreams_.size(); ++index) {
    if (std::ranges::find(tried, index) != tried.end()) continue;
    const UpstreamState& state = *upstreams_[index].state;
    const bool is_well = state.healthy.load(std::memory_order_relaxed) && !is_paused(state, now);
    (is_well ? well : rest).push_back(index);
  }
  return well.empty() ? rest : well;
}

std::size_t UpstreamSet::chosen(const std::vector<std::size_t>& those, std::uint64_t key) const {
  const auto by_hash = [&](std::size_t index) { return mixed(key ^ upstreams_[index].hash); };
  const std::uint64_t turn = turn_.fetch_add(1, std::memory_order_relaxed);
  switch (balance_) {
    case Balance::consistent_hash:  // the highest random weight (rendezvous hashing)
      return *std::ranges::max_element(those, {}, by_hash);
    case Balance::least_connections: {
      std::size_t least = those[turn % those.size()];  // it goes round among equally busy ones
      for (const std::size_t index : those) {
        if (connections(index) < connections(least)) least = index;
      }
      return least;
    }
    case Balance::round_robin:
      return those[turn % those.size()];
  }
  return those.front();
}

}  // namespace proxy
