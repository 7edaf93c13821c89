#ifndef CLOSEWATCH_PROXY_MAIN_COUNTS_H_
#define CLOSEWATCH_PROXY_MAIN_COUNTS_H_

#include <vector>

#include "metrics/proxy_metrics.h"
#include "proxy/proxy.h"

namespace proxy {

// What the workers counted, summed, as the exporter wants it. With no workers, all that could be
// counted under this setup.
metrics::ProxySnapshot snapshot_of(const Setup& setup,
                                   const std::vector<const WorkerCounters*>& workers);

class ProxyCounts final : public metrics::ProxySource {
 public:
  // `proxy` outlives this.
  explicit ProxyCounts(const Proxy& proxy) : proxy_(proxy) {}
  metrics::ProxySnapshot snapshot() const override;

 private:
  const Proxy& proxy_;
};

}  // namespace proxy

#endif  // CLOSEWATCH_PROXY_MAIN_COUNTS_H_
