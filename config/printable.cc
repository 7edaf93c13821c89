#include "config/printable.h"

namespace config {

std::string printable(std::string_view bytes, std::size_t most) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text;
  for (const char c : bytes) {
    if (text.size() > most) break;
    const auto byte = static_cast<unsigned char>(c);
    if (c == '\\') {
      text += "\\\\";
    } else if (byte >= 0x20 && byte < 0x7f) {
      text += c;
    } else {
      text.append({'\\', 'x', digits[byte >> 4U], digits[byte & 0xfU]});
    }
  }
  return fitted(text, most);
}

std::string fitted(std::string_view text, std::size_t width) {
  constexpr std::string_view kCut = "...";
  if (text.size() <= width) return std::string(text);
  if (width <= kCut.size()) return std::string(kCut.substr(0, width));
  return std::string(text.substr(0, width - kCut.size())).append(kCut);
}

}  // namespace config
