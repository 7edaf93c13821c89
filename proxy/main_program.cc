#include "proxy/main_program.h"

#include <sys/resource.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <thread>
#include <utility>

#include "sandbox/sandbox.h"

namespace proxy {
namespace {

constexpr std::string_view kNoService = "other";

// Before there is a log.
void say_all(const std::vector<std::string>& problems) {
  for (const std::string& problem : problems) std::cerr << "closewatch-proxy: " << problem << '\n';
}

metrics::CodeProfiles code_profiles(const ProxyConfig& config) {
  metrics::CodeProfiles profiles;
  for (config::CodeProfile& profile : config.all_code_profiles()) profiles.add(std::move(profile));
  return profiles;
}

std::vector<websocket::CloseCode> listed_codes(const ProxyConfig& config) {
  std::vector<websocket::CloseCode> codes;
  for (const config::CodeProfile& profile : config.all_code_profiles()) {
    for (const config::CodeName& name : profile.codes) codes.push_back(name.code);
  }
  return codes;
}

std::vector<std::string> service_names(const ProxyConfig& config) {
  std::vector<std::string> names;
  for (const ServiceOptions& service : config.services) names.push_back(service.name);
  return names;
}

// Each connection takes two descriptors.
void raise_descriptor_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

bool has_low_port(const ProxyConfig& config) {
  return std::ranges::any_of(config.listeners, [](const ListenerOptions& listener) {
    return listener.address.port > 0 && listener.address.port < 1024;
  });
}

}  // namespace

std::optional<ProxyConfig> wanted_config(const Options& options,
                                         std::vector<std::string>& problems) {
  ProxyConfig config;
  if (!options.config_file.empty()) {
    auto loaded = load_config(options.config_file, problems);
    if (!loaded) return std::nullopt;
    config = std::move(*loaded);
  }
  const std::string problem = override_config(options, config);
  if (problem.empty()) return config;
  problems.push_back(problem);
  return std::nullopt;
}

MainProgram::MainProgram(const Options& options, const ProxyConfig& config, const Build& build)
    : options_(options),
      event_options_(config.operation.events),
      log_(config.operation.log),
      code_profiles_(code_profiles(config)),
      services_(service_names(config), {.listed_codes = listed_codes(config), .mass_closure = {}}),
      exporter_({std::string(build.version), std::string(build.revision), "proxy"}, services_,
                code_profiles_),
      notification_(ServiceNotification::from_environment()) {
  auto events = metrics::event_log_options(event_options_);
  if (events && !options.check_config) {
    events->waits = true;
    events_.emplace(*events);
    exporter_.add(*events_);
  }
}

ServiceIds MainProgram::service_ids() {
  return [this](std::string_view name) {
    const auto id = services_.add(name.empty() ? kNoService : name);
    // When there are as many as can be, the rest is counted with the last.
    return id.value_or(static_cast<websocket::ServiceId>(services_.size() - 1));
  };
}

int MainProgram::check(ProxyConfig config) {
  const config::AlertOptions alert_options = config.operation.alerts;
  const config::ListenAddress metrics_listen = config.metrics_listen;
  std::vector<std::string> problems;
  const auto setup = Setup::load(std::move(config), nullptr, service_ids(), problems);
  say_all(problems);
  if (!setup) return EXIT_FAILURE;
  start_alerts(alert_options, metrics_listen);  // which reads what they name
  std::cout << (options_.config_file.empty() ? "the command line" : options_.config_file)
            << ": good; at most " << exporter_.series_bound(snapshot_of(*setup, {})) << " series\n";
  return EXIT_SUCCESS;
}

void MainProgram::add_workers(std::size_t count) {
  const metrics::CloseEventWriter events{events_ ? &*events_ : nullptr,
                                         services_,
                                         code_profiles_,
                                         {.observed_by = "proxy",
                                          .only = event_options_.only,
                                          .sample = event_options_.sample,
                                          .show_reasons = options_.show_reasons}};
  for (std::size_t i = 0; i < count; ++i) {
    observers_.push_back(std::make_unique<WorkerObserver>(services_, events));
    exporter_.add(observers_.back()->counts());
  }
}

// Configurations to come are read, and event logs reopened, as the user that it becomes here.
void MainProgram::enter_sandbox(bool binds_low_ports) const {
  if (!options_.sandbox) return;
  const auto events = metrics::event_log_options(event_options_);
  sandbox::enter({.profile = sandbox::Profile::proxy,
                  .user = options_.user,
                  .appends_to_files = events && events->sink == metrics::EventSink::file,
                  .binds_low_ports = binds_low_ports});
}

void MainProgram::start(ProxyConfig config) {
  const config::ListenAddress metrics_listen = config.metrics_listen;
  const config::AlertOptions alert_options = config.operation.alerts;
  endpoint_.emplace(pages_, metrics_listen);
  const auto cores = std::max(1U, std::thread::hardware_concurrency());
  add_workers(config.threads > 0 ? config.threads : cores);
  std::vector<std::string> problems;
  Proxy::Options options;
  for (const auto& observer : observers_) options.observers.push_back(observer.get());
  options.service_ids = service_ids();
  options.activated = ActivatedSockets::from_environment(problems);
  options.finished = [this] { context_.stop(); };
  options.listening = [this, low = has_low_port(config)] { enter_sandbox(low); };
  try {
    proxy_ = std::make_unique<Proxy>(context_, std::move(config), std::move(options), problems);
  } catch (const std::exception&) {
    complain(problems);
    throw;
  }
  complain(problems);
  counts_.emplace(*proxy_);
  exporter_.add(*counts_);
  if (!options_.config_file.empty()) exporter_.config_loaded(true, now());
  start_alerts(alert_options, metrics_listen);
  if (events_) events_->start();
  endpoint_->serve();
}

void MainProgram::start_alerts(const config::AlertOptions& options,
                               const config::ListenAddress& metrics_listen) {
  std::vector<const metrics::ConnectionMetrics*> threads;
  for (const auto& observer : observers_) threads.push_back(&observer->counts());
  alerts_.emplace(options, services_, std::move(threads),
                  metrics::own_labels("closewatch-proxy", metrics_listen), log_);
  exporter_.add(*alerts_);
}

void MainProgram::complain(const std::vector<std::string>& problems) const {
  for (const std::string& problem : problems) log_.error(problem);
}

void MainProgram::announce() const {
  std::string text = "listening on";
  for (const auto& endpoint : proxy_->endpoints()) text += ' ' + to_string(endpoint);
  log_.info(text,
            {{"metrics", "http://" + to_string(endpoint_->address()) + "/metrics"},
             {"series_at_most", std::to_string(exporter_.series_bound(counts_->snapshot()))}});
  notification_.ready(text);
}

int MainProgram::run(ProxyConfig config) {
  std::signal(SIGPIPE, SIG_IGN);
  raise_descriptor_limit();
  for (const int signal : {SIGTERM, SIGINT, SIGHUP}) signals_.add(signal);
  start(std::move(config));
  await_signal();
  pages_.set_ready(true);
  announce();
  context_.run();
  endpoint_.reset();  // it asks the proxy and the alerts
  alerts_.reset();
  proxy_.reset();
  log_.info("stopped");
  return EXIT_SUCCESS;
}

void MainProgram::await_signal() {
  signals_.async_wait([this](const boost::system::error_code& error, int signal) {
    if (error) return;
    on_signal(signal);
    await_signal();
  });
}

void MainProgram::on_signal(int signal) {
  if (signal == SIGHUP) {
    reload();
  } else {
    stop();
  }
}

void MainProgram::stop() {
  if (stopping_) {
    log_.info("stopping at once");
    proxy_->cut();
    return;
  }
  stopping_ = true;
  pages_.set_ready(false);
  notification_.stopping("draining");
  log_.info("draining");
  proxy_->drain();
}

bool MainProgram::reload_config(std::vector<std::string>& problems) {
  auto config = wanted_config(options_, problems);
  if (!config) return false;
  const config::AlertOptions alert_options = config->operation.alerts;
  if (!proxy_->reload(std::move(*config), problems)) return false;
  try {
    alerts_->configure(alert_options);
  } catch (const std::exception& error) {
    problems.emplace_back(error.what());
    return false;
  }
  return true;
}

void MainProgram::reload() {
  if (stopping_) return;
  notification_.reloading();
  std::vector<std::string> problems;
  try {
    if (events_) events_->reopen();
  } catch (const std::exception& error) {
    problems.emplace_back(error.what());
  }
  const bool loaded = reload_config(problems);
  complain(problems);
  if (!options_.config_file.empty()) exporter_.config_loaded(loaded, now());
  const std::string_view outcome =
      loaded ? "configuration reloaded" : "the configuration stays as it was";
  log_.info(outcome);
  notification_.ready(outcome);
}

}  // namespace proxy
