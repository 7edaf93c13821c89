// closewatch-capture: the one place where the capture meets the metrics.

#include <csignal>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <optional>

#include "capture/main_counts.h"
#include "capture/main_observer.h"
#include "capture/options.h"
#include "capture/packet_loop.h"
#include "capture/report.h"
#include "capture/signals.h"
#include "capture/terminal.h"
#include "metrics/alerts.h"
#include "metrics/event_log.h"
#include "metrics/exporter.h"
#include "metrics/exposition.h"
#include "metrics/http_endpoint.h"
#include "metrics/program_log.h"

namespace {

using capture::CaptureError;
using capture::Config;
using capture::Options;
using capture::Output;

constexpr int kExitFailure = 1;

// The program with its configuration: reads savefiles, or captures.
class Program {
 public:
  Program(const Options& options, const Config& config)
      : options_(options),
        config_(config),
        service_table_(config.service_table()),
        profiles_(code_profiles(config)),
        services_(service_table_.names(),
                  {.listed_codes = listed_codes(config), .mass_closure = {}}),
        log_(config.operation.log),
        observer_(services_, profiles_, options.report(), event_writer(), options,
                  static_cast<std::size_t>(config.limits.report_connections)),
        loop_(config, service_table_, observer_),
        capture_counts_(loop_),
        exporter_({CLOSEWATCH_VERSION, CLOSEWATCH_REVISION, "capture"}, services_, profiles_) {
    exporter_.add(observer_.counts());
    exporter_.add(capture_counts_);
    if (events_) exporter_.add(*events_);
    if (!options.config_file.empty()) {
      exporter_.config_loaded(true, std::chrono::system_clock::now());
    }
  }

  std::size_t series_bound() const { return exporter_.series_bound(capture_counts_.snapshot()); }
  int read_savefiles();
  int capture_live();
  int check();

 private:
  static metrics::CodeProfiles code_profiles(const Config& config) {
    metrics::CodeProfiles profiles;
    for (config::CodeProfile& profile : config.all_code_profiles()) {
      profiles.add(std::move(profile));
    }
    return profiles;
  }
  static std::vector<websocket::CloseCode> listed_codes(const Config& config) {
    std::vector<websocket::CloseCode> codes;
    for (const config::CodeProfile& profile : config.all_code_profiles()) {
      for (const auto& [code, name] : profile.codes) codes.push_back(code);
    }
    return codes;
  }
  metrics::CloseEventWriter event_writer();
  void start_alerts();
  bool goes_on(int signals);
  bool write_metrics() const;

