#ifndef CLOSEWATCH_CAPTURE_SEGMENT_PIPELINE_H_
#define CLOSEWATCH_CAPTURE_SEGMENT_PIPELINE_H_

#include <array>
#include <cstdint>

#include "capture/connection_tracker.h"
#include "capture/segment.h"

namespace capture {

// Feeds a tracker, a few segments behind what is read: with thousands of connections interleaved,
// each segment's flow has fallen out of the cache, and the time goes into waiting for it. While
// earlier segments are tracked, a segment's slot, then its flow, then its connection are fetched.
// Small payloads are copied, since the packet's buffer is used again; a large one is tracked at
// once, where it lies.
class SegmentPipeline {
 public:
  explicit SegmentPipeline(ConnectionTracker& tracker) : tracker_(tracker) {}

  // The segment to fill next; push() takes it in.
  Segment& next() { return entry(head_).segment; }
  void push();
  // Tracks everything that was taken in.
  void flush();

 private:
  static constexpr std::size_t kCopied = 256;
  static constexpr std::uint32_t kEntries = 32;
  static constexpr std::uint32_t kToFlow = 8;  // segments behind the head
  static constexpr std::uint32_t kToConnection = 16;
  static constexpr std::uint32_t kToTracker = 24;

  struct Entry {
    Segment segment;
    FlowKey key;
    std::uint64_t hash = 0;
    const Flow* flow = nullptr;  // a guess, good for prefetching only
    std::array<std::uint8_t, kCopied> payload;
  };

  Entry& entry(std::uint32_t number) { return entries_[number % kEntries]; }
  void fetch_flow(Entry& entry);
  static void fetch_connection(const Entry& entry);
  void track_first();

  ConnectionTracker& tracker_;
  std::array<Entry, kEntries> entries_;
  std::uint32_t head_ = 0;  // of the entry to fill next
  std::uint32_t tail_ = 0;  // of the first that was not tracked
};

}  // namespace capture

#endif  // CLOSEWATCH_CAPTURE_SEGMENT_PIPELINE_H_
