#include "metrics/alert_monitor.h"

#include <utility>

namespace metrics {

using websocket::ServiceId;
using websocket::Time;

AlertMonitor::AlertMonitor(const config::AlertOptions& options, const Services& services,
                           std::vector<const ConnectionMetrics*> threads, Told told)
    : services_(services),
      threads_(std::move(threads)),
      told_(std::move(told)),
      start_(std::chrono::system_clock::now()),
      steady_start_(std::chrono::steady_clock::now()),
      evaluator_(options, start_),
      interval_(options.interval) {
  evaluate();  // every alert is exported from the start
  thread_ = std::thread([this] { run(); });
}

AlertMonitor::~AlertMonitor() {
  {
    const std::scoped_lock lock(mutex_);
    ending_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void AlertMonitor::configure(const config::AlertOptions& options) {
  evaluator_.configure(options);
  const std::scoped_lock lock(mutex_);
  interval_ = options.interval;
}

Time AlertMonitor::now() const {
  return start_ + std::chrono::duration_cast<websocket::Duration>(std::chrono::steady_clock::now() -
                                                                  steady_start_);
}

void AlertMonitor::run() {
  std::unique_lock lock(mutex_);
  while (!changed_.wait_for(lock, interval_, [this] { return ending_; })) {
    lock.unlock();
    evaluate();
    lock.lock();
  }
}

void AlertMonitor::evaluate() {
  const Threads counted{services_, threads_};
  std::vector<CountedService> services;
  counted.for_each_service([&](ServiceId service) {
    services.push_back({.name = services_.name(service),
                        .counts = alert_counts(counted, service),
                        .why = why_counts(counted, service)});
  });
  const Time at = now();
  const std::vector<RaisedAlert> changes = evaluator_.evaluate(at, services);
  told_(changes, evaluator_.firing(), at);
}

}  // namespace metrics
