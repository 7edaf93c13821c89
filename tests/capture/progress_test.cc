#include "capture/progress.h"

#include <gtest/gtest.h>

#include <sstream>

namespace capture {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr std::uint64_t kMiB = std::uint64_t{1} << 20U;
constexpr Progress::Time kStart{seconds{1000}};

std::string drawn(std::optional<std::uint64_t> total, std::uint64_t bytes, milliseconds after) {
  std::ostringstream out;
  Progress progress(out, total, true, kStart);
  progress.update(bytes, kStart + after);
  return out.str();
}

TEST(Progress, ShowsShareRateAndTimeLeft) {
  EXPECT_EQ(drawn(4096 * kMiB, 1024 * kMiB, seconds{2}),
            "\r\x1b[K[#####...............]  25%  1.0 GiB of 4.0 GiB  512 MiB/s  6s left");
  EXPECT_EQ(drawn(100 * kMiB, 100 * kMiB, seconds{1}),
            "\r\x1b[K[####################] 100%  100 MiB of 100 MiB  100 MiB/s  0s left");
  EXPECT_EQ(drawn(1000, 0, seconds{1}),
            "\r\x1b[K[....................]   0%  0 B of 1000 B  0 B/s");
  EXPECT_EQ(drawn(kMiB * 1024 * 1024, kMiB, seconds{1}),
            "\r\x1b[K[....................]   0%  1.0 MiB of 1.0 TiB  1.0 MiB/s  99h59m left");
}

TEST(Progress, OfAPipeShowsBytesAndRate) {
  EXPECT_EQ(drawn(std::nullopt, 3 * kMiB, seconds{2}), "\r\x1b[K3.0 MiB  1.5 MiB/s");
}

TEST(Progress, NeverExceedsItsTotal) {
  EXPECT_EQ(drawn(kMiB, 2 * kMiB, seconds{1}),
            "\r\x1b[K[####################] 100%  2.0 MiB of 2.0 MiB  2.0 MiB/s  0s left");
}

TEST(Progress, DrawsTenTimesASecondAndGoesAway) {
  std::ostringstream out;
  Progress progress(out, 1000, true, kStart);
  progress.update(1, kStart + milliseconds{99});
  EXPECT_EQ(out.str(), "") << "a short read shows nothing at all";
  progress.finish();
  EXPECT_EQ(out.str(), "");
  progress.update(1, kStart + milliseconds{100});
  const std::string once = out.str();
  EXPECT_NE(once, "");
  progress.update(2, kStart + milliseconds{150});
  EXPECT_EQ(out.str(), once);
  progress.finish();
  EXPECT_EQ(out.str(), once + "\r\x1b[K");
}

TEST(Progress, IsSilentWhereItIsNotWanted) {
  std::ostringstream out;
  Progress progress(out, 1000, false, kStart);
  progress.update(500, kStart + seconds{5});
  progress.finish();
  EXPECT_EQ(out.str(), "");
}

}  // namespace
}  // namespace capture