  const Options& options_;
  const Config& config_;
  capture::ServiceTable service_table_;
  metrics::CodeProfiles profiles_;
  metrics::Services services_;
  metrics::ProgramLog log_;
  std::optional<metrics::EventLog> events_;
  capture::MainObserver observer_;
  capture::PacketLoop loop_;
  capture::CaptureCounts capture_counts_;
  metrics::Exporter exporter_;
  std::optional<metrics::Alerts> alerts_;
};

int Program::read_savefiles() {
  capture::TerminalProgress progress{!options_.no_progress};
  int exit_code = EXIT_SUCCESS;
  for (const std::string& file : options_.savefiles) {
    try {
      const std::string warning = loop_.read_savefile(file, options_.filter, progress);
      progress.finish();
      if (!warning.empty()) std::cerr << "closewatch-capture: " << warning << '\n';
    } catch (const CaptureError& error) {
      progress.finish();
      std::cerr << "closewatch-capture: " << error.what() << '\n';
      exit_code = kExitFailure;
    }
  }
  if (loop_.sources().empty()) return exit_code;  // no file could be opened
  loop_.finish();
  if (const auto output = options_.report())
    capture::print_to_terminal(observer_.report(), *output);
  if (!options_.metrics_once.empty() && !write_metrics()) exit_code = kExitFailure;
  std::cout.flush();
  if (!std::cout) {
    std::cerr << "closewatch-capture: cannot write to standard output\n";
    exit_code = kExitFailure;
  }
  return exit_code;
}

bool Program::write_metrics() const {
  const std::string text = metrics::expose(exporter_.Collect(), metrics::ExpositionFormat::text);
  if (options_.metrics_once == "-") {
    std::cout << text;
    return true;
  }
  std::ofstream file(options_.metrics_once, std::ios::binary | std::ios::trunc);
  file << text << std::flush;
  if (file) return true;
  std::cerr << "closewatch-capture: cannot write the metrics to " << options_.metrics_once << '\n';
  return false;
}

// Opens the log of close events if a live capture is to write one.
metrics::CloseEventWriter Program::event_writer() {
  const config::EventOptions& options = config_.operation.events;
  const auto log = metrics::event_log_options(options);
  if (log && !options_.reads_savefiles() && !options_.check_config) events_.emplace(*log);
  return {events_ ? &*events_ : nullptr,
          services_,
          profiles_,
          {.observed_by = "capture",
           .only = options.only,
           .sample = options.sample,
           .show_reasons = options_.show_reasons}};
}

// A signal arrived: does the capture go on?
bool Program::goes_on(int signals) {
  const int signal = capture::take_signal(signals);
  if (signal != SIGHUP) return signal == 0;
  try {
    if (events_) events_->reopen();
    log_.info("reopened the log of close events");
  } catch (const std::exception& error) {
    log_.error(error.what());
  }
  return true;
}

void Program::start_alerts() {
  alerts_.emplace(config_.operation.alerts, services_,
                  std::vector<const metrics::ConnectionMetrics*>{&observer_.counts()},
                  metrics::own_labels("closewatch-capture", config_.metrics.listen), log_);
  exporter_.add(*alerts_);
}

// Reads what the configuration names, and reports.
int Program::check() {
  start_alerts();
  std::cout << options_.config_file << ": good; at most " << series_bound() << " series\n";
  return EXIT_SUCCESS;
}

int Program::capture_live() {
  const int signals = capture::signal_descriptor();
  loop_.open_interfaces();
  start_alerts();
  metrics::ScrapePages pages{exporter_};
  const metrics::HttpEndpoint endpoint{pages, config_.metrics.listen};
  pages.set_ready(true);
  std::string interfaces;
  for (const std::string& name : config_.capture.interfaces) interfaces += ' ' + name;
  log_.info("capturing on" + interfaces,
            {{"metrics", "http://" + to_string(endpoint.address()) + "/metrics"},
             {"series_at_most", std::to_string(series_bound())}});
  loop_.capture(signals, [this, signals] { return goes_on(signals); });
  log_.info("stopped; " + std::to_string(observer_.ended()) + " connections ended");
  return EXIT_SUCCESS;
}

int run(const Options& options) {
  Config config;
  if (!options.config_file.empty()) {
    std::vector<std::string> problems;
    auto loaded = capture::load_config(options.config_file, problems);
    for (const std::string& problem : problems) {
      std::cerr << "closewatch-capture: " << problem << '\n';
    }
    if (!loaded) return kExitFailure;
    config = std::move(*loaded);
  }
  override_config(options, config);
  Program program{options, config};
  if (options.check_config) return program.check();
  return options.reads_savefiles() ? program.read_savefiles() : program.capture_live();
}

}  // namespace

int main(int argc, char** argv) {
  const auto parsed = capture::parse_options({argv + 1, argv + argc}, CLOSEWATCH_VERSION);
  if (parsed.exit_code) {
    (*parsed.exit_code == 0 ? std::cout : std::cerr) << parsed.text;
    return *parsed.exit_code;
  }
  try {
    return run(parsed.options);
  } catch (const std::exception& error) {
    std::cerr << "closewatch-capture: " << error.what() << '\n';
    return kExitFailure;
  }
}
