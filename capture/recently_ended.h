#ifndef CLOSEWATCH_CAPTURE_RECENTLY_ENDED_H_
#define CLOSEWATCH_CAPTURE_RECENTLY_ENDED_H_

#include <chrono>
#include <cstdint>
#include <vector>

#include "websocket/bytes.h"

namespace capture {

// Flows that are over, so that a late copy of their last packets is not taken for a new flow that
// was joined midway. Remembers by hash, in a fixed space: a newer end may push out an older one.
class RecentlyEnded {
 public:
  RecentlyEnded() : entries_(kEntries) {}

  void add(std::uint64_t hash, websocket::Time at) {
    entries_[hash % kEntries] = {static_cast<std::uint32_t>(hash >> 32U), seconds(at)};
  }
  bool has(std::uint64_t hash, websocket::Time now) const {
    const Entry& entry = entries_[hash % kEntries];
    return entry.tag == static_cast<std::uint32_t>(hash >> 32U) && entry.at != 0 &&
           seconds(now) - entry.at <= kSeconds;
  }

 private:
  static constexpr std::size_t kEntries = 8192;
  static constexpr std::uint32_t kSeconds = 10;
  struct Entry {
    std::uint32_t tag = 0;
    std::uint32_t at = 0;
  };

  static std::uint32_t seconds(websocket::Time at) {
    return static_cast<std::uint32_t>(
        std::chrono::duration_cast<std::chrono::seconds>(at.time_since_epoch()).count());
  }

  std::vector<Entry> entries_;
};

}  // namespace capture

#endif  // CLOSEWATCH_CAPTURE_RECENTLY_ENDED_H_
