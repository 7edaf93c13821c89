#include "metrics/alert_evaluator.h"

#include <utility>

#include "metrics/alert_rules.h"

namespace metrics {
namespace {

using config::Alert;
using config::AlertThreshold;
using websocket::Time;

}  // namespace

AlertEvaluator::AlertEvaluator(const config::AlertOptions& options, Time start)
    : options_(options), start_(start) {}

void AlertEvaluator::configure(const config::AlertOptions& options) {
  const std::scoped_lock lock(mutex_);
  options_ = options;
}

std::vector<RaisedAlert> AlertEvaluator::evaluate(Time now,
                                                  std::span<const CountedService> services) {
  const std::scoped_lock lock(mutex_);
  std::vector<RaisedAlert> changes;
  for (std::size_t i = 0; i < services.size(); ++i) {
    if (i == services_.size()) {
      services_.push_back({services[i].name, AlertHistory(start_)});
    }
    Service& service = services_[i];
    service.history.add(now, services[i].counts, services[i].why);
    for (std::size_t alert = 0; alert < config::kAlertCount; ++alert) {
      if (auto change = advance(service, static_cast<Alert>(alert), now)) {
        changes.push_back(*std::move(change));
      }
    }
  }
  return changes;
}

AlertState AlertEvaluator::next(const State& state, const AlertThreshold& threshold, bool met,
                                Time now) const {
  if (!options_.enabled || !threshold.enabled) return AlertState::inactive;
  if (state.now == AlertState::firing) {
    const bool on = met || now - state.met_at < threshold.keep_firing;
    return on ? AlertState::firing : AlertState::inactive;
  }
  if (!met) return AlertState::inactive;
  const Time since = state.now == AlertState::pending ? state.since : now;
  return now - since >= threshold.pending ? AlertState::firing : AlertState::pending;
}

std::optional<RaisedAlert> AlertEvaluator::advance(Service& service, Alert alert, Time now) {
  State& state = service.states[static_cast<std::size_t>(alert)];
  const AlertThreshold& threshold = options_.of(service.name)[static_cast<std::size_t>(alert)];
  const AlertVerdict verdict = judge(alert, threshold, service.history);
  const AlertState to = next(state, threshold, verdict.met, now);
  if (verdict.met) state.met_at = now;
  if (to == state.now) return std::nullopt;
  if (state.now == AlertState::inactive) state.since = now;
  RaisedAlert change{.alert = alert,
                     .service = service.name,
                     .from = state.now,
                     .to = to,
                     .at = now,
                     .numbers = numbers_text(alert, verdict),
                     .why = why_text(alert, service.history)};
  state.now = to;
  ++state.transitions[static_cast<std::size_t>(to)];
  state.raised = to == AlertState::firing ? change : RaisedAlert{};
  return change;
}

std::vector<RaisedAlert> AlertEvaluator::firing() const {
  const std::scoped_lock lock(mutex_);
  std::vector<RaisedAlert> alerts;
  for (const Service& service : services_) {
    for (const State& state : service.states) {
      if (state.now == AlertState::firing) alerts.push_back(state.raised);
    }
  }
  return alerts;
}

void AlertEvaluator::collect(Families& families) const {
  FamilySamples firing(family("closewatch_alert_firing"));
  FamilySamples transitions(family("closewatch_alert_transitions_total"));
  const std::scoped_lock lock(mutex_);
  for (const Service& service : services_) {
    for (std::size_t alert = 0; alert < config::kAlertCount; ++alert) {
      const State& state = service.states[alert];
      const std::string_view alert_name = config::kAlertNames[alert];
      firing.add({service.name, alert_name}, state.now == AlertState::firing ? 1 : 0);
      for (std::size_t to = 0; to < kAlertStateNames.size(); ++to) {
        transitions.add({service.name, alert_name, kAlertStateNames[to]},
                        static_cast<double>(state.transitions[to]));
      }
    }
  }
  firing.move_to(families);
  transitions.move_to(families);
}

}  // namespace metrics
