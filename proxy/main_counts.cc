#include "proxy/main_counts.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "proxy/malformed.h"

namespace proxy {
namespace {

using Workers = std::vector<const WorkerCounters*>;

template <class Get>
std::uint64_t sum(const Workers& workers, Get get) {
  std::uint64_t all = 0;
  for (const WorkerCounters* worker : workers) all += get(*worker).value();
  return all;
}

template <std::size_t N, class Get>
std::vector<metrics::LabelledCount> labelled(const std::array<std::string_view, N>& names,
                                             const Workers& workers, Get get) {
  std::vector<metrics::LabelledCount> counts;
  for (std::size_t i = 0; i < N; ++i) {
    counts.push_back({names[i], sum(
                                    workers, [&](const WorkerCounters& worker) -> const auto& {
                                      return get(worker)[i];
                                    })});
  }
  return counts;
}

metrics::ProxyServiceSnapshot service_counts(std::size_t id, const Workers& workers) {
  using Service = WorkerCounters::Service;
  // One counter of this service, by the member that holds it.
  const auto of = [id](auto Service::*member) {
    return [ id, member ](const WorkerCounters& worker) -> const auto& {
      return worker.services[id].*member;
    };
  };
  metrics::ProxyServiceSnapshot counts;
  counts.upstream_connect_failures =
      labelled(kConnectFailureNames, workers, of(&Service::connect_failures));
  counts.rejected_connections = labelled(kRejectionNames, workers, of(&Service::rejections));
  counts.timeouts = labelled(kTimeoutNames, workers, of(&Service::timeouts));
  for (std::size_t i = 0; i < counts.tls_handshake_failures.size(); ++i) {
    counts.tls_handshake_failures[i] = sum(
        workers, [&](const WorkerCounters& worker) -> const auto& {
          return worker.services[id].tls_failures[i];
        });
  }
  for (std::size_t i = 0; i < counts.http_requests.size(); ++i) {
    counts.http_requests[i] = sum(
        workers, [&](const WorkerCounters& worker) -> const auto& {
          return worker.services[id].http_responses[i];
        });
  }
  counts.observer_lost = sum(workers, of(&Service::lost_streams));
  counts.buffered_bytes = sum(workers, of(&Service::buffered_bytes));
  return counts;
}

void add_upstreams(const Service& service, metrics::ProxyServiceSnapshot& counts) {
  const websocket::Time at = now();
  for (std::size_t i = 0; i < service.upstreams->size(); ++i) {
    const auto status = service.upstreams->status(i, at);
    counts.upstreams.push_back({.address = config::to_string(status.address),
                                .healthy = status.healthy && !status.paused});
  }
}

}  // namespace

metrics::ProxySnapshot snapshot_of(const Setup& setup, const Workers& workers) {
  metrics::ProxySnapshot all;
  // The highest id there may be: services that a reload dropped keep their counts.
  for (std::size_t id = 0; id < kMaxServices; ++id) {
    all.services.push_back(service_counts(id, workers));
  }
  for (const Service& service : setup.services) add_upstreams(service, all.services[service.id]);
  const auto malformed = [](const WorkerCounters& worker) -> const auto& {
    return worker.malformed;
  };
  all.malformed_requests = labelled(kMalformedNames, workers, malformed);
  using Counters = WorkerCounters;
  all.connections = {
      {"handshake",
       sum(
           workers, [](const Counters& one) -> const auto& { return one.handshakes; })},
      {"exchange", sum(
                       workers, [](const Counters& one) -> const auto& { return one.exchanges; })},
      {"tunnel", sum(
                     workers, [](const Counters& one) -> const auto& { return one.tunnels; })}};
  all.accept_pauses = sum(
      workers, [](const Counters& one) -> const auto& { return one.accept_pauses; });
  return all;
}

metrics::ProxySnapshot ProxyCounts::snapshot() const {
  Workers workers;
  for (std::size_t i = 0; i < proxy_.workers(); ++i) workers.push_back(&proxy_.counters(i));
  metrics::ProxySnapshot all = snapshot_of(*proxy_.setup(), workers);
  all.draining = proxy_.draining();
  return all;
}

}  // namespace proxy
