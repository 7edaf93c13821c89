#include "metrics/code_labels.h"

#include <algorithm>
#include <cassert>
#include <stdexcept>

namespace metrics {
namespace {

using websocket::CloseCode;

constexpr auto kExactCodes =
    std::to_array<CloseCode>({1000, 1001, 1002, 1003, 1005, 1006, 1007, 1008, 1009, 1010, 1011,
                              1012, 1013, 1014, 1015, 3000, 3003, 3008});
constexpr std::size_t kObservedOnlyValues = 4;  // 1005, 1006, 1015, unknown
constexpr std::size_t kSentOnlyValues = 1;      // none

constexpr auto kWord = static_cast<CodeLabel>(kExactCodes.size());
constexpr CodeLabel kUnknown = kWord;
constexpr CodeLabel kNone = kWord + 1;
constexpr CodeLabel kInvalid = kWord + 2;
constexpr CodeLabel k3xxx = kWord + 3;
constexpr CodeLabel k4xxx = kWord + 4;
constexpr CodeLabel kUnassigned = 0xFF;
static_assert(k4xxx + 1 + CodeLabels::kMaxListedCodes + CodeLabels::kSeenCodes < kUnassigned);

constexpr CloseCode kFirst = 1000;
constexpr CloseCode kLast = 4999;

}  // namespace

CodeLabels::CodeLabels(std::span<const CloseCode> listed) {
  if (listed.size() > kMaxListedCodes) {
    throw std::invalid_argument("at most 128 close codes can be listed");
  }
  for (std::size_t i = 0; i < by_code_.size(); ++i) {
    by_code_[i] =
        websocket::is_valid_status_code(static_cast<unsigned>(kFirst + i)) ? kUnassigned : kInvalid;
  }
  const auto fix = [this](CloseCode code) {
    by_code_[code - kFirst] = static_cast<CodeLabel>(fixed_.size());
    fixed_.push_back(std::to_string(code));
  };
  std::ranges::for_each(kExactCodes, fix);
  for (const char* word : {"unknown", "none", "invalid", "3xxx", "4xxx"}) fixed_.emplace_back(word);
  for (const CloseCode code : listed) {
    if (code < 3000 || code > kLast) {
      throw std::invalid_argument("a listed close code must be between 3000 and 4999");
    }
    if (by_code_[code - kFirst] == kUnassigned) fix(code);
  }
}

CodeLabel CodeLabels::observed(websocket::ObservedCode code) {
  return code ? of_code(*code) : kUnknown;
}

CodeLabel CodeLabels::sent(const websocket::CloseFrame& frame) {
  if (!frame.code) {
    return frame.violations.has(websocket::Violation::one_byte_close) ? kInvalid : kNone;
  }
  return sent(*frame.code);
}

CodeLabel CodeLabels::sent(CloseCode status_code) {
  return websocket::is_valid_status_code(status_code) ? of_code(status_code) : kInvalid;
}

CodeLabel CodeLabels::exact(CloseCode code) {
  const auto* found = std::ranges::find(kExactCodes, code);
  assert(found != kExactCodes.end());
  return static_cast<CodeLabel>(found - kExactCodes.begin());
}

bool CodeLabels::is_overflow(CodeLabel label) { return label == k3xxx || label == k4xxx; }

std::string CodeLabels::text(CodeLabel label) const {
  if (label < fixed_.size()) return fixed_[label];
  const CloseCode code = seen_[label - fixed_.size()].load(std::memory_order_relaxed);
  return code == 0 ? std::string{} : std::to_string(code);
}

std::size_t CodeLabels::observed_values() const { return size() - kSentOnlyValues; }
std::size_t CodeLabels::sent_values() const { return size() - kObservedOnlyValues; }

CodeLabel CodeLabels::of_code(CloseCode code) {
  if (code < kFirst || code > kLast) return kInvalid;
  const CodeLabel label = by_code_[code - kFirst].load(std::memory_order_relaxed);
  return label != kUnassigned ? label : claim(code);
}

CodeLabel CodeLabels::claim(CloseCode code) {
  const std::scoped_lock lock(claiming_);
  auto& slot = by_code_[code - kFirst];
  if (slot.load(std::memory_order_relaxed) != kUnassigned) return slot;  // another thread was first
  CodeLabel label = code < 4000 ? k3xxx : k4xxx;
  if (seen_count_ < kSeenCodes) {
    label = static_cast<CodeLabel>(fixed_.size() + seen_count_);
    seen_[seen_count_++].store(code, std::memory_order_relaxed);
  }
  slot.store(label, std::memory_order_relaxed);
  return label;
}

}  // namespace metrics
