#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "capture/config.h"

// A configuration is read or refused, and what it is refused with is fit for a terminal.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::vector<std::string> problems;
  const std::string_view yaml(reinterpret_cast<const char*>(data), size);
  const bool is_read = capture::read_config(yaml, "fuzz.yaml", problems).has_value();
  if (is_read != problems.empty()) __builtin_trap();
  for (const std::string& sentence : problems) {
    if (!std::ranges::all_of(sentence, [](char c) { return c >= 0x20 && c < 0x7f; })) {
      __builtin_trap();
    }
  }
  return 0;
}
