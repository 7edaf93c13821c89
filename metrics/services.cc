#include "metrics/services.h"

#include <stdexcept>

namespace metrics {

Services::Services(std::vector<std::string> names, const Options& options)
    : mass_closure_(options.mass_closure), code_labels_(options.listed_codes) {
  if (names.empty()) throw std::invalid_argument("there must be at least one service");
  if (names.size() > kMaxServices) throw std::invalid_argument("there can be at most 64 services");
  for (std::string& name : names) append(std::move(name));
}

std::optional<websocket::ServiceId> Services::add(std::string_view name) {
  const std::scoped_lock lock(adding_);
  const std::size_t known = size();
  for (std::size_t i = 0; i < known; ++i) {
    if (services_[i]->name == name) return static_cast<websocket::ServiceId>(i);
  }
  if (known == kMaxServices) return std::nullopt;
  append(std::string(name));
  return static_cast<websocket::ServiceId>(known);
}

void Services::abnormal_end(websocket::ServiceId service, websocket::Time at) {
  const std::scoped_lock lock(ending_);
  services_[service]->mass_closures.abnormal_end(at);
}

void Services::append(std::string name) {
  const std::size_t next = size();
  services_[next] = std::make_unique<Service>(std::move(name), mass_closure_);
  size_.store(next + 1, std::memory_order_release);
}

}  // namespace metrics
