#ifndef CLOSEWATCH_CAPTURE_DEFRAGMENTER_H_
#define CLOSEWATCH_CAPTURE_DEFRAGMENTER_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <list>
#include <optional>
#include <unordered_map>
#include <vector>

#include "capture/ip.h"
#include "capture/keyed_hash.h"
#include "capture/segment.h"
#include "capture/undecodable.h"

namespace capture {

// Makes IP datagrams whole as Linux does: a fragment inside what is there already is ignored, one
// that overlaps it in part takes the whole datagram with it. Memory is bounded; the oldest
// datagram gives way. One thread.
class Defragmenter {
 public:
  struct Limits {
    std::size_t datagrams = 4096;
    std::size_t bytes = std::size_t{4} << 20U;    // of fragments held, with what holding them costs
    Duration timeout = std::chrono::seconds{30};  // of packet time, since the first fragment
  };

  // `bytes` is what was captured of the datagram's data from its start on, `length` all of it.
  struct Datagram {
    std::uint8_t protocol;
    Bytes bytes;
    std::size_t length;
  };

  // `counts` must outlive it.
  Defragmenter(const Limits& limits, UndecodableCounts& counts);

  // `data` is the fragment's data, of which data.length were on the wire; the addresses stand in
  // `segment`. The datagram, if this made it whole, is valid until the next call.
  std::optional<Datagram> add(const FragmentHeader& header, const Layer& data,
                              const Segment& segment, Time at);

  std::size_t held_datagrams() const { return by_age_.size(); }
  std::size_t held_bytes() const { return held_bytes_; }

 private:
  // Source, destination, and identification with protocol and IP version.
  using Key = std::array<std::uint64_t, 5>;
  struct HashKey {
    KeyedHash hash;
    std::size_t operator()(const Key& key) const {
      return hash(hash(hash(key[0], key[1]), key[2], key[3]), key[4], key[0]);
    }
  };

  // One fragment's data: [start, end) of the datagram, kept from stored_at on in Partial::stored.
  struct Piece {
    std::uint32_t start;
    std::uint32_t end;
    std::uint32_t captured;
    std::uint32_t stored_at;
    bool continues_run;  // came right after the piece before it, which was the last then
  };
  struct Partial {
    Key key;
    Time first_seen;
    std::vector<Piece> pieces{};  // by start, without overlap
    std::vector<std::uint8_t> stored{};
    std::size_t received = 0;
    std::size_t length = 0;  // the highest end so far
    bool last_seen = false;
    std::uint8_t protocol = 0;  // of the fragment at offset 0

    std::size_t cost() const;
  };
  using Position = std::list<Partial>::iterator;
  enum class Fit : std::uint8_t { fits, duplicate, overlap };

  static Key key_of(const FragmentHeader& header, const Segment& segment);
  static Fit fit(const Partial& partial, std::uint32_t start, std::uint32_t end);
  static bool accept_end(Partial& partial, std::size_t end, bool more);
  static void insert(Partial& partial, std::uint32_t start, std::uint32_t end, Bytes bytes);
  Position find_or_start(const Key& key, Time at);
  Datagram assemble(const Partial& partial);
  void drop(Position position);
  void expire(Time at);
  void evict_down_to_limits();

  Limits limits_;
  UndecodableCounts& counts_;
  std::list<Partial> by_age_;  // oldest first
  std::unordered_map<Key, Position, HashKey> by_key_;
  std::size_t held_bytes_ = 0;
  std::vector<std::uint8_t> assembled_;
};

}  // namespace capture

#endif  // CLOSEWATCH_CAPTURE_DEFRAGMENTER_H_
