#include "proxy/admission.h"

#include <algorithm>

namespace proxy {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;

}  // namespace

bool Places::enter() {
  const std::uint64_t limit = limit_.load(std::memory_order_relaxed);
  std::uint64_t taken = taken_.load(std::memory_order_relaxed);
  do {
    if (limit > 0 && taken >= limit) return false;
  } while (!taken_.compare_exchange_weak(taken, taken + 1, std::memory_order_relaxed));
  return true;
}

bool RateLimit::take(websocket::Time now) {
  const std::int64_t interval = interval_.load(std::memory_order_relaxed);
  if (interval == 0) return true;
  const std::int64_t at = now.time_since_epoch().count();
  std::int64_t next = next_.load(std::memory_order_relaxed);
  std::int64_t due = 0;
  do {
    // More than a second ahead can only come from a clock that was set back.
    due = next > at + kSecond ? at : std::max(next, at);
    if (due - at > kSecond - interval) return false;
  } while (!next_.compare_exchange_weak(next, due + interval, std::memory_order_relaxed));
  return true;
}

void RateLimit::set_rate(std::uint64_t per_second) {
  const auto second = static_cast<std::uint64_t>(kSecond);
  const std::uint64_t interval = per_second == 0 ? 0 : second / per_second;
  interval_.store(static_cast<std::int64_t>(interval), std::memory_order_relaxed);
}

Admission::Admission(Admission&& other) noexcept
    : control_(std::exchange(other.control_, nullptr)),
      service_(std::move(other.service_)),
      upstream_(std::move(other.upstream_)),
      client_(std::exchange(other.client_, std::nullopt)) {}

Admission& Admission::operator=(Admission&& other) noexcept {
  if (this == &other) return *this;
  leave();
  control_ = std::exchange(other.control_, nullptr);
  service_ = std::move(other.service_);
  upstream_ = std::move(other.upstream_);
  client_ = std::exchange(other.client_, std::nullopt);
  return *this;
}

void Admission::leave_service() {
  if (const std::shared_ptr<Places> service = std::move(service_)) service->leave();
}

void Admission::leave() {
  leave_upstream();
  leave_service();
  AdmissionControl* control = std::exchange(control_, nullptr);
  if (control == nullptr) return;
  if (client_) control->clients_.leave(*client_);
  client_.reset();
  control->connections_.leave();
}

AdmissionControl::AdmissionControl(const ConnectionLimits& limits)
    : connections_(limits.connections),
      rate_(limits.new_connections_per_second),
      clients_(limits.connections_per_client) {}

std::variant<Admission, Rejection> AdmissionControl::admit(websocket::Time now) {
  if (!connections_.enter()) return Rejection::connection_limit;
  Admission admission;
  admission.control_ = this;
  if (!rate_.take(now)) return Rejection::rate_limit;
  return admission;
}

std::variant<Admission, Rejection> AdmissionControl::admit(const websocket::Endpoint& client,
                                                           websocket::Time now) {
  std::variant<Admission, Rejection> admitted = admit(now);
  if (auto* admission = std::get_if<Admission>(&admitted)) {
    if (const auto rejection = enter_client(*admission, client)) return *rejection;
  }
  return admitted;
}

std::optional<Rejection> AdmissionControl::enter_client(Admission& admission,
                                                        const websocket::Endpoint& endpoint) {
  const ClientPlaces::Client client = ClientPlaces::client_of(endpoint);
  if (admission.client_ == client) return std::nullopt;
  if (!clients_.enter(client)) return Rejection::client_limit;
  if (admission.client_) clients_.leave(*admission.client_);
  admission.client_ = client;
  return std::nullopt;
}

std::optional<Rejection> AdmissionControl::enter_service(Admission& admission,
                                                         const std::shared_ptr<Places>& service) {
  if (admission.service_ == service) return std::nullopt;
  admission.leave_service();
  if (!service->enter()) return Rejection::service_limit;
  admission.service_ = service;
  return std::nullopt;
}

void AdmissionControl::set_limits(const ConnectionLimits& limits) {
  connections_.set_limit(limits.connections);
  rate_.set_rate(limits.new_connections_per_second);
  clients_.set_limit(limits.connections_per_client);
}

}  // namespace proxy
