#include <nlohmann/json.hpp>

#include "metrics/alert_rules.h"
#include "metrics/alertmanager.h"
#include "websocket/time_text.h"

namespace metrics {
namespace {

using nlohmann::json;

json alert_json(const RaisedAlert& alert, const AlertLabels& labels, websocket::Time until) {
  const std::string_view alert_name = name(alert.alert);
  json result;
  json& to = result["labels"];
  for (const auto& [label, value] : labels) to[label] = value;
  to["alertname"] = alert_name;
  to["service"] = alert.service;
  to["severity"] = severity(alert.alert);
  json& notes = result["annotations"];
  notes["summary"] = alert.service + ": " + alert.numbers;
  notes["description"] = alert.why.empty() ? alert.numbers : alert.numbers + ": " + alert.why;
  notes["runbook"] = "deploy/runbooks/" + std::string(alert_name) + ".md";
  const bool firing = alert.to == AlertState::firing;
  if (firing) result["startsAt"] = websocket::rfc3339(alert.at);
  result["endsAt"] = websocket::rfc3339(firing ? until : alert.at);
  return result;
}

}  // namespace

std::string alertmanager_json(const std::vector<RaisedAlert>& alerts, const AlertLabels& labels,
                              websocket::Time until) {
  json list = json::array();
  for (const RaisedAlert& alert : alerts) list.push_back(alert_json(alert, labels, until));
  return list.dump(-1, ' ', true, json::error_handler_t::replace);
}

}  // namespace metrics
