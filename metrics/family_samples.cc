#include "metrics/family_samples.h"

#include <algorithm>
#include <cassert>

namespace metrics {

FamilySamples::FamilySamples(const Family& family) : family_(family) {
  samples_.name = family.name;
  samples_.help = family.help;
  samples_.type = family.type;
}

prometheus::ClientMetric& FamilySamples::append(LabelValues labels) {
  assert(labels.size() == family_.label_count());
  prometheus::ClientMetric& metric = samples_.metric.emplace_back();
  metric.label.reserve(labels.size());
  std::size_t i = 0;
  for (const std::string_view value : labels) {
    metric.label.push_back({std::string(family_.labels[i++]), std::string(value)});
  }
  return metric;
}

void FamilySamples::add(LabelValues labels, double value) {
  prometheus::ClientMetric& metric = append(labels);
  if (family_.type == kCounter) {
    metric.counter.value = value;
  } else {
    metric.gauge.value = value;
  }
}

void FamilySamples::add(LabelValues labels, const HistogramTotals& totals) {
  assert(totals.counts.size() == family_.buckets.size() + 1);
  auto& histogram = append(labels).histogram;
  histogram.sample_sum = totals.sum;
  for (std::size_t i = 0; i < totals.counts.size(); ++i) {
    histogram.sample_count += totals.counts[i];
    if (i < family_.buckets.size()) {
      histogram.bucket.push_back({histogram.sample_count, family_.buckets[i]});
    }
  }
}

void FamilySamples::add_counted(LabelValues labels, std::uint64_t value) {
  if (value != 0 || family_.from_start) add(labels, static_cast<double>(value));
}

void FamilySamples::add_counted(LabelValues labels, const HistogramTotals& totals) {
  const bool counted = std::ranges::any_of(totals.counts, [](auto count) { return count != 0; });
  if (counted) {
    add(labels, totals);
  } else if (family_.from_start) {
    add(labels, HistogramTotals{std::vector<std::uint64_t>(family_.buckets.size() + 1), 0});
  }
}

void collect_labelled(const std::vector<LabelledCount>& counts, const Family& family,
                      Families& families) {
  FamilySamples samples(family);
  for (const LabelledCount& row : counts) {
    samples.add({row.value}, static_cast<double>(row.count));
  }
  samples.move_to(families);
}

}  // namespace metrics
