#ifndef CLOSEWATCH_CAPTURE_TEXT_POOL_H_
#define CLOSEWATCH_CAPTURE_TEXT_POOL_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <string_view>

namespace capture {

// Texts that many rows share, each kept once. Not a hash table: who chooses the texts could choose
// them to collide.
class TextPool {
 public:
  // Texts that would make the pool larger than `max_bytes` are all kept as "...".
  explicit TextPool(std::size_t max_bytes) : max_bytes_(max_bytes) { add("..."); }

  std::uint32_t add(std::string_view text) {
    if (const auto known = ids_.find(text); known != ids_.end()) return known->second;
    if (!texts_.empty() && bytes_ + text.size() + kOverhead > max_bytes_) return 0;
    bytes_ += text.size() + kOverhead;
    const auto id = static_cast<std::uint32_t>(texts_.size());
    ids_.emplace(texts_.emplace_back(text), id);
    return id;
  }

  // The view lives as long as the pool.
  std::string_view text(std::uint32_t id) const { return texts_[id]; }

 private:
  static constexpr std::size_t kOverhead = 128;  // about what a node and a string need

  std::size_t max_bytes_;
  std::size_t bytes_ = 0;
  std::deque<std::string> texts_;  // a deque keeps them where they are
  std::map<std::string_view, std::uint32_t> ids_;
};

}  // namespace capture

#endif  // CLOSEWATCH_CAPTURE_TEXT_POOL_H_
