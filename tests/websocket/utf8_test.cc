#include "websocket/utf8.h"

#include <gtest/gtest.h>

#include <string>

#include "tests/support/byte_string.h"

namespace websocket {
namespace {

bool well_formed(std::string_view text) { return is_utf8(support::bytes_of(text)); }

TEST(Utf8, AcceptsEveryCodePointAndItsNeighbours) {
  EXPECT_TRUE(well_formed(""));
  EXPECT_TRUE(well_formed(std::string_view("\0", 1)));
  for (const std::string_view text :
       {"\x7f", "\xc2\x80", "\xdf\xbf", "\xe0\xa0\x80", "\xec\xbf\xbf", "\xed\x9f\xbf",
        "\xee\x80\x80", "\xef\xbf\xbf", "\xf0\x90\x80\x80", "\xf3\xbf\xbf\xbf", "\xf4\x8f\xbf\xbf",
        "gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x99\x82."}) {
    EXPECT_TRUE(well_formed(text)) << testing::PrintToString(text);
  }
}

TEST(Utf8, RejectsWhatRfc3629DoesNotAllow) {
  for (const std::string_view text : {
           "\x80",
           "\xbf",  // a continuation without a start
           "\xc0\x80",
           "\xc1\xbf",  // overlong, two bytes
           "\xe0\x80\x80",
           "\xe0\x9f\xbf",  // overlong, three
           "\xf0\x80\x80\x80",
           "\xf0\x8f\xbf\xbf",  // overlong, four
           "\xed\xa0\x80",
           "\xed\xbf\xbf",  // surrogates
           "\xf4\x90\x80\x80",
           "\xf5\x80\x80\x80",  // beyond U+10FFFF
           "\xf8\x88\x80\x80\x80",
           "\xfe",
           "\xff",  // never in UTF-8
           "\xc3\x28",
           "\xe2\x28\xa1",
           "\xe2\x82\x28",
           "\xf0\x28\x8c\xbc",
           "\xf0\x9f\x28\x82",
           "\xf0\x9f\x99\x28",
           "ok\xffok",
       }) {
    EXPECT_FALSE(well_formed(text)) << testing::PrintToString(text);
  }
}

TEST(Utf8, RejectsASequenceThatIsCut) {
  for (const std::string_view text : {"\xc3\xbc", "\xe2\x82\xac", "\xf0\x9f\x99\x82"}) {
    for (std::size_t have = 1; have < text.size(); ++have) {
      EXPECT_FALSE(well_formed(text.substr(0, have)));
      EXPECT_FALSE(well_formed(std::string{text.substr(0, have)} + "a"));
    }
    EXPECT_TRUE(well_formed(text));
  }
}

}  // namespace
}  // namespace websocket
