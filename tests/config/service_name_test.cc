#include "config/service_name.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace config {
namespace {

TEST(ServiceName, IsALabelValueForPeople) {
  EXPECT_TRUE(is_service_name("chat"));
  EXPECT_TRUE(is_service_name("3rd-party_v1.2"));
  EXPECT_TRUE(is_service_name(std::string(64, 'a')));
  for (const std::string& bad : std::vector<std::string>{"", "-a", "a b", "a\"", "a\n",
                                                         "caf\xc3\xa9", std::string(65, 'a')}) {
    EXPECT_FALSE(is_service_name(bad)) << bad;
  }
}

}  // namespace
}  // namespace config
