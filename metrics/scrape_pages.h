#ifndef CLOSEWATCH_METRICS_SCRAPE_PAGES_H_
#define CLOSEWATCH_METRICS_SCRAPE_PAGES_H_

#include <atomic>
#include <string>
#include <string_view>

#include "metrics/exporter.h"

namespace metrics {

struct PageRequest {
  std::string_view path;  // without the query
  std::string_view accept;
  std::string_view accept_encoding;
};

struct Page {
  unsigned status = 200;
  std::string_view content_type;
  std::string_view content_encoding;  // empty: none
  std::string_view content_security_policy;
  std::string body;
};

// What the scrape endpoint serves: /metrics, /-/healthy, /-/ready and the status page. Thread-safe.
class ScrapePages {
 public:
  // `exporter` outlives this.
  explicit ScrapePages(const Exporter& exporter) : exporter_(exporter) {}

  // Whether /-/ready says so; false at first.
  void set_ready(bool ready) { ready_ = ready; }

  Page get(const PageRequest& request) const;

 private:
  Page metrics_page(const PageRequest& request) const;

  const Exporter& exporter_;
  std::atomic<bool> ready_{false};
};

}  // namespace metrics

#endif  // CLOSEWATCH_METRICS_SCRAPE_PAGES_H_
