// The part of Tunnel that knows what time it is.

#include "proxy/tunnel.h"

namespace proxy {
namespace {

using websocket::LostBy;

// How often it is asked whether what a reset waits for has arrived.
constexpr std::chrono::milliseconds kResetRetry{5};
// And how often whether a Ping may be sent by now.
constexpr std::chrono::milliseconds kPingRetry{100};

}  // namespace

void Tunnel::count(Timeout timeout) {
  context_.counters.services[service_].timeouts[static_cast<std::size_t>(timeout)].add();
}

void Tunnel::send(Side receiver, const ControlFrame& frame) {
  const Direction towards = sent_by(opposite(receiver));
  const std::size_t before = way(towards).buffered();
  const IoStatus status = way(towards).push(end(receiver).transport, frame.bytes());
  count_buffered(before, way(towards).buffered());
  if (status != IoStatus::done) sink_gone(towards, status);
}

void Tunnel::drain(const DrainOptions& options, SteadyTime when, SteadyTime deadline) {
  drain_ = std::make_unique<Drain>(Drain{options.to_client, options.to_upstream, when, deadline});
  if (when <= context_.steady_now) begin_drain();
  if (!over_) schedule();
}

void Tunnel::begin_drain() {
  const std::unique_ptr<Drain> drain = std::move(drain_);
  if (closing_) {
    closing_->deadline = std::min(closing_->deadline, drain->deadline);
    return;
  }
  close_with(LostBy::proxy_shutdown, &drain->to_client, &drain->to_upstream, drain->deadline);
}

void Tunnel::cut(LostBy reason) {
  if (over_) return;
  if (!connection_->has_ends()) connection_->lose_to(reason);
  mark_deliveries();
  for (End& of : ends_) of.transport.reset();
  conclude();
}

void Tunnel::keep_alive() {
  const Timeouts& timeouts = options_->timeouts;
  if (timeouts.ping_interval.count() == 0 || connection_->has_ends()) return;
  for (const Side side : websocket::kSides) {
    std::optional<SteadyTime>& pinged = pinged_[index(side)];
    if (pinged && end(side).last_heard > *pinged) pinged.reset();
    if (pinged && context_.steady_now - *pinged >= timeouts.ping_timeout) {
      count(Timeout::ping);
      cut(LostBy::proxy_ping_limit);
      return;
    }
    const Direction towards = sent_by(opposite(side));
    const bool due = context_.steady_now - end(side).last_heard >= timeouts.ping_interval;
    if (pinged || !due || !way(towards).empty() || !connection_->at_frame_boundary(towards)) {
      continue;
    }
    pinged = context_.steady_now;
    send(side, control_frame(websocket::Opcode::ping, {}, side, new_masking_key()));
  }
}

void Tunnel::check_half_close() {
  const websocket::Duration limit = options_->timeouts.half_close;
  if (!half_closed_ || closing_ || limit.count() == 0) return;
  if (context_.steady_now - std::max(*half_closed_, last_moved()) < limit) return;
  count(Timeout::half_close);
  conclude();
}

void Tunnel::check_idle() {
  const websocket::Duration limit = options_->timeouts.idle;
  if (limit.count() == 0 || connection_->has_ends()) return;
  if (context_.steady_now - last_moved() < limit) return;
  count(Timeout::idle);
  const CloseToSend away{.code = 1001, .reason = "idle timeout"};
  close_with(LostBy::proxy_idle_limit, &away, &away,
             context_.steady_now + options_->timeouts.half_close);
}

void Tunnel::on_deadline() {
  scheduled_ = false;
  if (closing_ && context_.steady_now >= closing_->deadline) {
    cut(closing_->reason);
  }
  if (!over_ && drain_ && context_.steady_now >= drain_->when) begin_drain();
  if (!over_ && resetting_) {
    for (const Direction direction : websocket::kDirections) {
      const auto& ended = way(direction).ended;
      if (!over_ && ended && ended != websocket::EndKind::fin && flush(direction)) {
        pass_end(direction);
      }
    }
  }
  if (!over_) check_half_close();
  if (!over_) keep_alive();
  if (!over_) check_idle();
  if (!over_) schedule();
}

std::optional<SteadyTime> Tunnel::next_deadline() const {
  std::optional<SteadyTime> next;
  const auto add = [&next](SteadyTime at) { next = next ? std::min(*next, at) : at; };
  const Timeouts& timeouts = options_->timeouts;
  if (closing_) add(closing_->deadline);
  if (drain_) add(drain_->when);
  if (resetting_) add(context_.steady_now + kResetRetry);
  if (half_closed_ && !closing_ && timeouts.half_close.count() > 0) {
    add(std::max(*half_closed_, last_moved()) + timeouts.half_close);
  }
  if (connection_->has_ends()) return next;
  if (timeouts.idle.count() > 0) add(last_moved() + timeouts.idle);
  if (timeouts.ping_interval.count() > 0) {
    for (const Side side : websocket::kSides) {
      const auto& pinged = pinged_[index(side)];
      const SteadyTime at =
          pinged ? *pinged + timeouts.ping_timeout : end(side).last_heard + timeouts.ping_interval;
      // In the middle of a frame, or behind a full sink, it has to be asked again.
      add(std::max(at, context_.steady_now + kPingRetry));
    }
  }
  return next;
}

void Tunnel::schedule() {
  unschedule();
  if (const auto at = next_deadline()) {
    deadline_ = context_.deadlines.emplace(*at, this);
    scheduled_ = true;
  }
}

void Tunnel::unschedule() {
  if (scheduled_) context_.deadlines.erase(deadline_);
  scheduled_ = false;
}

}  // namespace proxy
