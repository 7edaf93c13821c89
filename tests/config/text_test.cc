#include <gtest/gtest.h>

#include <array>

#include "config/nearest.h"
#include "config/printable.h"

namespace config {
namespace {

TEST(Printable, HasOneColumnACharacterAndNothingATerminalObeys) {
  struct Case {
    std::string_view bytes;
    std::size_t most;
    std::string_view text;
  };
  for (const Case& c : std::vector<Case>{{"", 5, ""},
                                         {"plain", 5, "plain"},
                                         {"plainer", 5, "pl..."},
                                         {"\x1b[31m", 60, "\\x1b[31m"},
                                         {"a\\b", 60, "a\\\\b"},
                                         {"caf\xc3\xa9", 60, "caf\\xc3\\xa9"},
                                         {"\x1b\x1b", 7, "\\x1b..."},
                                         {"long", 2, ".."},
                                         {std::string_view("a\0b", 3), 60, "a\\x00b"}}) {
    EXPECT_EQ(printable(c.bytes, c.most), c.text);
  }
}

TEST(Nearest, IsWhatWasMeantOrNothing) {
  constexpr std::array<std::string_view, 4> kWords{"services", "routes", "limits", "tls"};
  struct Case {
    std::string_view word;
    std::string_view near;
  };
  for (const Case& c : std::vector<Case>{{"service", "services"},
                                         {"route", "routes"},
                                         {"limit", "limits"},
                                         {"tsl", "tls"},
                                         {"", ""},
                                         {"x", ""},
                                         {"frobnicate", ""}}) {
    EXPECT_EQ(nearest(c.word, kWords).value_or(""), c.near) << c.word;
  }
  EXPECT_EQ(nearest(std::string(100, 's'), kWords), std::nullopt);
}

}  // namespace
}  // namespace config
