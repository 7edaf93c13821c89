#ifndef CLOSEWATCH_CAPTURE_FLOW_TABLE_H_
#define CLOSEWATCH_CAPTURE_FLOW_TABLE_H_

#include <cstdint>
#include <memory>
#include <vector>

#include "capture/flow.h"

namespace capture {

// The flows that are tracked, found by their two endpoints. Slots hold part of the hash and an
// index, so a look-up touches one line of slots and the flow itself; flows never move. One thread.
class FlowTable {
 public:
  explicit FlowTable(BufferBudget* budget);

  std::uint64_t hash(const FlowKey& key) const { return key.hash(hash_); }
  // Bring the slot into the cache; then, when it has come, say which flow it is likely to be.
  void prefetch(std::uint64_t hash) const { __builtin_prefetch(&slots_[tag_of(hash) & mask_]); }
  const Flow* guess(std::uint64_t hash) const;

  Flow* find(const FlowKey& key, std::uint64_t hash);
  // REQUIRES: no flow has this key.
  Flow& insert(const FlowKey& key, std::uint64_t hash);
  void erase(Flow& flow);
  // Forgets everything about the flow but its key.
  void restart(Flow& flow);

  std::size_t size() const { return size_; }

  // Flows by number, for timers and for a hand that goes round them all; null where a number is not
  // in use. The generation tells whether it is still the flow that was meant.
  std::uint32_t capacity() const { return static_cast<std::uint32_t>(chunks_.size()) * kChunk; }
  Flow* at(std::uint32_t number);
  // Without touching the flow.
  std::uint32_t generation(std::uint32_t number) const { return generations_[number]; }

 private:
  static constexpr std::uint32_t kChunk = 256;
  struct Slot {
    std::uint32_t tag = 0;     // half of the hash: tells where the slot belongs without the flow
    std::uint32_t number = 0;  // of the flow, plus one; 0 is empty
  };

  static std::uint32_t tag_of(std::uint64_t hash) { return static_cast<std::uint32_t>(hash); }
  Flow& flow(std::uint32_t number) { return chunks_[number / kChunk][number % kChunk]; }
  const Flow& flow(std::uint32_t number) const { return chunks_[number / kChunk][number % kChunk]; }
  Flow& take_unused();
  void place(Slot slot);
  void grow();

  BufferBudget* budget_;
  KeyedHash hash_;
  std::vector<Slot> slots_;
  std::size_t mask_;
  std::size_t size_ = 0;
  std::vector<std::vector<Flow>> chunks_;   // each reserved once, so that flows stay where they are
  std::vector<std::uint32_t> generations_;  // by number
  std::vector<std::uint32_t> unused_;
};

}  // namespace capture

#endif  // CLOSEWATCH_CAPTURE_FLOW_TABLE_H_
