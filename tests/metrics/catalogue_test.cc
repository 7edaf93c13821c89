#include "metrics/catalogue.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

namespace metrics {
namespace {

TEST(Catalogue, NamesAreUniqueAndPrefixed) {
  std::set<std::string_view> names;
  for (const Family& row : kCatalogue) {
    EXPECT_TRUE(names.insert(row.name).second) << row.name;
    EXPECT_TRUE(row.name.starts_with("websocket_") || row.name.starts_with("closewatch_") ||
                row.name.starts_with("process_"))
        << row.name;
  }
}

TEST(Catalogue, CountersAloneEndInTotal) {
  for (const Family& row : kCatalogue) {
    EXPECT_EQ(row.name.ends_with("_total"), row.type == kCounter) << row.name;
  }
}

TEST(Catalogue, HelpIsASentence) {
  for (const Family& row : kCatalogue) EXPECT_TRUE(row.help.ends_with('.')) << row.name;
}

TEST(Catalogue, HistogramsAloneHaveBucketsAndTheyAscend) {
  for (const Family& row : kCatalogue) {
    EXPECT_EQ(row.buckets.empty(), row.type != kHistogram) << row.name;
    EXPECT_TRUE(std::ranges::is_sorted(row.buckets)) << row.name;
  }
}

TEST(Catalogue, NoLabelIsOneThatScrapersSet) {
  for (const Family& row : kCatalogue) {
    for (const char* reserved : {"instance", "job", "namespace", "pod", "container", "endpoint"}) {
      EXPECT_EQ(std::ranges::count(row.labels, reserved), 0) << row.name;
    }
  }
}

}  // namespace
}  // namespace metrics
