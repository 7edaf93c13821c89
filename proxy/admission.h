#ifndef CLOSEWATCH_PROXY_ADMISSION_H_
#define CLOSEWATCH_PROXY_ADMISSION_H_

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>
#include <variant>

#include "proxy/client_places.h"
#include "proxy/config.h"
#include "proxy/counters.h"
#include "proxy/upstreams.h"
#include "websocket/bytes.h"
#include "websocket/endpoint.h"

namespace proxy {

// How many places there are, and how many are taken. Any thread.
class Places {
 public:
  // 0: without limit.
  explicit Places(std::uint64_t limit) : limit_(limit) {}
  // Takes a place; false when there is none.
  bool enter();
  void leave() { taken_.fetch_sub(1, std::memory_order_relaxed); }
  // Nobody loses a place that was taken under another limit.
  void set_limit(std::uint64_t limit) { limit_.store(limit, std::memory_order_relaxed); }
  std::uint64_t taken() const { return taken_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> taken_{0};
  std::atomic<std::uint64_t> limit_;
};

// So many a second, with bursts of one second's worth. Any thread.
class RateLimit {
 public:
  // 0: without limit.
  explicit RateLimit(std::uint64_t per_second) { set_rate(per_second); }
  bool take(websocket::Time now);
  void set_rate(std::uint64_t per_second);

 private:
  std::atomic<std::int64_t> interval_{0};  // nanoseconds between two; 0: without limit
  std::atomic<std::int64_t> next_{0};      // when the next would be due at an even pace
};

class AdmissionControl;

// The places that one client connection holds: in total, of its client address, of its service, and
// with its upstream. Gives all back when it is destroyed. Belongs to one thread at a time; its
// AdmissionControl outlives it.
class Admission {
 public:
  Admission() = default;
  Admission(Admission&& other) noexcept;
  Admission& operator=(Admission&& other) noexcept;
  ~Admission() { leave(); }

  bool is_admitted() const { return control_ != nullptr; }
  // Takes the place with an upstream in, in exchange for the one before.
  void hold(UpstreamPlace place) { upstream_ = std::move(place); }
  // After a plain exchange, when the connection waits for its next request.
  void leave_service();
  void leave_upstream() { upstream_.leave(); }
  // Gives everything back now.
  void leave();

 private:
  friend class AdmissionControl;
  AdmissionControl* control_ = nullptr;
  std::shared_ptr<Places> service_;
  UpstreamPlace upstream_;
  std::optional<ClientPlaces::Client> client_;
};

// The limits on connections, shared by all workers. Any thread.
class AdmissionControl {
 public:
  explicit AdmissionControl(const ConnectionLimits& limits);
  AdmissionControl(const AdmissionControl&) = delete;
  AdmissionControl& operator=(const AdmissionControl&) = delete;

  // A connection was accepted. Rejection::connection_limit or rate_limit.
  std::variant<Admission, Rejection> admit(websocket::Time now);
  // admit() and enter_client() in one, where the peer is the client.
  std::variant<Admission, Rejection> admit(const websocket::Endpoint& client, websocket::Time now);
  // Who the client is, once that is known: the peer, or whom a PROXY header or a trusted hop names.
  // Called again, it moves to the place of the other client. Rejection::client_limit; the
  // admission is then as it was.
  std::optional<Rejection> enter_client(Admission& admission, const websocket::Endpoint& client);
  // Takes a place of the service, in exchange for the one before. Places belong to a service, not
  // to a configuration: a reload keeps them and sets their limit. Rejection::service_limit; the
  // admission then holds none.
  static std::optional<Rejection> enter_service(Admission& admission,
                                                const std::shared_ptr<Places>& service);

  // Applies to those who come.
  void set_limits(const ConnectionLimits& limits);
  std::uint64_t connections() const { return connections_.taken(); }

 private:
  friend class Admission;
  Places connections_;
  RateLimit rate_;
  ClientPlaces clients_;
};

}  // namespace proxy

#endif  // CLOSEWATCH_PROXY_ADMISSION_H_
