#include "config/quantity.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>

namespace config {
namespace {

struct Unit {
  std::string_view name;
  std::uint64_t count;
};

constexpr std::uint64_t kKibi = 1024;
constexpr std::uint64_t kSecond = 1'000'000'000;

// Each table largest first.
constexpr auto kSizes = std::to_array<Unit>({{"TiB", kKibi* kKibi* kKibi* kKibi},
                                             {"TB", 1'000'000'000'000},
                                             {"GiB", kKibi* kKibi* kKibi},
                                             {"GB", 1'000'000'000},
                                             {"MiB", kKibi* kKibi},
                                             {"MB", 1'000'000},
                                             {"KiB", kKibi},
                                             {"kB", 1000},
                                             {"KB", 1000},
                                             {"B", 1}});
constexpr auto kDurations = std::to_array<Unit>({{"d", 86'400 * kSecond},
                                                 {"h", 3600 * kSecond},
                                                 {"m", 60 * kSecond},
                                                 {"s", kSecond},
                                                 {"ms", 1'000'000},
                                                 {"us", 1000},
                                                 {"ns", 1}});

// The number at the start of `text`, which is moved past it.
std::optional<std::uint64_t> take_number(std::string_view& text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{}) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return number;
}

template <std::size_t N>
std::optional<std::uint64_t> find_unit(const std::array<Unit, N>& units, std::string_view name) {
  const auto* found = std::ranges::find(units, name, &Unit::name);
  if (found == units.end()) return std::nullopt;
  return found->count;
}

std::optional<std::uint64_t> product(std::uint64_t number, std::uint64_t unit) {
  constexpr std::uint64_t kMost = std::numeric_limits<std::int64_t>::max();
  if (number > kMost / unit) return std::nullopt;
  return number * unit;
}

}  // namespace

std::optional<std::uint64_t> parse_number(std::string_view text) {
  const std::optional<std::uint64_t> number = take_number(text);
  return text.empty() ? number : std::nullopt;
}

std::optional<double> parse_decimal(std::string_view text) {
  const bool begins_with_digit = !text.empty() && text.front() >= '0' && text.front() <= '9';
  if (!begins_with_digit) return std::nullopt;  // from_chars also reads "inf" and "-1"
  double decimal = 0;
  const auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), decimal, std::chars_format::fixed);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return decimal;
}

std::optional<double> parse_share(std::string_view text) {
  if (!text.ends_with('%')) return parse_decimal(text);
  text.remove_suffix(1);
  const std::optional<double> percent = parse_decimal(text);
  return percent ? std::optional(*percent / 100) : std::nullopt;
}

std::optional<std::uint64_t> parse_size(std::string_view text, std::uint64_t unit) {
  const std::optional<std::uint64_t> number = take_number(text);
  if (!number) return std::nullopt;
  const std::optional<std::uint64_t> named = text.empty() ? unit : find_unit(kSizes, text);
  return named ? product(*number, *named) : std::nullopt;
}

std::optional<websocket::Duration> parse_duration(std::string_view text) {
  if (text.empty()) return std::nullopt;
  if (text == "0") return websocket::Duration{0};
  std::uint64_t total = 0;
  while (!text.empty()) {
    const std::optional<std::uint64_t> number = take_number(text);
    const auto digit = std::ranges::find_if(text, [](char c) { return c >= '0' && c <= '9'; });
    const auto length = static_cast<std::size_t>(digit - text.begin());
    const std::optional<std::uint64_t> unit = find_unit(kDurations, text.substr(0, length));
    text.remove_prefix(length);
    if (!number || !unit) return std::nullopt;
    const std::optional<std::uint64_t> part = product(*number, *unit);
    if (!part || !product(total + *part, 1)) return std::nullopt;
    total += *part;
  }
  return websocket::Duration{static_cast<std::int64_t>(total)};
}

std::string size_text(std::uint64_t bytes) {
  for (const Unit& unit : kSizes) {
    if (unit.name.ends_with("iB") && bytes != 0 && bytes % unit.count == 0) {
      return std::to_string(bytes / unit.count).append(unit.name);
    }
  }
  return std::to_string(bytes) + "B";
}

std::string duration_text(websocket::Duration duration) {
  auto left = static_cast<std::uint64_t>(std::max<std::int64_t>(duration.count(), 0));
  if (left == 0) return "0s";
  std::string text;
  for (const Unit& unit : kDurations) {
    if (left < unit.count) continue;
    text += std::to_string(left / unit.count).append(unit.name);
    left %= unit.count;
  }
  return text;
}

std::string decimal_text(double decimal) {
  std::array<char, 32> text{};
  const auto [end, error] =
      std::to_chars(text.data(), text.data() + text.size(), decimal, std::chars_format::general);
  return {text.data(), end};
}

}  // namespace config
