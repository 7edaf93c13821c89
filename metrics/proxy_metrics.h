#ifndef CLOSEWATCH_METRICS_PROXY_METRICS_H_
#define CLOSEWATCH_METRICS_PROXY_METRICS_H_

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "metrics/family_samples.h"
#include "metrics/services.h"

namespace metrics {

struct UpstreamHealth {
  std::string address;  // as configured, once a service
  bool healthy = true;
};

// What the proxy counted for one service until now.
struct ProxyServiceSnapshot {
  std::vector<LabelledCount> upstream_connect_failures{};  // by reason
  std::vector<LabelledCount> rejected_connections{};       // by reason
  std::vector<LabelledCount> timeouts{};                   // by timeout
  // By the side the handshake was with (index(websocket::Side)): the client, or the upstream.
  std::array<std::uint64_t, 2> tls_handshake_failures{};
  std::array<std::uint64_t, 5> http_requests{};  // by the response's class, 1xx first
  std::uint64_t observer_lost = 0;               // streams that could not be followed to their end
  std::uint64_t buffered_bytes = 0;              // now
  std::vector<UpstreamHealth> upstreams{};
};

// What the proxy counted until now, summed over its threads.
struct ProxySnapshot {
  std::vector<ProxyServiceSnapshot> services{};  // by ServiceId; may be shorter than the services
  std::vector<LabelledCount> malformed_requests{};  // by reason
  std::vector<LabelledCount> connections{};         // now, by state
  std::uint64_t accept_pauses = 0;
  bool draining = false;
};

// Where the exporter asks the proxy how it goes. Called from the thread that scrapes, while the
// proxy runs.
class ProxySource {
 public:
  ProxySource() = default;
  ProxySource(const ProxySource&) = delete;
  ProxySource& operator=(const ProxySource&) = delete;
  virtual ~ProxySource() = default;

  virtual ProxySnapshot snapshot() const = 0;
};

inline constexpr std::array<std::string_view, 5> kHttpClassNames{"1xx", "2xx", "3xx", "4xx", "5xx"};

// Appends the families closewatch_proxy_*.
void collect_proxy(const ProxySnapshot& proxy, const Services& services, Families& families);

}  // namespace metrics

#endif  // CLOSEWATCH_METRICS_PROXY_METRICS_H_
