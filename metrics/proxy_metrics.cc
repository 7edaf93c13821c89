#include "metrics/proxy_metrics.h"

#include <algorithm>

#include "websocket/direction.h"

namespace metrics {
namespace {

using Row = const ProxyServiceSnapshot&;

// Label of every sample of its family: the code RFC 6455 section 7.4.1 gives to what is counted.
constexpr std::string_view kTlsHandshakeCode = "1015";

double as_double(std::uint64_t value) { return static_cast<double>(value); }

// The services, by name, of one snapshot. One that joined since the snapshot was taken has nothing
// counted yet.
struct ProxyServices {
  const ProxySnapshot& proxy;
  const Services& names;

  template <typename Take>
  void for_each(Take take) const {
    const ProxyServiceSnapshot none;
    for (std::size_t i = 0; i < names.size(); ++i) {
      take(names.name(static_cast<websocket::ServiceId>(i)),
           i < proxy.services.size() ? proxy.services[i] : none);
    }
  }
};

// A family with the label service alone.
void collect(const ProxyServices& services, const Family& family,
             std::uint64_t ProxyServiceSnapshot::*value, Families& families) {
  FamilySamples samples(family);
  services.for_each(
      [&](std::string_view service, Row row) { samples.add({service}, as_double(row.*value)); });
  samples.move_to(families);
}

// A family with the label service and one whose values the snapshot knows.
void collect(const ProxyServices& services, const Family& family,
             std::vector<LabelledCount> ProxyServiceSnapshot::*counts, Families& families) {
  FamilySamples samples(family);
  services.for_each([&](std::string_view service, Row row) {
    for (const LabelledCount& counted : row.*counts) {
      samples.add({service, counted.value}, as_double(counted.count));
    }
  });
  samples.move_to(families);
}

void collect_tls(const ProxyServices& services, Families& families) {
  FamilySamples samples(family("closewatch_proxy_tls_handshake_failures_total"));
  services.for_each([&](std::string_view service, Row row) {
    for (const websocket::Side side : websocket::kSides) {
      samples.add({service, name(side), kTlsHandshakeCode},
                  as_double(row.tls_handshake_failures[index(side)]));
    }
  });
  samples.move_to(families);
}

void collect_http(const ProxyServices& services, Families& families) {
  FamilySamples samples(family("closewatch_proxy_http_requests_total"));
  services.for_each([&](std::string_view service, Row row) {
    for (std::size_t i = 0; i < kHttpClassNames.size(); ++i) {
      samples.add({service, kHttpClassNames[i]}, as_double(row.http_requests[i]));
    }
  });
  samples.move_to(families);
}

void collect_upstreams(const ProxyServices& services, Families& families) {
  FamilySamples samples(family("closewatch_proxy_upstream_healthy"));
  services.for_each([&](std::string_view service, Row row) {
    for (const UpstreamHealth& upstream : row.upstreams) {
      samples.add({service, upstream.address}, upstream.healthy ? 1 : 0);
    }
  });
  samples.move_to(families);
}

void collect_process_wide(const ProxySnapshot& proxy, Families& families) {
  collect_labelled(proxy.malformed_requests, family("closewatch_proxy_malformed_requests_total"),
                   families);
  collect_labelled(proxy.connections, family("closewatch_proxy_connections"), families);
  FamilySamples draining(family("closewatch_proxy_draining"));
  draining.add({}, proxy.draining ? 1 : 0);
  draining.move_to(families);
  FamilySamples pauses(family("closewatch_proxy_accept_pauses_total"));
  pauses.add({}, as_double(proxy.accept_pauses));
  pauses.move_to(families);
}

}  // namespace

void collect_proxy(const ProxySnapshot& proxy, const Services& services, Families& families) {
  const ProxyServices rows{proxy, services};
  collect(rows, family("closewatch_proxy_upstream_connect_failures_total"),
          &ProxyServiceSnapshot::upstream_connect_failures, families);
  collect(rows, family("closewatch_proxy_rejected_connections_total"),
          &ProxyServiceSnapshot::rejected_connections, families);
  collect(rows, family("closewatch_proxy_timeouts_total"), &ProxyServiceSnapshot::timeouts,
          families);
  collect_tls(rows, families);
  collect_http(rows, families);
  collect(rows, family("closewatch_proxy_observer_lost_total"),
          &ProxyServiceSnapshot::observer_lost, families);
  collect(rows, family("closewatch_proxy_buffered_bytes"), &ProxyServiceSnapshot::buffered_bytes,
          families);
  collect_upstreams(rows, families);
  collect_process_wide(proxy, families);
}

}  // namespace metrics
