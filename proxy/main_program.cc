#include "proxy/main_program.h"

#include <sys/resource.h>

#include <csignal>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <thread>
#include <utility>

namespace proxy {
namespace {

constexpr std::string_view kNoService = "other";

std::ostream& say() { return std::cerr << "closewatch-proxy: "; }

void say_all(const std::vector<std::string>& problems) {
  for (const std::string& problem : problems) say() << problem << '\n';
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

metrics::EventLog::Options event_log_options(const std::string& file) {
  metrics::EventLog::Options options;
  options.sink = file == "-" ? metrics::EventSink::standard_output : metrics::EventSink::file;
  if (file != "-") options.path = file;
  return options;
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
      code_profiles_(code_profiles(config)),
      services_(service_names(config), {.listed_codes = listed_codes(config), .mass_closure = {}}),
      exporter_({std::string(build.version), std::string(build.revision), "proxy"}, services_,
                code_profiles_),
      notification_(ServiceNotification::from_environment()) {
  if (!options.events_file.empty() && !options.check_config) {
    events_.emplace(event_log_options(options.events_file));
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
  std::vector<std::string> problems;
  const auto setup = Setup::load(std::move(config), nullptr, service_ids(), problems);
  say_all(problems);
  if (!setup) return EXIT_FAILURE;
  std::cout << (options_.config_file.empty() ? "the command line" : options_.config_file)
            << ": good; at most " << exporter_.series_bound(snapshot_of(*setup, {})) << " series\n";
  return EXIT_SUCCESS;
}

void MainProgram::add_workers(std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) {
    observers_.push_back(std::make_unique<WorkerObserver>(
        services_, code_profiles_, events_ ? &*events_ : nullptr, options_.show_reasons));
    exporter_.add(observers_.back()->counts());
  }
}

void MainProgram::start(ProxyConfig config) {
  const config::ListenAddress metrics_listen = config.metrics_listen;
  const auto cores = std::max(1U, std::thread::hardware_concurrency());
  add_workers(config.threads > 0 ? config.threads : cores);
  std::vector<std::string> problems;
  Proxy::Options options;
  for (const auto& observer : observers_) options.observers.push_back(observer.get());
  options.service_ids = service_ids();
  options.activated = ActivatedSockets::from_environment(problems);
  options.finished = [this] { context_.stop(); };
  try {
    proxy_ = std::make_unique<Proxy>(context_, std::move(config), std::move(options), problems);
  } catch (const std::exception&) {
    say_all(problems);
    throw;
  }
  say_all(problems);
  counts_.emplace(*proxy_);
  exporter_.add(*counts_);
  if (!options_.config_file.empty()) exporter_.config_loaded(true, now());
  endpoint_.emplace(pages_, metrics_listen);
}

void MainProgram::announce() const {
  std::string text = "listening on";
  for (const auto& endpoint : proxy_->endpoints()) text += ' ' + to_string(endpoint);
  say() << text << "; metrics at http://" << to_string(endpoint_->address()) << "/metrics, at most "
        << exporter_.series_bound(counts_->snapshot()) << " series\n";
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
  endpoint_.reset();  // it asks the proxy
  proxy_.reset();
  say() << "stopped\n";
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
    say() << "stopping at once\n";
    proxy_->cut();
    return;
  }
  stopping_ = true;
  pages_.set_ready(false);
  notification_.stopping("draining");
  say() << "draining\n";
  proxy_->drain();
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
  auto config = wanted_config(options_, problems);
  const bool loaded = config && proxy_->reload(std::move(*config), problems);
  say_all(problems);
  if (!options_.config_file.empty()) exporter_.config_loaded(loaded, now());
  const std::string_view outcome =
      loaded ? "configuration reloaded" : "the configuration stays as it was";
  say() << outcome << '\n';
  notification_.ready(outcome);
}

}  // namespace proxy
