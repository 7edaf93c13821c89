#ifndef CLOSEWATCH_PROXY_MAIN_PROGRAM_H_
#define CLOSEWATCH_PROXY_MAIN_PROGRAM_H_

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "metrics/alerts.h"
#include "metrics/code_profiles.h"
#include "metrics/event_log.h"
#include "metrics/exporter.h"
#include "metrics/http_endpoint.h"
#include "metrics/program_log.h"
#include "metrics/services.h"
#include "proxy/main_counts.h"
#include "proxy/main_observer.h"
#include "proxy/notify.h"
#include "proxy/options.h"
#include "proxy/proxy.h"

namespace proxy {

// The program: the proxy joined with its metrics, and with whoever started it.
class MainProgram {
 public:
  struct Build {
    std::string_view version;
    std::string_view revision;
  };

  // `options` outlives this.
  MainProgram(const Options& options, const ProxyConfig& config, const Build& build);

  // Runs until a signal ends it. Throws std::runtime_error when it cannot begin.
  int run(ProxyConfig config);
  // Reads what the configuration names, and reports; for --check-config.
  int check(ProxyConfig config);

 private:
  ServiceIds service_ids();
  void start(ProxyConfig config);
  void enter_sandbox(bool binds_low_ports) const;
  void add_workers(std::size_t count);
  void start_alerts(const config::AlertOptions& options,
                    const config::ListenAddress& metrics_listen);
  void announce() const;
  void await_signal();
  void on_signal(int signal);
  void stop();
  void reload();
  bool reload_config(std::vector<std::string>& problems);

  void complain(const std::vector<std::string>& problems) const;

  const Options& options_;
  const config::EventOptions event_options_;
  metrics::ProgramLog log_;
  metrics::CodeProfiles code_profiles_;
  metrics::Services services_;
  metrics::Exporter exporter_;
  std::optional<metrics::EventLog> events_;
  std::vector<std::unique_ptr<WorkerObserver>> observers_;
  ServiceNotification notification_;
  boost::asio::io_context context_{1};
  boost::asio::signal_set signals_{context_};
  std::unique_ptr<Proxy> proxy_;
  std::optional<ProxyCounts> counts_;
  metrics::ScrapePages pages_{exporter_};
  std::optional<metrics::Alerts> alerts_;
  std::optional<metrics::HttpEndpoint> endpoint_;
  bool stopping_ = false;
};

// The configuration that the options ask for: the file, if one is named, and what they say beside
// it. `problems` gets one sentence for each problem.
std::optional<ProxyConfig> wanted_config(const Options& options,
                                         std::vector<std::string>& problems);

}  // namespace proxy

#endif  // CLOSEWATCH_PROXY_MAIN_PROGRAM_H_
