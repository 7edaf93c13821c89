#include "capture/packet_loop.h"

#include <poll.h>

#include <chrono>
#include <utility>

namespace capture {
namespace {

constexpr int kPacketsPerDispatch = 8192;
constexpr std::chrono::milliseconds kTick{100};

PacketDecoder::Limits decoder_limits(const Config& config) {
  PacketDecoder::Limits limits;
  if (config.checksum == ChecksumMode::strict) {
    limits.checksums = PacketDecoder::Checksums::verify;
  }
  limits.fragments.datagrams = config.limits.fragments;
  limits.fragments.bytes = config.limits.fragment_bytes;
  return limits;
}

Time wall_clock() {
  return std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now());
}

}  // namespace

PacketLoop::PacketLoop(const Config& config, const ServiceTable& services,
                       websocket::ConnectionObserver& observer)
    : config_(config),
      decoder_(decoder_limits(config)),
      tracker_(config.limits, config.thresholds, services, observer) {}

int PacketLoop::take(PacketSource& source, SourceCounters& counters, int max_packets) {
  std::uint64_t packets = 0;
  std::uint64_t bytes = 0;
  Time last{};
  auto sink = [&](const Packet& packet) {
    ++packets;
    bytes += packet.wire_length;
    last = packet.at;
    if (decoder_.decode(packet.link_type, packet.bytes, packet.wire_length, packet.at,
                        pipeline_.next())) {
      pipeline_.push();
    }
  };
  const auto count = [&] {
    pipeline_.flush();
    counters.packets.add(packets);
    counters.bytes.add(bytes);
    if (packets > 0) {
      counters.last_packet.set(static_cast<std::uint64_t>(last.time_since_epoch().count()));
    }
  };
  try {
    const int taken = source.dispatch(max_packets, sink);
    count();
    return taken;
  } catch (const CaptureError&) {
    count();
    throw;
  }
}

std::string PacketLoop::read_savefile(Savefile file, const SavefileFilter& filter,
                                      ReadProgress& progress) {
  const std::string path = file.path();
  auto source = PacketSource::open_savefile(std::move(file), filter);
  SourceCounters& counters = counters_.emplace_back();
  counters.name = path;
  counters.up.set(1);
  while (take(source, counters, kPacketsPerDispatch) > 0) progress.read(source.progress());
  counters.up.set(0);
  return source.warning();
}

void PacketLoop::open_interfaces() {
  PacketSource::LiveOptions options;
  options.snapshot_length = static_cast<int>(config_.capture.snapshot_length);
  options.buffer_size = static_cast<std::size_t>(config_.capture.buffer_size);
  for (const std::string& name : config_.capture.interfaces) {
    auto source = PacketSource::open_interface(name, config_.capture.filter, options);
    SourceCounters& counters = counters_.emplace_back();
    counters.name = name;
    counters.up.set(1);
    interfaces_.push_back({std::move(source), counters});
  }
}

// True when there was anything to take.
bool PacketLoop::take_from_all() {
  bool any = false;
  std::string failure;
  for (Interface& interface : interfaces_) {
    if (interface.counters.up.value() == 0) continue;
    try {
      any = take(interface.source, interface.counters, kPacketsPerDispatch) > 0 || any;
    } catch (const CaptureError& error) {
      interface.counters.up.set(0);
      failure = error.what();
    }
  }
  if (failure.empty()) return any;
  for (const Interface& interface : interfaces_) {
    if (interface.counters.up.value() == 1) return any;
  }
  throw CaptureError(failure);
}

void PacketLoop::capture(int descriptor, const std::function<bool()>& goes_on) {
  std::vector<pollfd> descriptors{{.fd = descriptor, .events = POLLIN, .revents = 0}};
  for (const Interface& interface : interfaces_) {
    descriptors.push_back({.fd = interface.source.descriptor(), .events = POLLIN, .revents = 0});
  }
  auto next_tick = std::chrono::steady_clock::now();
  while (true) {
    poll(descriptors.data(), descriptors.size(), static_cast<int>(kTick.count()));
    if (descriptors.front().revents != 0 && !goes_on()) break;
    const bool busy = take_from_all();
    const auto now = std::chrono::steady_clock::now();
    if (now < next_tick) continue;
    next_tick = now + kTick;
    // While packets wait in the buffer, it is their time that passes, not the clock's.
    if (!busy) tracker_.advance(wall_clock());
    for (Interface& interface : interfaces_) read_statistics(interface);
  }
  stop_all();
}

// The kernel holds back the packets of the block that it is filling.
void PacketLoop::stop_all() {
  for (Interface& interface : interfaces_) {
    if (interface.counters.up.value() == 0) continue;
    interface.source.stop();
    while (take(interface.source, interface.counters, kPacketsPerDispatch) > 0) {
    }
    read_statistics(interface);
  }
  tracker_.advance(wall_clock());
}

void PacketLoop::read_statistics(Interface& interface) {
  const PacketSource::Statistics statistics = interface.source.statistics();
  interface.counters.dropped_by_kernel.set(statistics.dropped_by_kernel);
  interface.counters.dropped_by_interface.set(statistics.dropped_by_interface);
}

}  // namespace capture
