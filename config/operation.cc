#include "config/operation.h"

#include <algorithm>

#include "config/quantity.h"
#include "config/shared_keys.h"

namespace config {
namespace {

constexpr std::string_view kShareForm = "a share above 0% and up to 100%, such as 10% or 0.1";

bool is_sample(double share) { return share > 0 && share <= 1; }

template <class Enum, std::size_t N>
Expected read_word(const std::string& value, const std::array<std::string_view, N>& words,
                   std::optional<Enum>& to) {
  const auto* found = std::ranges::find(words, value);
  if (found != words.end()) {
    to = static_cast<Enum>(found - words.begin());
    return {};
  }
  Expected expected;
  for (std::size_t i = 0; i < N; ++i) {
    if (i > 0) expected += i + 1 == N ? " or " : ", ";
    expected += words[i];
  }
  return expected;
}

}  // namespace

std::optional<std::string> event_sink(const Value& value) { return not_empty(value); }

std::optional<double> sample_share(const Value& value) {
  const std::optional<double> share = value.share();
  if (!share || is_sample(*share)) return share;
  value.expected(kShareForm);
  return std::nullopt;
}

Expected read_events(const std::string& value, OperationFlags& flags) {
  flags.events = value;
  return value.empty() ? "the name of a file, stderr, - or off" : "";
}

Expected read_events_only(const std::string& value, OperationFlags& flags) {
  return read_word(value, kEventKindNames, flags.events_only);
}

Expected read_events_sample(const std::string& value, OperationFlags& flags) {
  flags.events_sample = parse_share(value);
  return flags.events_sample && is_sample(*flags.events_sample) ? "" : std::string(kShareForm);
}

Expected read_log_level(const std::string& value, OperationFlags& flags) {
  return read_word(value, kLogLevelNames, flags.log_level);
}

Expected read_log_format(const std::string& value, OperationFlags& flags) {
  return read_word(value, kLogFormatNames, flags.log_format);
}

void OperationFlags::override_in(Operation& operation) const {
  if (events) operation.events.to = *events;
  if (events_only) operation.events.only = *events_only;
  if (events_sample) operation.events.sample = *events_sample;
  if (log_level) operation.log.level = *log_level;
  if (log_format) operation.log.format = *log_format;
}

}  // namespace config
