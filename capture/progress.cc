#include "capture/progress.h"

#include <algorithm>
#include <array>
#include <cstdio>

namespace capture {
namespace {

constexpr auto kBetweenDrawings = std::chrono::milliseconds{100};
constexpr std::string_view kClearLine = "\r\x1b[K";

std::string bytes_text(double bytes) {
  constexpr std::array<const char*, 5> units{"B", "KiB", "MiB", "GiB", "TiB"};
  std::size_t unit = 0;
  while (bytes >= 1023.95 && unit + 1 < units.size()) {
    bytes /= 1024;
    ++unit;
  }
  std::array<char, 48> text{};
  const int decimals = unit > 0 && bytes < 99.95 ? 1 : 0;
  const int length =
      std::snprintf(text.data(), text.size(), "%.*f %s", decimals, bytes, units[unit]);
  return {text.data(), static_cast<std::size_t>(length)};
}

std::string seconds_text(double seconds) {
  const auto s = static_cast<std::int64_t>(std::min(seconds, 359'999.0) + 0.5);
  if (s < 60) return std::to_string(s) + "s";
  if (s < 3600) return std::to_string(s / 60) + "m" + std::to_string(s % 60) + "s";
  return std::to_string(s / 3600) + "h" + std::to_string(s / 60 % 60) + "m";
}

std::string bar(double share) {
  constexpr std::size_t kWidth = 20;
  const auto full = static_cast<std::size_t>(share * kWidth);
  std::array<char, 8> percent{};
  std::snprintf(percent.data(), percent.size(), "%3.0f%%", std::min(share * 100, 100.0));
  return "[" + std::string(full, '#') + std::string(kWidth - full, '.') + "] " + percent.data() +
         "  ";
}

}  // namespace

void Progress::update(std::uint64_t bytes, Time now) {
  if (!enabled_ || now - drawn_ < kBetweenDrawings) return;
  drawn_ = now;
  visible_ = true;
  out_ << kClearLine << line(bytes, now - start_) << std::flush;
}

void Progress::finish() {
  if (visible_) out_ << kClearLine << std::flush;
  visible_ = false;
}

std::string Progress::line(std::uint64_t bytes, std::chrono::duration<double> elapsed) const {
  const auto read = static_cast<double>(bytes);
  const double rate = read / elapsed.count();  // update() leaves some time pass first
  const std::string rate_text = bytes_text(rate) + "/s";
  if (!total_ || *total_ == 0) return bytes_text(read) + "  " + rate_text;
  // A savefile may grow while it is read.
  const auto total = static_cast<double>(std::max(*total_, bytes));
  std::string text =
      bar(read / total) + bytes_text(read) + " of " + bytes_text(total) + "  " + rate_text;
  if (rate > 0) text += "  " + seconds_text((total - read) / rate) + " left";
  return text;
}

}  // namespace capture
