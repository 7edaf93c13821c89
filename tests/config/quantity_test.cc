#include "config/quantity.h"

#include <gtest/gtest.h>

namespace config {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

TEST(Quantity, ReadsSizes) {
  EXPECT_EQ(parse_size("0"), 0U);
  EXPECT_EQ(parse_size("65536"), 65536U);
  EXPECT_EQ(parse_size("65536B"), 65536U);
  EXPECT_EQ(parse_size("64KiB"), 65536U);
  EXPECT_EQ(parse_size("64MiB"), 67108864U);
  EXPECT_EQ(parse_size("2TiB"), 2199023255552U);
  EXPECT_EQ(parse_size("5MB"), 5000000U);
  EXPECT_EQ(parse_size("4096", 1024), 4194304U) << "a bare number counts the unit asked for";
  EXPECT_EQ(parse_size("4096B", 1024), 4096U);
  for (const std::string_view bad :
       {"", "MiB", "64 MiB", "64mib", "-1", "+1", "1.5GiB", "1M", "1MiBx", "9223372036854775808",
        "99999999999TiB", "99999999999999999999999"}) {
    EXPECT_EQ(parse_size(bad), std::nullopt) << bad;
  }
}

TEST(Quantity, ReadsDurations) {
  EXPECT_EQ(parse_duration("250ms"), milliseconds{250});
  EXPECT_EQ(parse_duration("5s"), seconds{5});
  EXPECT_EQ(parse_duration("2h"), hours{2});
  EXPECT_EQ(parse_duration("1h30m"), std::chrono::minutes{90});
  EXPECT_EQ(parse_duration("7d"), hours{168});
  EXPECT_EQ(parse_duration("1us2ns"), websocket::Duration{1002});
  EXPECT_EQ(parse_duration("0s"), seconds{0});
  EXPECT_EQ(parse_duration("0"), seconds{0});
  for (const std::string_view bad : {"", "5", "00", "s", "5 s", "-5s", "1.5s", "5S", "5sec", "5s1",
                                     "h5", "999999999999d", "9223372036s9223372036s"}) {
    EXPECT_EQ(parse_duration(bad), std::nullopt) << bad;
  }
}

TEST(Quantity, WritesWhatItReads) {
  EXPECT_EQ(size_text(0), "0B");
  EXPECT_EQ(size_text(64U << 20U), "64MiB");
  EXPECT_EQ(size_text(1536), "1536B");
  EXPECT_EQ(duration_text(seconds{0}), "0s");
  EXPECT_EQ(duration_text(milliseconds{90'061'001}), "1d1h1m1s1ms");
  for (const std::uint64_t bytes :
       {std::uint64_t{1}, std::uint64_t{1024}, std::uint64_t{5} << 40U}) {
    EXPECT_EQ(parse_size(size_text(bytes)), bytes);
  }
  for (const websocket::Duration duration :
       {websocket::Duration{1}, websocket::Duration{hours{25}}, websocket::Duration{seconds{61}}}) {
    EXPECT_EQ(parse_duration(duration_text(duration)), duration);
  }
}

}  // namespace
}  // namespace config
