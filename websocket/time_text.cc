#include "websocket/time_text.h"

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace websocket {
namespace {

// At least `digits` digits, with zeros before.
void append(std::string& text, std::int64_t number, std::size_t digits) {
  const std::string written = std::to_string(number);
  if (written.size() < digits) text.append(digits - written.size(), '0');
  text += written;
}

}  // namespace

std::string rfc3339(Time time) {
  // Midnight of the first day that nanoseconds reach would itself be out of their reach.
  const auto rounded = std::chrono::floor<std::chrono::microseconds>(time);
  const auto day = std::chrono::floor<std::chrono::days>(rounded);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(rounded - day);
  std::string text;
  append(text, static_cast<int>(date.year()), 4);
  append(text += '-', static_cast<unsigned>(date.month()), 2);
  append(text += '-', static_cast<unsigned>(date.day()), 2);
  append(text += 'T', clock.hours().count(), 2);
  append(text += ':', clock.minutes().count(), 2);
  append(text += ':', clock.seconds().count(), 2);
  append(text += '.', clock.subseconds().count(), 6);
  return text += 'Z';
}

}  // namespace websocket
