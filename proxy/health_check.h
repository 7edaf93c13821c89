#ifndef CLOSEWATCH_PROXY_HEALTH_CHECK_H_
#define CLOSEWATCH_PROXY_HEALTH_CHECK_H_

#include <memory>
#include <vector>

#include "proxy/config.h"
#include "proxy/tls_context.h"
#include "proxy/upstreams.h"

namespace boost::asio {
class io_context;
}

namespace proxy {

// The active checks of one service.
struct HealthChecked {
  std::shared_ptr<const ServiceOptions> options{};
  std::shared_ptr<const UpstreamSet> upstreams{};
  std::shared_ptr<const UpstreamTlsContext> tls{};  // null unless options->tls.enabled
};

// Asks every upstream whether it lives, each by itself, and tells its UpstreamSet: connects,
// shakes hands where TLS is configured, and where there is a path, asks for it with GET and wants a
// status of 2xx or 3xx. Each check ends within its timeout (the system's resolver, for upstreams
// with a name, may take longer; the check has failed then). Not thread-safe: the context's thread.
class HealthChecks {
 public:
  // `context` outlives this.
  explicit HealthChecks(boost::asio::io_context& context);
  HealthChecks(const HealthChecks&) = delete;
  HealthChecks& operator=(const HealthChecks&) = delete;
  // Stops all.
  ~HealthChecks();

  // Stops the checks there are and begins those of `services` that are enabled, the first at once.
  void replace(const std::vector<HealthChecked>& services);

 private:
  class Check;
  boost::asio::io_context& context_;
  std::vector<std::shared_ptr<Check>> checks_;
};

}  // namespace proxy

#endif  // CLOSEWATCH_PROXY_HEALTH_CHECK_H_
