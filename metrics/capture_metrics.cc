#include "metrics/capture_metrics.h"

#include <chrono>

namespace metrics {
namespace {

double as_double(std::uint64_t value) { return static_cast<double>(value); }

// One sample for each interface.
template <typename Value>
void collect_interfaces(const CaptureSnapshot& capture, const Family& family, Value value,
                        Families& families) {
  FamilySamples samples(family);
  for (const InterfaceStatus& interface : capture.interfaces) {
    samples.add({interface.name}, value(interface));
  }
  samples.move_to(families);
}

void collect_dropped(const CaptureSnapshot& capture, Families& families) {
  FamilySamples samples(family("closewatch_capture_dropped_packets_total"));
  for (const InterfaceStatus& interface : capture.interfaces) {
    samples.add({interface.name, "kernel"}, as_double(interface.dropped_by_kernel));
    samples.add({interface.name, "interface"}, as_double(interface.dropped_by_interface));
  }
  samples.move_to(families);
}

void collect_last_packet(const CaptureSnapshot& capture, Families& families) {
  FamilySamples samples(family("closewatch_capture_last_packet_timestamp_seconds"));
  for (const InterfaceStatus& interface : capture.interfaces) {
    if (!interface.last_packet) continue;
    samples.add({interface.name},
                std::chrono::duration<double>(interface.last_packet->time_since_epoch()).count());
  }
  samples.move_to(families);
}

void collect_gaps(const CaptureSnapshot& capture, const Services& services, Families& families) {
  FamilySamples gaps(family("closewatch_capture_stream_gaps_total"));
  FamilySamples bytes(family("closewatch_capture_gap_bytes_total"));
  for (std::size_t i = 0; i < services.size(); ++i) {
    const StreamGaps seen = i < capture.stream_gaps.size() ? capture.stream_gaps[i] : StreamGaps{};
    const std::string& name = services.name(static_cast<websocket::ServiceId>(i));
    gaps.add({name}, as_double(seen.gaps));
    bytes.add({name}, as_double(seen.bytes));
  }
  gaps.move_to(families);
  bytes.move_to(families);
}

}  // namespace

void collect_capture(const CaptureSnapshot& capture, const Services& services, Families& families) {
  using Interface = const InterfaceStatus&;
  collect_interfaces(
      capture, family("closewatch_capture_up"), [](Interface i) { return i.up ? 1.0 : 0.0; },
      families);
  collect_interfaces(
      capture, family("closewatch_capture_packets_total"),
      [](Interface i) { return as_double(i.packets); }, families);
  collect_interfaces(
      capture, family("closewatch_capture_bytes_total"),
      [](Interface i) { return as_double(i.bytes); }, families);
  collect_dropped(capture, families);
  collect_last_packet(capture, families);
  collect_labelled(capture.undecodable_packets,
                   family("closewatch_capture_undecodable_packets_total"), families);
  collect_gaps(capture, services, families);
  collect_labelled(capture.flows, family("closewatch_capture_flows"), families);
  collect_labelled(capture.evicted_flows, family("closewatch_capture_evicted_flows_total"),
                   families);
  collect_labelled(capture.opaque_flows, family("closewatch_capture_opaque_flows_total"), families);
  FamilySamples midstream(family("closewatch_capture_midstream_flows_total"));
  midstream.add({}, as_double(capture.midstream_flows));
  midstream.move_to(families);
}

}  // namespace metrics
