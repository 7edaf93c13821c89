#include "websocket/time_text.h"

#include <gtest/gtest.h>

namespace websocket {
namespace {

TEST(TimeText, IsRfc3339) {
  const auto at = [](std::int64_t nanoseconds) { return rfc3339(Time{Duration{nanoseconds}}); };
  EXPECT_EQ(at(0), "1970-01-01T00:00:00.000000Z");
  EXPECT_EQ(at(1'795'348'800'123'456'999), "2026-11-22T12:00:00.123456Z");
  EXPECT_EQ(at(951'827'696'000'001'000), "2000-02-29T12:34:56.000001Z");
  EXPECT_EQ(at(-1), "1969-12-31T23:59:59.999999Z");
  EXPECT_EQ(rfc3339(Time::max()), "2262-04-11T23:47:16.854775Z");
  EXPECT_EQ(rfc3339(Time::min()), "1677-09-21T00:12:43.145224Z");
}

}  // namespace
}  // namespace websocket
