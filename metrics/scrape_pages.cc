#include "metrics/scrape_pages.h"

#include "metrics/exposition.h"
#include "metrics/status_page.h"

namespace metrics {
namespace {

constexpr std::string_view kPlainText = "text/plain; charset=utf-8";
constexpr std::size_t kWorthCompressing = 1024;

Page plain(unsigned status, std::string_view sentence) {
  return {.status = status,
          .content_type = kPlainText,
          .content_encoding = {},
          .content_security_policy = {},
          .body = std::string(sentence) + "\n"};
}

}  // namespace

Page ScrapePages::get(const PageRequest& request) const {
  if (request.path == "/metrics") return metrics_page(request);
  if (request.path == "/-/healthy") return plain(200, "closewatch is healthy.");
  if (request.path == "/-/ready") {
    return ready_ ? plain(200, "closewatch is ready.") : plain(503, "closewatch is not ready.");
  }
  if (request.path == "/") {
    Page page = plain(200, {});
    page.content_type = "text/html; charset=utf-8";
    page.content_security_policy = kStatusPagePolicy;
    page.body = status_page(exporter_.Collect());
    return page;
  }
  if (request.path == kStatusStylePath) {
    Page page = plain(200, {});
    page.content_type = "text/css; charset=utf-8";
    page.body = status_style();
    return page;
  }
  return plain(404, "There is no such page; /metrics is for the scraper, / for people.");
}

Page ScrapePages::metrics_page(const PageRequest& request) const {
  const ExpositionFormat format = preferred_format(request.accept);
  Page page = plain(200, {});
  page.content_type = content_type(format);
  page.body = expose(exporter_.Collect(), format);
  if (page.body.size() >= kWorthCompressing && accepts_gzip(request.accept_encoding)) {
    page.body = gzip(page.body);
    page.content_encoding = "gzip";
  }
  return page;
}

}  // namespace metrics
