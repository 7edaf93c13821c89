#ifndef CLOSEWATCH_CAPTURE_CONFIG_H_
#define CLOSEWATCH_CAPTURE_CONFIG_H_

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "capture/service.h"
#include "config/code_profile.h"
#include "config/operation.h"
#include "config/shared_keys.h"
#include "websocket/bytes.h"
#include "websocket/outcome.h"

namespace capture {

// How packets are taken from interfaces; savefiles need none of it.
struct CaptureOptions {
  std::vector<std::string> interfaces{"any"};
  std::string filter = "tcp";  // libpcap's filter language
  std::uint32_t snapshot_length = 262'144;
  std::uint64_t buffer_size = std::uint64_t{64} << 20U;  // bytes, of each interface
};

// Hard caps on memory; the defaults hold 1,000,000 connections in under 1 GiB.
struct Limits {
  std::uint64_t max_flows = 1'000'000;
  std::uint64_t buffered_bytes = std::uint64_t{256} << 20U;  // out of order, of all flows
  std::uint64_t buffered_segments_per_flow = 256;
  std::uint64_t fragments = 4096;  // of IP datagrams not yet whole
  std::uint64_t fragment_bytes = std::uint64_t{16} << 20U;
  std::uint64_t report_connections = 1'000'000;  // listed in the report of a savefile

  friend bool operator==(const Limits&, const Limits&) = default;
};

// In packet time.
struct Thresholds {
  websocket::Duration idle = websocket::OutcomeLimits{}.idle;
  websocket::Duration ping = websocket::OutcomeLimits{}.ping;
  websocket::Duration half_close_grace = std::chrono::seconds{5};
  websocket::Duration vanish = std::chrono::hours{2};
  websocket::Duration opening_handshake = std::chrono::seconds{60};

  websocket::OutcomeLimits outcome_limits() const { return {.idle = idle, .ping = ping}; }
  friend bool operator==(const Thresholds&, const Thresholds&) = default;
};

// What to do with segments whose TCP checksum is wrong. On the sending host that is what offload to
// the network card looks like, so `automatic` believes them there and `strict` never does.
enum class ChecksumMode : std::uint8_t { automatic, strict };

// Everything that can be configured; the defaults are those of a file that says nothing.
struct Config {
  CaptureOptions capture;
  ChecksumMode checksum = ChecksumMode::automatic;
  config::MetricsOptions metrics{.listen = {"127.0.0.1", 10060}};
  Limits limits;
  Thresholds thresholds;
  std::vector<ServiceRule> services;
  std::vector<config::CodeProfile> code_profiles;
  config::Operation operation;

  ServiceTable service_table() const { return ServiceTable(services); }
  // What is meant by codes, first the services', then the configured profiles; the first that
  // applies and has a code names it.
  std::vector<config::CodeProfile> all_code_profiles() const;
};

// Reads a configuration in YAML. Returns nothing when anything at all is wrong with it, and adds a
// sentence for each to `problems`: file, line, column, and what was expected.
std::optional<Config> read_config(std::string_view yaml, std::string_view file,
                                  std::vector<std::string>& problems);

// The same for a file; one that cannot be read is a problem too.
std::optional<Config> load_config(const std::string& file, std::vector<std::string>& problems);

}  // namespace capture

#endif  // CLOSEWATCH_CAPTURE_CONFIG_H_
