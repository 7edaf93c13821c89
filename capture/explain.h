#ifndef CLOSEWATCH_CAPTURE_EXPLAIN_H_
#define CLOSEWATCH_CAPTURE_EXPLAIN_H_

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace capture {

// What people want to know of a word that the programs use: a close code, a cause, a violation or
// an alert. One sentence or a few, without line ends; `causes` and `look_at` are separated by "; ".
struct Explanation {
  std::string_view term;  // as in the metrics: "1006", "idle_timeout"
  std::string_view means;
  std::string_view who;  // sends it, or does it
  std::string_view causes;
  std::string_view look_at;
};

// In the order of the enumerators and of the registry.
std::span<const Explanation> explained_codes();
std::span<const Explanation> explained_causes();
std::span<const Explanation> explained_violations();
std::span<const Explanation> explained_alerts();

// The explanation as text for a terminal of this many columns (0: for none); nothing for a term
// that is none. Private codes (3000-4999) and codes that nobody may send are explained by their
// range.
std::optional<std::string> explain(std::string_view term, std::size_t columns);

// For a term that is none: what is known, in one sentence, with the nearest.
std::string unknown_term(std::string_view term);

}  // namespace capture

#endif  // CLOSEWATCH_CAPTURE_EXPLAIN_H_
