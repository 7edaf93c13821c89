#include "metrics/status_page.h"

#include <gtest/gtest.h>

#include "metrics/exporter.h"
#include "tests/metrics/ended_connection.h"

namespace metrics {
namespace {

std::string page_of(const Services& services, const ConnectionMetrics& thread) {
  const CodeProfiles profiles;
  Exporter exporter({"1.2.3", "abc", "capture"}, services, profiles);
  exporter.add(thread);
  return status_page(exporter.Collect());
}

TEST(StatusPage, ClosesByCodeAsEachEndSawThem) {
  Services services({"a", "b"});
  ConnectionMetrics thread(services);
  for (websocket::ServiceId service = 0; service < 2; ++service) {
    auto connection = test::EndedConnection().observed(1006, 4123);
    connection.service = service;
    thread.connection_opened(service);
    thread.connection_opened(service);
    thread.connection_ended(connection.summary());
  }
  const std::string page = page_of(services, thread);
  EXPECT_NE(page.find("<th scope=\"row\">1006</th><td>Abnormal Closure</td>"
                      "<td class=\"number\">2</td><td class=\"number\">0</td>"),
            std::string::npos)
      << page;
  EXPECT_NE(page.find("<th scope=\"row\">4123</th><td>Private code</td>"
                      "<td class=\"number\">0</td><td class=\"number\">2</td>"),
            std::string::npos)
      << page;
  EXPECT_NE(page.find("<th scope=\"row\">a</th><td class=\"number\">1</td>"), std::string::npos);
  EXPECT_NE(page.find("Version 1.2.3"), std::string::npos);
}

TEST(StatusPage, NamesAreEscaped) {
  Services services({"<script>alert(\"1\")</script>&'"});
  ConnectionMetrics thread(services);
  const std::string page = page_of(services, thread);
  EXPECT_EQ(page.find("<script"), std::string::npos);
  EXPECT_NE(page.find("&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;&amp;&#39;"),
            std::string::npos);
}

TEST(StatusPage, FamiliesThatAreMissingLeaveTheTablesEmpty) {
  EXPECT_NE(status_page({}).find("closewatch"), std::string::npos);
}

TEST(StatusPage, TheStyleSuitsLightAndDark) {
  EXPECT_NE(status_style().find("color-scheme: light dark"), std::string::npos);
}

}  // namespace
}  // namespace metrics
