#ifndef CLOSEWATCH_METRICS_SERVICES_H_
#define CLOSEWATCH_METRICS_SERVICES_H_

#include <deque>
#include <mutex>
#include <span>
#include <string>
#include <vector>

#include "metrics/code_labels.h"
#include "metrics/mass_closures.h"
#include "websocket/summary.h"

namespace metrics {

// What the metrics of all threads share: the services by name, the values of the label `code`, and
// the mass closures, which only the ends of all threads together show. Thread-safe.
class Services {
 public:
  struct Options {
    std::vector<websocket::CloseCode> listed_codes;  // exact as a label whatever else is seen
    MassClosureThreshold mass_closure;
  };

  // `names` by ServiceId, at least one. Throws std::invalid_argument as CodeLabels does.
  explicit Services(std::vector<std::string> names) : Services(std::move(names), Options{}) {}
  Services(std::vector<std::string> names, const Options& options);

  std::size_t size() const { return names_.size(); }
  // REQUIRES here and below: service < size().
  const std::string& name(websocket::ServiceId service) const { return names_[service]; }

  CodeLabels& code_labels() { return code_labels_; }
  const CodeLabels& code_labels() const { return code_labels_; }

  void abnormal_end(websocket::ServiceId service, websocket::Time at);
  std::uint64_t mass_closures(websocket::ServiceId service) const {
    return mass_closures_[service].incidents();
  }

 private:
  std::vector<std::string> names_;
  CodeLabels code_labels_;
  std::mutex ending_;
  std::deque<MassClosures> mass_closures_;  // by ServiceId; written under ending_
};

}  // namespace metrics

#endif  // CLOSEWATCH_METRICS_SERVICES_H_
