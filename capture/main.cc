// closewatch-capture: the one place where the capture meets the metrics.

#include <cstdlib>
#include <fstream>
#include <iostream>
#include <optional>

#include "capture/options.h"
#include "capture/packet_loop.h"
#include "capture/report.h"
#include "capture/stop_signals.h"
#include "capture/terminal.h"
#include "metrics/capture_metrics.h"
#include "metrics/close_event.h"
#include "metrics/connection_metrics.h"
#include "metrics/exporter.h"
#include "metrics/exposition.h"
#include "metrics/http_endpoint.h"

namespace {

using capture::CaptureError;
using capture::Config;
using capture::Options;
using capture::Output;

constexpr int kExitFailure = 1;

// What the capture counts, as the exporter wants it.
class CaptureCounts final : public metrics::CaptureSource {
 public:
  explicit CaptureCounts(const capture::PacketLoop& loop) : loop_(loop) {}

  metrics::CaptureSnapshot snapshot() const override {
    metrics::CaptureSnapshot now;
    for (const capture::SourceCounters& source : loop_.sources()) {
      const auto last = websocket::Duration{source.last_packet.value()};
      now.interfaces.push_back(
          {.name = source.name,
           .packets = source.packets.value(),
           .bytes = source.bytes.value(),
           .dropped_by_kernel = source.dropped_by_kernel.value(),
           .dropped_by_interface = source.dropped_by_interface.value(),
           .up = source.up.value() == 1,
           .last_packet = last.count() > 0 ? std::optional{websocket::Time{last}} : std::nullopt});
    }
    for (std::size_t i = 0; i < capture::kUndecodableCount; ++i) {
      const auto reason = static_cast<capture::Undecodable>(i);
      now.undecodable_packets.push_back({name(reason), loop_.undecodable()[reason].value()});
    }
    const capture::TrackerCounters& tracker = loop_.tracker().counters();
    for (const auto& gaps : tracker.gaps) {
      now.stream_gaps.push_back({gaps.gaps.value(), gaps.bytes.value()});
    }
    label(capture::kFlowStateNames, tracker.flows, now.flows);
    label(capture::kEvictionNames, tracker.evicted, now.evicted_flows);
    label(capture::kOpaqueNames, tracker.opaque, now.opaque_flows);
    now.midstream_flows = tracker.midstream.value();
    return now;
  }

 private:
  static void label(const auto& names, const auto& counters,
                    std::vector<metrics::LabelledCount>& to) {
    for (std::size_t i = 0; i < names.size(); ++i) to.push_back({names[i], counters[i].value()});
  }

  const capture::PacketLoop& loop_;
};

// Everything the program does with what it observes: counts it, and for a savefile reports it.
class Observer final : public websocket::ConnectionObserver {
 public:
  Observer(metrics::Services& services, const metrics::CodeProfiles& profiles,
           std::optional<Output> output, const Options& options, std::size_t max_rows)
      : counts_(services),
        services_(services),
        profiles_(profiles),
        output_(output),
        show_reasons_(options.show_reasons),
        report_(max_rows) {}

  metrics::ConnectionMetrics& counts() { return counts_; }
  const capture::Report& report() const { return report_; }
  std::uint64_t ended() const { return ended_; }

  websocket::TrafficCounters* traffic(websocket::ServiceId service) override {
    return counts_.traffic(service);
  }
  void handshake_ended(const websocket::HandshakeSummary& handshake) override {
    counts_.handshake_ended(handshake);
    if (output_) report_.add(handshake);
  }
  void connection_opened(websocket::ServiceId service) override {
    counts_.connection_opened(service);
  }
  void connection_revived(websocket::ServiceId service) override {
    counts_.connection_revived(service);
  }
  void pong_received(websocket::ServiceId service, websocket::Side ping_sender,
                     websocket::Duration round_trip) override {
    counts_.pong_received(service, ping_sender, round_trip);
  }
  void connection_ended(const websocket::ConnectionSummary& summary) override {
    if (!summary.open) counts_.connection_ended(summary);
    if (!summary.open && !summary.counted_before) ++ended_;
    if (!output_) return;
    const std::string_view service = services_.name(summary.service);
    if (*output_ == Output::json) {
      std::cout << metrics::close_event_json(summary, {service, "capture", profiles_},
                                             show_reasons_)
                << '\n';
      return;
    }
    const metrics::CodeContext context{service, summary.subprotocol, summary.host, summary.path};
    const auto name_of = [&](websocket::ObservedCode code) {
      return code ? profiles_.name(*code, context) : std::string_view{};
    };
    report_.add(summary, {.service = service,
                          .client_observed = name_of(summary.outcome.client_observed),
                          .server_observed = name_of(summary.outcome.server_observed)});
  }

 private:
  metrics::ConnectionMetrics counts_;
  metrics::Services& services_;
  const metrics::CodeProfiles& profiles_;
  std::optional<Output> output_;
  bool show_reasons_;
  capture::Report report_;
  std::uint64_t ended_ = 0;
};

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
        observer_(services_, profiles_, options.report(), options,
                  static_cast<std::size_t>(config.limits.report_connections)),
        loop_(config, service_table_, observer_),
        capture_counts_(loop_),
        exporter_({CLOSEWATCH_VERSION, CLOSEWATCH_REVISION, "capture"}, services_, profiles_) {
    exporter_.add(observer_.counts());
    exporter_.add(capture_counts_);
    if (!options.config_file.empty()) {
      exporter_.config_loaded(true, std::chrono::system_clock::now());
    }
  }

  std::size_t series_bound() const { return exporter_.series_bound(capture_counts_.snapshot()); }
  int read_savefiles();
  int capture_live();

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
  bool write_metrics() const;

  const Options& options_;
  const Config& config_;
  capture::ServiceTable service_table_;
  metrics::CodeProfiles profiles_;
  metrics::Services services_;
  Observer observer_;
  capture::PacketLoop loop_;
  CaptureCounts capture_counts_;
  metrics::Exporter exporter_;
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

int Program::capture_live() {
  const int signals = capture::stop_signals();
  loop_.open_interfaces();
  metrics::ScrapePages pages{exporter_};
  const metrics::HttpEndpoint endpoint{pages, config_.metrics.listen};
  pages.set_ready(true);
  std::cerr << "closewatch-capture: capturing on";
  for (const std::string& name : config_.capture.interfaces) std::cerr << ' ' << name;
  std::cerr << "; metrics at http://" << to_string(endpoint.address()) << "/metrics, at most "
            << series_bound() << " series\n";
  loop_.capture(signals);
  std::cerr << "closewatch-capture: stopped; " << observer_.ended() << " connections ended\n";
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
  if (options.check_config) {
    std::cout << options.config_file << ": good; at most " << program.series_bound() << " series\n";
    return EXIT_SUCCESS;
  }
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
