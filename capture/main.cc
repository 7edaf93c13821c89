// closewatch-capture: the one place where the capture meets the metrics.

#include <csignal>
#include <cstdlib>
#include <iostream>
#include <optional>
#include <utility>
#include <vector>

#include "capture/explain.h"
#include "capture/main_counts.h"
#include "capture/main_observer.h"
#include "capture/options.h"
#include "capture/output_file.h"
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
#include "sandbox/sandbox.h"

namespace {

using capture::CaptureError;
using capture::Config;
using capture::Options;

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
  void enter_sandbox(sandbox::Profile profile) const;
  bool read_all(std::vector<capture::Savefile> files, const capture::SavefileFilter& filter);

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

void Program::enter_sandbox(sandbox::Profile profile) const {
  if (!options_.sandbox) return;
  const bool live = profile == sandbox::Profile::capture_live;
  const auto events = metrics::event_log_options(config_.operation.events);
  sandbox::enter({.profile = profile,
                  .user = options_.user,
                  .connects = live && !config_.operation.alerts.alertmanager.urls.empty(),
                  .appends_to_files = live && events && events->sink == metrics::EventSink::file});
}

// What cannot be read is said, and the next one read.
bool Program::read_all(std::vector<capture::Savefile> files,
                       const capture::SavefileFilter& filter) {
  capture::TerminalProgress progress{!options_.no_progress};
  bool all = true;
  for (capture::Savefile& file : files) {
    try {
      const std::string warning = loop_.read_savefile(std::move(file), filter, progress);
      progress.finish();
      if (!warning.empty()) std::cerr << "closewatch-capture: " << warning << '\n';
    } catch (const CaptureError& error) {
      progress.finish();
      std::cerr << "closewatch-capture: " << error.what() << '\n';
      all = false;
    }
  }
  return all;
}

int Program::read_savefiles() {
  // All that needs privileges comes before the first byte of a savefile.
  std::vector<capture::Savefile> files;
  for (const std::string& path : options_.savefiles) files.emplace_back(path);
  const capture::SavefileFilter filter{options_.filter};
  std::optional<capture::OutputFile> metrics_file;
  if (options_.writes_metrics_file()) metrics_file.emplace(options_.metrics_once);
  enter_sandbox(sandbox::Profile::read_savefile);

  int exit_code = read_all(std::move(files), filter) ? EXIT_SUCCESS : kExitFailure;
  if (loop_.sources().empty()) return exit_code;  // no file could be opened
  loop_.finish();
  if (const auto output = options_.report())
    capture::print_to_terminal(observer_.report(), *output);
  if (!options_.metrics_once.empty()) {
    const std::string text = metrics::expose(exporter_.Collect(), metrics::ExpositionFormat::text);
    metrics_file ? metrics_file->fill(text) : void(std::cout << text);
  }
  std::cout.flush();
  if (!std::cout) {
    std::cerr << "closewatch-capture: cannot write to standard output\n";
    exit_code = kExitFailure;
  }
  return exit_code;
}

// Opens the log of close events if a live capture is to write one.
metrics::CloseEventWriter Program::event_writer() {
  const config::EventOptions& options = config_.operation.events;
  auto log = metrics::event_log_options(options);
  if (log && !options_.reads_savefiles() && !options_.check_config) {
    log->waits = true;
    events_.emplace(*log);
  }
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
  metrics::ScrapePages pages{exporter_};
  metrics::HttpEndpoint endpoint{pages, config_.metrics.listen};
  enter_sandbox(sandbox::Profile::capture_live);
  start_alerts();
  if (events_) events_->start();
  endpoint.serve();
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
  if (!options.explain.empty()) {
    std::cout << *capture::explain(options.explain, capture::terminal_width());
    return EXIT_SUCCESS;
  }
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
