#include "capture/segment_pipeline.h"

#include <cstring>

namespace capture {

void SegmentPipeline::push() {
  Entry& newest = entry(head_);
  Segment& segment = newest.segment;
  newest.key = FlowKey{segment};
  newest.hash = tracker_.table_.hash(newest.key);
  if (segment.payload.size() > kCopied) {
    flush();
    tracker_.track(segment, newest.key, newest.hash);
    return;
  }
  if (!segment.payload.empty()) {
    std::memcpy(newest.payload.data(), segment.payload.data(), segment.payload.size());
    segment.payload = {newest.payload.data(), segment.payload.size()};
  }
  tracker_.table_.prefetch(newest.hash);
  ++head_;
  const std::uint32_t filled = head_ - tail_;
  if (filled > kToFlow) fetch_flow(entry(head_ - 1 - kToFlow));
  if (filled > kToConnection) fetch_connection(entry(head_ - 1 - kToConnection));
  if (filled > kToTracker) track_first();
}

void SegmentPipeline::fetch_flow(Entry& entry) {
  entry.flow = tracker_.table_.guess(entry.hash);
  if (entry.flow == nullptr) return;
  for (std::size_t at = 0; at < sizeof(Flow); at += 64) {
    __builtin_prefetch(reinterpret_cast<const char*>(entry.flow) + at);
  }
}

void SegmentPipeline::fetch_connection(const Entry& entry) {
  if (entry.flow == nullptr || !entry.flow->connection || entry.segment.payload.empty()) return;
  const unsigned sender = FlowKey::source_is_lower(entry.segment) ? 0 : 1;
  entry.flow->connection->prefetch(entry.flow->direction(sender));
}

void SegmentPipeline::track_first() {
  const Entry& first = entry(tail_);
  tracker_.track(first.segment, first.key, first.hash);
  ++tail_;
}

void SegmentPipeline::flush() {
  while (tail_ != head_) track_first();
}

}  // namespace capture
