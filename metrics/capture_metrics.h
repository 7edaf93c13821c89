#ifndef CLOSEWATCH_METRICS_CAPTURE_METRICS_H_
#define CLOSEWATCH_METRICS_CAPTURE_METRICS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "metrics/family_samples.h"
#include "metrics/services.h"
#include "websocket/bytes.h"

namespace metrics {

struct InterfaceStatus {
  std::string name;
  std::uint64_t packets = 0;
  std::uint64_t bytes = 0;
  std::uint64_t dropped_by_kernel = 0;
  std::uint64_t dropped_by_interface = 0;
  bool up = false;
  std::optional<websocket::Time> last_packet;
};

struct StreamGaps {
  std::uint64_t gaps = 0;
  std::uint64_t bytes = 0;
};

// What the capture counted until now, summed over its threads.
struct CaptureSnapshot {
  std::vector<InterfaceStatus> interfaces;
  std::vector<LabelledCount> undecodable_packets;  // by reason
  std::vector<StreamGaps> stream_gaps;             // by ServiceId; may be shorter than the services
  std::vector<LabelledCount> flows;                // by state
  std::vector<LabelledCount> evicted_flows;        // by reason
  std::vector<LabelledCount> opaque_flows;         // by reason
  std::uint64_t midstream_flows = 0;
};

// Where the exporter asks the capture how it goes. Called from the thread that scrapes, while the
// capture runs.
class CaptureSource {
 public:
  CaptureSource() = default;
  CaptureSource(const CaptureSource&) = delete;
  CaptureSource& operator=(const CaptureSource&) = delete;
  virtual ~CaptureSource() = default;

  virtual CaptureSnapshot snapshot() const = 0;
};

// Appends the families closewatch_capture_*.
void collect_capture(const CaptureSnapshot& capture, const Services& services, Families& families);

}  // namespace metrics

#endif  // CLOSEWATCH_METRICS_CAPTURE_METRICS_H_
