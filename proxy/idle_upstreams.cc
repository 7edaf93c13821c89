#include "proxy/idle_upstreams.h"

#include <algorithm>
#include <array>
#include <utility>

namespace proxy {
namespace {

// Whatever it says without being asked, or its end, makes it useless. TLS may have sent tickets,
// which reading takes out of the way.
bool is_silent(Stream& stream) {
  std::array<std::uint8_t, 1> byte{};
  return !stream.try_read(byte).has_value();
}

}  // namespace

void IdleUpstreams::put(const std::shared_ptr<const UpstreamSet>& set,
                        UpstreamConnection connection) {
  const auto of_this = std::count_if(idle_.begin(), idle_.end(), [&](const Idle& idle) {
    return idle.set == set && idle.connection.index == connection.index;
  });
  if (idle_.size() >= kMost || static_cast<std::size_t>(of_this) >= kMostOfOne) return;
  connection.stream->expire_after(websocket::Duration{0});
  idle_.push_front({set, std::move(connection), Clock::now() + kFor});
  sweep_later();
}

UpstreamConnection IdleUpstreams::take(const UpstreamSet& set, std::size_t index) {
  for (auto idle = idle_.begin(); idle != idle_.end();) {
    if (idle->set.get() != &set || idle->connection.index != index) {
      ++idle;
      continue;
    }
    UpstreamConnection connection = std::move(idle->connection);
    idle = idle_.erase(idle);
    if (is_silent(*connection.stream)) {
      connection.reused = true;
      return connection;
    }
  }
  return {};
}

void IdleUpstreams::clear() {
  idle_.clear();
  timer_.cancel();
}

void IdleUpstreams::sweep_later() {
  if (sweeping_) return;
  sweeping_ = true;
  timer_.expires_after(std::chrono::seconds{1});
  timer_.async_wait([this](const boost::system::error_code&) { sweep(); });
}

void IdleUpstreams::sweep() {
  sweeping_ = false;
  const auto current = Clock::now();
  idle_.remove_if(
      [&](Idle& idle) { return idle.until <= current || !is_silent(*idle.connection.stream); });
  if (!idle_.empty()) sweep_later();
}

}  // namespace proxy
