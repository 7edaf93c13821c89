#include "metrics/status_page.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <span>
#include <utility>

namespace metrics {
namespace {

std::string escaped_html(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    switch (c) {
      case '&':
        escaped += "&amp;";
        break;
      case '<':
        escaped += "&lt;";
        break;
      case '>':
        escaped += "&gt;";
        break;
      case '"':
        escaped += "&quot;";
        break;
      case '\'':
        escaped += "&#39;";
        break;
      default:
        escaped += c;
    }
  }
  return escaped;
}

std::string_view label(const prometheus::ClientMetric& metric, std::string_view name) {
  const auto found = std::ranges::find(metric.label, name, &prometheus::ClientMetric::Label::name);
  return found == metric.label.end() ? std::string_view{} : std::string_view(found->value);
}

// The samples of a family; none when it is not exported.
std::span<const prometheus::ClientMetric> samples(const Families& families, const Family& wanted) {
  const auto found = std::ranges::find(families, wanted.name, &prometheus::MetricFamily::name);
  if (found == families.end()) return {};
  return found->metric;
}

struct Closes {
  std::array<double, 2> observed{};  // by the client, by the server
  std::string name;
};

std::map<std::string, Closes, std::less<>> closes_by_code(const Families& families) {
  std::map<std::string, Closes, std::less<>> closes;
  const std::array observers{&family("websocket_client_observed_closes_total"),
                             &family("websocket_server_observed_closes_total")};
  for (std::size_t side = 0; side < observers.size(); ++side) {
    for (const auto& sample : samples(families, *observers[side])) {
      closes[std::string(label(sample, "code"))].observed[side] += sample.counter.value;
    }
  }
  for (const auto& sample : samples(families, family("websocket_close_code_info"))) {
    const auto row = closes.find(label(sample, "code"));
    if (row != closes.end()) row->second.name = label(sample, "name");
  }
  return closes;
}

std::string count_cell(double value) {
  const auto count = static_cast<std::uint64_t>(value);
  return "<td class=\"number\">" + std::to_string(count) + "</td>";
}

std::string closes_table(const Families& families) {
  std::string rows;
  for (const auto& [code, closes] : closes_by_code(families)) {
    rows += "<tr><th scope=\"row\">" + escaped_html(code) + "</th><td>" +
            escaped_html(closes.name) + "</td>" + count_cell(closes.observed[0]) +
            count_cell(closes.observed[1]) + "</tr>\n";
  }
  return "<h2>Ended connections</h2>\n<table>\n<thead><tr><th scope=\"col\">Close code</th>"
         "<th scope=\"col\">Name</th><th scope=\"col\">As the client saw it</th>"
         "<th scope=\"col\">As the server saw it</th></tr></thead>\n<tbody>\n" +
         rows + "</tbody>\n</table>\n";
}

std::string open_table(const Families& families) {
  std::string rows;
  for (const auto& sample : samples(families, family("websocket_open_connections"))) {
    rows += "<tr><th scope=\"row\">" + escaped_html(label(sample, "service")) + "</th>" +
            count_cell(sample.gauge.value) + "</tr>\n";
  }
  return "<h2>Open connections</h2>\n<table>\n<thead><tr><th scope=\"col\">Service</th>"
         "<th scope=\"col\">Open</th></tr></thead>\n<tbody>\n" +
         rows + "</tbody>\n</table>\n";
}

std::string version(const Families& families) {
  const auto info = samples(families, family("closewatch_build_info"));
  return info.empty() ? std::string{} : escaped_html(label(info.front(), "version"));
}

}  // namespace

std::string status_page(const Families& families) {
  return "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
         "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
         "<title>closewatch</title>\n<link rel=\"stylesheet\" href=\"" +
         std::string(kStatusStylePath) +
         "\">\n</head>\n<body>\n<main>\n<h1>closewatch</h1>\n"
         "<p>Why WebSocket connections end. Version " +
         version(families) +
         ".</p>\n"
         "<nav><a href=\"/metrics\">Metrics</a> <a href=\"/-/healthy\">Health</a> "
         "<a href=\"/-/ready\">Readiness</a></nav>\n" +
         open_table(families) + closes_table(families) +
         "<p>1005, 1006 and 1015 are on no wire: an endpoint reports them where no status code, or "
         "no Close frame, or no TLS connection came.</p>\n</main>\n</body>\n</html>\n";
}

std::string status_style() {
  return ":root { color-scheme: light dark; }\n"
         "body { font: 16px/1.5 system-ui, sans-serif; margin: 0; }\n"
         "main { max-width: 48rem; margin: 0 auto; padding: 1rem; }\n"
         "h1 { font-size: 1.5rem; } h2 { font-size: 1.125rem; margin-top: 2rem; }\n"
         "nav a { margin-right: 1rem; }\n"
         "table { border-collapse: collapse; width: 100%; }\n"
         "th, td { text-align: left; padding: 0.25rem 0.75rem 0.25rem 0; "
         "border-bottom: 1px solid color-mix(in srgb, currentColor 20%, transparent); }\n"
         "td.number { font-variant-numeric: tabular-nums; }\n";
}

}  // namespace metrics
