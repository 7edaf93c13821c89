#ifndef CLOSEWATCH_METRICS_SERVICES_H_
#define CLOSEWATCH_METRICS_SERVICES_H_

#include <array>
#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "config/service_name.h"
#include "metrics/code_labels.h"
#include "metrics/mass_closures.h"
#include "websocket/summary.h"

namespace metrics {

// What the metrics of all threads share: the services by name, the values of the label `code`, and
// the mass closures, which only the ends of all threads together show. Thread-safe.
class Services {
 public:
  static constexpr std::size_t kMaxServices = config::kMaxServices;

  struct Options {
    std::vector<websocket::CloseCode> listed_codes;  // exact as a label whatever else is seen
    MassClosureThreshold mass_closure;
  };

  // `names` by ServiceId, at least one and at most kMaxServices. Throws std::invalid_argument for
  // another number, and as CodeLabels does.
  explicit Services(std::vector<std::string> names) : Services(std::move(names), Options{}) {}
  Services(std::vector<std::string> names, const Options& options);

  // The id of the service with this name, a new one if the name is new. It is for life: a service
  // that a reload drops keeps its counts and goes on from them when another brings it back. Nothing
  // when the name is new and there are kMaxServices; its connections are to be counted under
  // another service, as `other`. Threads may use the id as soon as they are handed it.
  std::optional<websocket::ServiceId> add(std::string_view name);

  // Only grows.
  std::size_t size() const { return size_.load(std::memory_order_acquire); }
  // REQUIRES here and below: service < size().
  const std::string& name(websocket::ServiceId service) const { return services_[service]->name; }

  CodeLabels& code_labels() { return code_labels_; }
  const CodeLabels& code_labels() const { return code_labels_; }

  void abnormal_end(websocket::ServiceId service, websocket::Time at);
  std::uint64_t mass_closures(websocket::ServiceId service) const {
    return services_[service]->mass_closures.incidents();
  }

 private:
  struct Service {
    Service(std::string its_name, const MassClosureThreshold& threshold)
        : name(std::move(its_name)), mass_closures(threshold) {}
    std::string name;
    MassClosures mass_closures;  // written under ending_
  };

  void append(std::string name);

  MassClosureThreshold mass_closure_;
  CodeLabels code_labels_;
  std::mutex adding_;
  std::mutex ending_;
  // By ServiceId. Those below size_ never change again, so that readers need no lock.
  std::array<std::unique_ptr<Service>, kMaxServices> services_;
  std::atomic<std::size_t> size_{0};
};

}  // namespace metrics

#endif  // CLOSEWATCH_METRICS_SERVICES_H_
