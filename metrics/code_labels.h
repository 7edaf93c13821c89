#ifndef CLOSEWATCH_METRICS_CODE_LABELS_H_
#define CLOSEWATCH_METRICS_CODE_LABELS_H_

#include <array>
#include <atomic>
#include <cstdint>
#include <mutex>
#include <span>
#include <string>
#include <vector>

#include "websocket/close_code.h"
#include "websocket/facts.h"

namespace metrics {

// The index of a value of the label `code`; counters are arrays indexed by it.
using CodeLabel = std::uint8_t;

// The bounded set of values that the label `code` can take, shared by all threads. Exact are the
// codes in common use, those the operator lists, and the first kSeenCodes others of 3000-4999 that
// are met; the rest of those is `3xxx` or `4xxx`. Look-ups are one load, but for the first sight of
// a code, which takes a lock.
class CodeLabels {
 public:
  static constexpr std::size_t kSeenCodes = 32;
  static constexpr std::size_t kMaxListedCodes = 128;

  // Throws std::invalid_argument for a listed code outside 3000-4999, or for more than
  // kMaxListedCodes.
  explicit CodeLabels(std::span<const websocket::CloseCode> listed = {});

  // What an endpoint reports: never `none`. `invalid` for codes that no endpoint may report and
  // some do (0-999, 1004, 1016-2999, 5000 and above).
  CodeLabel observed(websocket::ObservedCode code);
  // What a Close frame carries: `none` without a status code, `invalid` for a one-byte body or a
  // status code that may not be sent.
  CodeLabel sent(const websocket::CloseFrame& frame);
  CodeLabel sent(websocket::CloseCode status_code);

  // That of a code below 3000 which may be sent; the same for life.
  static CodeLabel exact(websocket::CloseCode code);

  // Is this `3xxx` or `4xxx`?
  static bool is_overflow(CodeLabel label);

  // How many indexes there are; fixed for life. Not all are in use.
  std::size_t size() const { return fixed_.size() + kSeenCodes; }
  // The text of the label, or empty while the index is not in use.
  std::string text(CodeLabel label) const;
  // The number of values in observed and in wire metrics.
  std::size_t observed_values() const;
  std::size_t sent_values() const;

 private:
  CodeLabel of_code(websocket::CloseCode code);
  CodeLabel claim(websocket::CloseCode code);

  std::vector<std::string> fixed_;
  std::array<std::atomic<CodeLabel>, 4000> by_code_;                  // for 1000-4999
  std::array<std::atomic<websocket::CloseCode>, kSeenCodes> seen_{};  // 0: free
  std::mutex claiming_;
  std::size_t seen_count_ = 0;  // guarded by claiming_
};

// Series of these codes exist at 0 from the start, since a counter that first appears at 50 has an
// increase() of 0 and alerts would miss the first outage.
inline constexpr std::array<websocket::CloseCode, 7> kAlertCodes{1000, 1001, 1005, 1006,
                                                                 1011, 1012, 1013};

}  // namespace metrics

#endif  // CLOSEWATCH_METRICS_CODE_LABELS_H_
