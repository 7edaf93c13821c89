#ifndef CLOSEWATCH_PROXY_UPSTREAMS_H_
#define CLOSEWATCH_PROXY_UPSTREAMS_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "config/listen_address.h"
#include "proxy/config.h"
#include "websocket/bytes.h"

namespace proxy {

// What is known of one upstream; outlives reloads that keep it. Any thread reads and writes.
struct UpstreamState {
  explicit UpstreamState(config::ListenAddress its_address) : address(std::move(its_address)) {}

  const config::ListenAddress address;
  std::atomic<std::uint64_t> connections{0};       // open, or being opened
  std::atomic<std::uint32_t> connect_failures{0};  // in a row
  std::atomic<std::int64_t> paused_until{0};       // nanoseconds, as websocket::Time
  std::atomic<std::uint32_t> check_streak{0};      // active checks in a row that say the opposite
  std::atomic<bool> healthy{true};                 // by active checks
};

// One connection, counted with its upstream until this is destroyed. Belongs to one thread.
class UpstreamPlace {
 public:
  UpstreamPlace() = default;
  explicit UpstreamPlace(std::shared_ptr<UpstreamState> state);
  UpstreamPlace(UpstreamPlace&&) noexcept = default;
  UpstreamPlace& operator=(UpstreamPlace&& other) noexcept;
  ~UpstreamPlace() { leave(); }

  bool is_taken() const { return state_ != nullptr; }
  void leave();

 private:
  std::shared_ptr<UpstreamState> state_;
};

// The upstreams of one service, shared by all workers. Its options never change: a reload makes a
// new set, which takes over the state of every upstream that stays.
class UpstreamSet {
 public:
  // Counts as a connection to the upstream from here on.
  struct Choice {
    std::size_t index = 0;  // for failed(), succeeded() and `tried`
    config::ListenAddress address{};
    UpstreamPlace place{};
  };
  struct Status {
    config::ListenAddress address{};
    std::uint64_t connections = 0;
    bool healthy = true;  // by active checks
    bool paused = false;  // after failures to connect
  };

  // `previous`: the service's set before a reload, or null. Without active checks all are healthy.
  explicit UpstreamSet(const ServiceOptions& options, const UpstreamSet* previous = nullptr);
  UpstreamSet(const UpstreamSet&) = delete;
  UpstreamSet& operator=(const UpstreamSet&) = delete;

  // The next one to try for a request: of those that are healthy and not paused while there are
  // any, then of the rest; never one of `tried`. Nothing when all were tried. `key` decides for
  // consistent_hash alone: see proxy/balance_key.h.
  std::optional<Choice> pick(std::uint64_t key, std::span<const std::size_t> tried,
                             websocket::Time now) const;
  // What came of connecting to it, TLS included.
  void succeeded(std::size_t index) const;
  void failed(std::size_t index, websocket::Time now) const;
  // What an active check found. One thread calls this.
  void checked(std::size_t index, bool success) const;

  std::size_t size() const { return upstreams_.size(); }
  const config::ListenAddress& address(std::size_t index) const {
    return upstreams_[index].state->address;
  }
  Status status(std::size_t index, websocket::Time now) const;

 private:
  struct Upstream {
    std::shared_ptr<UpstreamState> state;
    std::uint64_t hash = 0;  // of its address
  };

  std::shared_ptr<UpstreamState> state_of(const config::ListenAddress& address) const;
  std::uint64_t connections(std::size_t index) const {
    return upstreams_[index].state->connections.load(std::memory_order_relaxed);
  }
  bool is_paused(const UpstreamState& state, websocket::Time now) const;
  std::vector<std::size_t> candidates(std::span<const std::size_t> tried,
                                      websocket::Time now) const;
  std::size_t chosen(const std::vector<std::size_t>& those, std::uint64_t key) const;

  std::vector<Upstream> upstreams_;
  Balance balance_;
  PassiveHealthCheck passive_;
  ActiveHealthCheck active_;
  mutable std::atomic<std::uint64_t> turn_{0};
};

}  // namespace proxy

#endif  // CLOSEWATCH_PROXY_UPSTREAMS_H_
