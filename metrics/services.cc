#include "metrics/services.h"

#include <stdexcept>
#include <utility>

namespace metrics {

Services::Services(std::vector<std::string> names, const Options& options)
    : names_(std::move(names)), code_labels_(options.listed_codes) {
  if (names_.empty()) throw std::invalid_argument("there must be at least one service");
  for (std::size_t i = 0; i < names_.size(); ++i) mass_closures_.emplace_back(options.mass_closure);
}

void Services::abnormal_end(websocket::ServiceId service, websocket::Time at) {
  const std::scoped_lock lock(ending_);
  mass_closures_[service].abnormal_end(at);
}

}  // namespace metrics
