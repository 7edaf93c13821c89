#ifndef CLOSEWATCH_METRICS_FAMILY_SAMPLES_H_
#define CLOSEWATCH_METRICS_FAMILY_SAMPLES_H_

#include <prometheus/metric_family.h>

#include <cstdint>
#include <initializer_list>
#include <string_view>
#include <vector>

#include "metrics/catalogue.h"
#include "metrics/histogram.h"

namespace metrics {

using Families = std::vector<prometheus::MetricFamily>;

// A count and the label value it stands under. The value sets are closed: every value is there,
// with 0 where nothing was counted.
struct LabelledCount {
  std::string_view value;
  std::uint64_t count = 0;
};

// The samples of one family, collected for one scrape.
class FamilySamples {
 public:
  explicit FamilySamples(const Family& family);

  // Label values in the order of the catalogue.
  using LabelValues = std::initializer_list<std::string_view>;

  void add(LabelValues labels, double value);  // a counter or a gauge
  void add(LabelValues labels, const HistogramTotals& totals);
  // Only if it is not 0, or if the family's series exist from the start.
  void add_counted(LabelValues labels, std::uint64_t value);
  void add_counted(LabelValues labels, const HistogramTotals& totals);

  void move_to(Families& families) { families.push_back(std::move(samples_)); }

 private:
  prometheus::ClientMetric& append(LabelValues labels);

  const Family& family_;
  prometheus::MetricFamily samples_;
};

// Appends a family with one label and a sample for each of `counts`.
void collect_labelled(const std::vector<LabelledCount>& counts, const Family& family,
                      Families& families);

}  // namespace metrics

#endif  // CLOSEWATCH_METRICS_FAMILY_SAMPLES_H_
