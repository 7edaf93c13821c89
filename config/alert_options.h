#ifndef CLOSEWATCH_CONFIG_ALERT_OPTIONS_H_
#define CLOSEWATCH_CONFIG_ALERT_OPTIONS_H_

#include <array>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "config/value.h"
#include "websocket/bytes.h"

namespace config {

// The alerts that the programs raise themselves. The rules for Prometheus in deploy/prometheus have
// the same names and the same meaning.
enum class Alert : std::uint8_t {
  mass_disconnect,
  server_errors,
  abnormal_close_burn_fast,
  abnormal_close_burn_slow,
  reconnect_storm,
  opening_handshake_failures,
  closing_handshakes_unanswered,
  mass_closure
};
inline constexpr std::array<std::string_view, 8> kAlertNames{"WebSocketMassDisconnect",
                                                             "WebSocketServerErrors",
                                                             "WebSocketAbnormalCloseBurnFast",
                                                             "WebSocketAbnormalCloseBurnSlow",
                                                             "WebSocketReconnectStorm",
                                                             "WebSocketOpeningHandshakeFailures",
                                                             "WebSocketClosingHandshakesUnanswered",
                                                             "WebSocketMassClosure"};
inline constexpr std::size_t kAlertCount = kAlertNames.size();
constexpr std::string_view name(Alert alert) {
  return kAlertNames[static_cast<std::size_t>(alert)];
}

// When an alert of one service is raised.
struct AlertThreshold {
  bool enabled = true;
  std::uint64_t minimum = 20;          // in the alert's (longest) window; fewer never raise it
  double share = 0;                    // of the open or the ended connections: it must be above
  double times = 0;                    // WebSocketReconnectStorm: as many as usual
  websocket::Duration pending{0};      // how long before it fires ("for")
  websocket::Duration keep_firing{0};  // how long it fires on ("keep_firing_for")

  friend bool operator==(const AlertThreshold&, const AlertThreshold&) = default;
};
// By Alert.
using AlertThresholds = std::array<AlertThreshold, kAlertCount>;
const AlertThresholds& default_alert_thresholds();

// Where alerts are posted besides (Alertmanager's API v2).
struct AlertmanagerOptions {
  std::vector<std::string> urls;  // "http://host:9093", "https://host/prefix": all get every alert
  std::string ca_file;            // of https; empty: the system's
  std::string username;           // empty: no basic authentication
  std::string password_file;      // its first line, read at each start and reload
  std::vector<std::pair<std::string, std::string>> labels;  // added to every alert
  websocket::Duration timeout = std::chrono::seconds{10};   // of one attempt
  websocket::Duration resend = std::chrono::minutes{1};     // while an alert fires
  std::uint64_t queue = 1000;                               // alerts; the oldest are dropped

  friend bool operator==(const AlertmanagerOptions&, const AlertmanagerOptions&) = default;
};

struct AlertOptions {
  bool enabled = true;
  websocket::Duration interval = std::chrono::seconds{15};  // between two evaluations
  AlertThresholds thresholds = default_alert_thresholds();
  // For services that have others, by their names.
  std::vector<std::pair<std::string, AlertThresholds>> services;
  AlertmanagerOptions alertmanager;

  const AlertThresholds& of(std::string_view service) const;
  friend bool operator==(const AlertOptions&, const AlertOptions&) = default;
};

// Reads the section `alerts`.
void read_alerts(const Value& value, AlertOptions& options);

}  // namespace config

#endif  // CLOSEWATCH_CONFIG_ALERT_OPTIONS_H_
