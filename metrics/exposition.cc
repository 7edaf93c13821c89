#include "metrics/exposition.h"

#include <prometheus/text_serializer.h>
#include <zlib.h>

#include <algorithm>
#include <memory>
#include <sstream>
#include <stdexcept>

namespace metrics {
namespace {

// The serializer writes help as it is; a line break in it would end the comment.
std::string escaped_help(std::string_view help, ExpositionFormat format) {
  std::string escaped;
  for (const char c : help) {
    if (c == '\\') {
      escaped += "\\\\";
    } else if (c == '\n') {
      escaped += "\\n";
    } else if (c == '"' && format == ExpositionFormat::open_metrics) {
      escaped += "\\\"";
    } else {
      escaped += c;
    }
  }
  return escaped;
}

// In OpenMetrics the family of a counter is named without the `_total` of its samples.
std::string open_metrics_name(const prometheus::MetricFamily& family) {
  std::string_view name = family.name;
  constexpr std::string_view kSuffix = "_total";
  if (family.type == kCounter && name.ends_with(kSuffix)) name.remove_suffix(kSuffix.size());
  return std::string(name);
}

std::string_view type_name(prometheus::MetricType type) {
  return type == kCounter ? "counter" : type == kGauge ? "gauge" : "histogram";
}

// The samples as the serializer writes them, under comments of our own.
std::string open_metrics(const Families& families) {
  const prometheus::TextSerializer serializer;
  std::string out;
  for (const auto& family : families) {
    const std::string name = open_metrics_name(family);
    out.append("# HELP ").append(name).append(" ").append(family.help).append("\n");
    out.append("# TYPE ").append(name).append(" ").append(type_name(family.type)).append("\n");
    std::istringstream lines(serializer.Serialize({family}));
    for (std::string line; std::getline(lines, line);) {
      if (!line.starts_with('#')) out.append(line).append("\n");
    }
  }
  return out.append("# EOF\n");
}

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

// The part of `text` before the separator, which is taken off with it.
std::string_view next_part(std::string_view& text, char separator) {
  const std::size_t end = text.find(separator);
  const std::string_view part = text.substr(0, end);
  text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);
  return trimmed(part);
}

bool equals_ignoring_case(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
  return std::ranges::equal(a, b, {}, lower, lower);
}

// A weight in thousandths (RFC 9110 section 12.4.2): "0.75" is 750; 0 for what is none.
int weight(std::string_view text) {
  if (text.empty() || text.size() > 5 || (text[0] != '0' && text[0] != '1')) return 0;
  int thousandths = (text[0] - '0') * 1000;
  int digit_weight = 100;
  for (std::size_t i = 2; i < text.size(); ++i, digit_weight /= 10) {
    if (text[1] != '.' || text[i] < '0' || text[i] > '9') return 0;
    thousandths += (text[i] - '0') * digit_weight;
  }
  return std::min(thousandths, 1000);
}

// The weight that a list such as "a;q=0.5, b" gives to `wanted`; nothing said is -1.
int weight_of(std::string_view wanted, std::string_view list) {
  while (!list.empty()) {
    std::string_view item = next_part(list, ',');
    if (!equals_ignoring_case(next_part(item, ';'), wanted)) continue;
    while (!item.empty()) {
      const std::string_view parameter = next_part(item, ';');
      if (parameter.starts_with("q=") || parameter.starts_with("Q=")) {
        return weight(parameter.substr(2));
      }
    }
    return 1000;
  }
  return -1;
}

}  // namespace

std::string_view content_type(ExpositionFormat format) {
  return format == ExpositionFormat::text
             ? "text/plain; version=0.0.4; charset=utf-8"
             : "application/openmetrics-text; version=1.0.0; charset=utf-8";
}

std::string expose(Families families, ExpositionFormat format) {
  for (auto& family : families) family.help = escaped_help(family.help, format);
  if (format == ExpositionFormat::open_metrics) return open_metrics(families);
  return prometheus::TextSerializer().Serialize(families);
}

ExpositionFormat preferred_format(std::string_view accept) {
  const int open_metrics_weight = weight_of("application/openmetrics-text", accept);
  return open_metrics_weight > 0 && open_metrics_weight >= weight_of("text/plain", accept)
             ? ExpositionFormat::open_metrics
             : ExpositionFormat::text;
}

bool accepts_gzip(std::string_view accept_encoding) {
  const int named = weight_of("gzip", accept_encoding);
  return named > 0 || (named < 0 && weight_of("*", accept_encoding) > 0);
}

std::string gzip(std::string_view content) {
  constexpr int kGzipWindow = 15 + 16;
  z_stream stream{};
  if (deflateInit2(&stream, Z_BEST_SPEED, Z_DEFLATED, kGzipWindow, 8, Z_DEFAULT_STRATEGY) != Z_OK) {
    throw std::runtime_error("not enough memory to compress a response");
  }
  const std::unique_ptr<z_stream, decltype(&deflateEnd)> ending(&stream, deflateEnd);
  std::string compressed(deflateBound(&stream, content.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(content.data()));
  stream.avail_in = static_cast<uInt>(content.size());
  stream.next_out = reinterpret_cast<Bytef*>(compressed.data());
  stream.avail_out = static_cast<uInt>(compressed.size());
  if (deflate(&stream, Z_FINISH) != Z_STREAM_END) {
    throw std::runtime_error("a response could not be compressed");
  }
  compressed.resize(stream.total_out);
  return compressed;
}

}  // namespace metrics
