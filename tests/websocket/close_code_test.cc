#include "websocket/close_code.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace websocket {
namespace {

TEST(CloseCode, MayStandInACloseFrame) {
  for (unsigned code = 0; code <= 65535; ++code) {
    const bool by_table =
        (code >= 1000 && code <= 1014 && code != 1004 && code != 1005 && code != 1006) ||
        (code >= 3000 && code < 5000);
    EXPECT_EQ(is_valid_status_code(code), by_table) << code;
  }
}

TEST(CloseCode, HasTheNameOfTheRegistry) {
  EXPECT_EQ(registered_name(1000), "Normal Closure");
  EXPECT_EQ(registered_name(1006), "Abnormal Closure");
  EXPECT_EQ(registered_name(1014), "Bad Gateway");
  EXPECT_EQ(registered_name(3008), "Timeout");
  for (const int code : {0, 999, 1016, 2999, 3001, 4000, 4999, 65535}) {
    EXPECT_EQ(registered_name(static_cast<CloseCode>(code)), "");
  }
  EXPECT_TRUE(std::ranges::is_sorted(registered_codes(), {}, &RegisteredCode::code));
  EXPECT_EQ(registered_codes().size(), 19U);
}

TEST(CloseCode, IsOfOneClass) {
  struct Row {
    CloseCode code;
    CodeClass code_class;
  };
  for (const Row row : {Row{1000, CodeClass::normal},   {1005, CodeClass::normal},
                        {1012, CodeClass::restart},     {1013, CodeClass::retry},
                        {1014, CodeClass::retry},       {1003, CodeClass::policy},
                        {1007, CodeClass::policy},      {1008, CodeClass::policy},
                        {1009, CodeClass::policy},      {1010, CodeClass::policy},
                        {3000, CodeClass::policy},      {3003, CodeClass::policy},
                        {1002, CodeClass::error},       {1011, CodeClass::error},
                        {1006, CodeClass::abnormal},    {1015, CodeClass::tls},
                        {3001, CodeClass::application}, {3008, CodeClass::application},
                        {4000, CodeClass::application}, {4999, CodeClass::application},
                        {0, CodeClass::error},          {999, CodeClass::error},
                        {1004, CodeClass::error},       {1016, CodeClass::error},
                        {2999, CodeClass::error},       {5000, CodeClass::error}}) {
    for (const Side side : kSides) EXPECT_EQ(classify(row.code, side), row.code_class) << row.code;
  }
  EXPECT_EQ(classify(std::nullopt, Side::client), CodeClass::unknown);
}

TEST(CloseCode, GoingAwayIsNormalOnlyFromTheClient) {
  EXPECT_EQ(classify(1001, Side::server), CodeClass::normal);
  EXPECT_EQ(classify(1001, Side::client), CodeClass::restart);
}

}  // namespace
}  // namespace websocket
