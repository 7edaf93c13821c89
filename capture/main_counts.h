#ifndef CLOSEWATCH_CAPTURE_MAIN_COUNTS_H_
#define CLOSEWATCH_CAPTURE_MAIN_COUNTS_H_

#include <optional>
#include <vector>

#include "capture/packet_loop.h"
#include "metrics/capture_metrics.h"

namespace capture {

// What the capture counts, as the exporter wants it.
class CaptureCounts final : public metrics::CaptureSource {
 public:
  explicit CaptureCounts(const PacketLoop& loop) : loop_(loop) {}

  metrics::CaptureSnapshot snapshot() const override {
    metrics::CaptureSnapshot now;
    for (const SourceCounters& source : loop_.sources()) {
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
    for (std::size_t i = 0; i < kUndecodableCount; ++i) {
      const auto reason = static_cast<Undecodable>(i);
      now.undecodable_packets.push_back({name(reason), loop_.undecodable()[reason].value()});
    }
    const TrackerCounters& tracker = loop_.tracker().counters();
    for (const auto& gaps : tracker.gaps) {
      now.stream_gaps.push_back({gaps.gaps.value(), gaps.bytes.value()});
    }
    label(kFlowStateNames, tracker.flows, now.flows);
    label(kEvictionNames, tracker.evicted, now.evicted_flows);
    label(kOpaqueNames, tracker.opaque, now.opaque_flows);
    now.midstream_flows = tracker.midstream.value();
    return now;
  }

 private:
  static void label(const auto& names, const auto& counters,
                    std::vector<metrics::LabelledCount>& to) {
    for (std::size_t i = 0; i < names.size(); ++i) to.push_back({names[i], counters[i].value()});
  }

  const PacketLoop& loop_;
};

}  // namespace capture

#endif  // CLOSEWATCH_CAPTURE_MAIN_COUNTS_H_
