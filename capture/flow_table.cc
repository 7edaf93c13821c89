#include "capture/flow_table.h"

namespace capture {
namespace {

constexpr std::size_t kFirstSlots = 1024;

}  // namespace

FlowTable::FlowTable(BufferBudget* budget)
    : budget_(budget), hash_(KeyedHash::random()), slots_(kFirstSlots), mask_(kFirstSlots - 1) {}

Flow* FlowTable::find(const FlowKey& key, std::uint64_t hash) {
  const std::uint32_t tag = tag_of(hash);
  for (std::size_t i = tag & mask_; slots_[i].number != 0; i = (i + 1) & mask_) {
    if (slots_[i].tag != tag) continue;
    Flow& candidate = flow(slots_[i].number - 1);
    if (candidate.key == key) return &candidate;
  }
  return nullptr;
}

Flow& FlowTable::take_unused() {
  if (unused_.empty()) {
    const std::uint32_t first = capacity();
    std::vector<Flow>& chunk = chunks_.emplace_back();
    chunk.reserve(kChunk);
    generations_.resize(generations_.size() + kChunk);
    for (std::uint32_t i = 0; i < kChunk; ++i) {
      chunk.emplace_back(budget_).number = first + i;
      unused_.push_back(first + kChunk - 1 - i);
    }
  }
  const std::uint32_t number = unused_.back();
  unused_.pop_back();
  return flow(number);
}

Flow& FlowTable::insert(const FlowKey& key, std::uint64_t hash) {
  if ((size_ + 1) * 4 > slots_.size() * 3) grow();
  Flow& to = take_unused();
  to.key = key;
  to.in_use = true;
  place({tag_of(hash), to.number + 1});
  ++size_;
  return to;
}

const Flow* FlowTable::guess(std::uint64_t hash) const {
  const std::uint32_t tag = tag_of(hash);
  for (std::size_t i = tag & mask_; slots_[i].number != 0; i = (i + 1) & mask_) {
    if (slots_[i].tag == tag) return &flow(slots_[i].number - 1);
  }
  return nullptr;
}

void FlowTable::place(Slot slot) {
  std::size_t i = slot.tag & mask_;
  while (slots_[i].number != 0) i = (i + 1) & mask_;
  slots_[i] = slot;
}

void FlowTable::grow() {
  const std::vector<Slot> before = std::move(slots_);
  slots_.assign(before.size() * 2, Slot{});
  mask_ = slots_.size() - 1;
  for (const Slot& slot : before) {
    if (slot.number != 0) place(slot);
  }
}

void FlowTable::restart(Flow& flow) {
  Flow fresh{budget_};
  fresh.key = flow.key;
  fresh.number = flow.number;
  ++generations_[flow.number];
  fresh.in_use = true;
  flow = std::move(fresh);
}

// Linear probing without tombstones: what stands behind the hole and may move into it does.
void FlowTable::erase(Flow& flow) {
  std::size_t hole = tag_of(hash(flow.key)) & mask_;
  while (slots_[hole].number != flow.number + 1) hole = (hole + 1) & mask_;
  for (std::size_t i = (hole + 1) & mask_; slots_[i].number != 0; i = (i + 1) & mask_) {
    const std::size_t home = slots_[i].tag & mask_;
    if (((i - home) & mask_) < ((i - hole) & mask_)) continue;
    slots_[hole] = slots_[i];
    hole = i;
  }
  slots_[hole] = {};
  restart(flow);
  flow.in_use = false;
  unused_.push_back(flow.number);
  --size_;
}

Flow* FlowTable::at(std::uint32_t number) {
  if (number >= capacity()) return nullptr;
  Flow& found = flow(number);
  return found.in_use ? &found : nullptr;
}

}  // namespace capture
