#ifndef CLOSEWATCH_PROXY_RELAY_CONTEXT_H_
#define CLOSEWATCH_PROXY_RELAY_CONTEXT_H_

#include <array>
#include <chrono>
#include <cstdint>
#include <map>
#include <vector>

#include "proxy/counters.h"
#include "proxy/pipe_pool.h"
#include "websocket/observer.h"

namespace proxy {

class Tunnel;

// Never jumps: for deadlines.
using SteadyTime = std::chrono::steady_clock::time_point;

// When which tunnel wants to be asked; at most one entry a tunnel.
using Deadlines = std::multimap<SteadyTime, Tunnel*>;

// What the tunnels of one thread share.
struct RelayContext {
  // Small, so that what a stalled sink leaves of it is small: both directions together hold at most
  // 32 KiB. Larger frames do not pass through it, except under TLS, whose records are no larger.
  static constexpr std::size_t kBufferSize = 16'384;

  websocket::ConnectionObserver& observer;
  WorkerCounters& counters;
  websocket::OutcomeLimits limits;
  std::array<std::uint8_t, kBufferSize> buffer{};
  PipePool pipes{};
  Deadlines deadlines{};
  std::vector<Tunnel*> unfinished{};  // have more to do than their turn allowed
  websocket::Time now{};              // of the batch of events
  SteadyTime steady_now{};
};

}  // namespace proxy

#endif  // CLOSEWATCH_PROXY_RELAY_CONTEXT_H_
