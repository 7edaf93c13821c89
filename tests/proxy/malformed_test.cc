#include "proxy/malformed.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace proxy {
namespace {

TEST(Malformed, EveryReasonHasItsOwnNameAndSentence) {
  std::set<std::string_view> names;
  std::set<std::string_view> sentences;
  for (std::size_t i = 0; i < kMalformedCount; ++i) {
    const auto reason = static_cast<Malformed>(i);
    names.insert(name(reason));
    sentences.insert(sentence(reason));
    EXPECT_TRUE(sentence(reason).ends_with('.')) << name(reason);
    EXPECT_EQ(name(reason).find_first_not_of("abcdefghijklmnopqrstuvwxyz_01"), std::string::npos);
  }
  EXPECT_EQ(names.size(), kMalformedCount);
  EXPECT_EQ(sentences.size(), kMalformedCount);
  EXPECT_EQ(static_cast<std::size_t>(Malformed::unexpected_upgrade), kMalformedCount - 1);
  EXPECT_EQ(name(Malformed::unexpected_upgrade), "unexpected_upgrade");
  EXPECT_EQ(name(Malformed::bad_trailer), "bad_trailer");
}

TEST(Malformed, IsAnsweredWithAStatus) {
  EXPECT_EQ(status_for(Malformed::bare_lf), 400U);
  EXPECT_EQ(status_for(Malformed::websocket_key), 400U);
  EXPECT_EQ(status_for(Malformed::websocket_version), 426U);
  EXPECT_EQ(status_for(Malformed::head_too_large), 431U);
  EXPECT_EQ(status_for(Malformed::too_many_fields), 431U);
  EXPECT_EQ(status_for(Malformed::unsupported_version), 505U);
}

}  // namespace
}  // namespace proxy
