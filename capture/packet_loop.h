#ifndef CLOSEWATCH_CAPTURE_PACKET_LOOP_H_
#define CLOSEWATCH_CAPTURE_PACKET_LOOP_H_

#include <deque>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "capture/config.h"
#include "capture/connection_tracker.h"
#include "capture/packet_decoder.h"
#include "capture/packet_source.h"
#include "capture/savefile_stream.h"
#include "capture/segment_pipeline.h"

namespace capture {

// What came from one interface or savefile; any thread may read it.
struct SourceCounters {
  std::string name;
  websocket::Counter packets;
  websocket::Counter bytes;  // on the wire
  websocket::Counter dropped_by_kernel;
  websocket::Counter dropped_by_interface;
  websocket::Counter up;           // 1 while it delivers
  websocket::Counter last_packet;  // nanoseconds since the Unix epoch; 0: none yet
};

// Takes packets from sources through the decoder to the tracker. One thread calls; any thread may
// read the counters, once the sources are there.
class PacketLoop {
 public:
  // Called now and then with the bytes read of a savefile, and its size where it is known.
  class ReadProgress {
   public:
    virtual ~ReadProgress() = default;
    virtual void read(const PacketSource::Progress& progress) = 0;
  };

  PacketLoop(const Config& config, const ServiceTable& services,
             websocket::ConnectionObserver& observer);

  // Reads a savefile to its end; call finish() after the last one. Throws CaptureError when it
  // cannot be read on: what was read before counts. Returns a warning, or an empty text.
  std::string read_savefile(Savefile file, const SavefileFilter& filter, ReadProgress& progress);
  void finish() { tracker_.finish(); }

  // Opens the configured interfaces; throws CaptureError.
  void open_interfaces();
  // Captures until `goes_on`, called whenever `descriptor` is readable, says no; the last packets
  // are taken in before it returns. Throws CaptureError when no interface delivers any more.
  void capture(int descriptor, const std::function<bool()>& goes_on);

  const ConnectionTracker& tracker() const { return tracker_; }
  const UndecodableCounts& undecodable() const { return decoder_.undecodable(); }
  const std::deque<SourceCounters>& sources() const { return counters_; }

 private:
  struct Interface {
    PacketSource source;
    SourceCounters& counters;
  };

  int take(PacketSource& source, SourceCounters& counters, int max_packets);
  bool take_from_all();
  void stop_all();
  void read_statistics(Interface& interface);

  const Config& config_;
  PacketDecoder decoder_;
  ConnectionTracker tracker_;
  SegmentPipeline pipeline_{tracker_};
  std::deque<SourceCounters> counters_;
  std::vector<Interface> interfaces_;
};

}  // namespace capture

#endif  // CLOSEWATCH_CAPTURE_PACKET_LOOP_H_
