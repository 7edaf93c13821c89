#include "config/alert_options.h"

#include <algorithm>

#include "config/fields.h"
#include "config/shared_keys.h"
#include "config/web_address.h"

namespace config {
namespace {

using std::chrono::minutes;

constexpr std::int64_t kSecond = 1000;  // in milliseconds
constexpr std::int64_t kDay = 86'400 * kSecond;
constexpr std::uint64_t kMany = 1'000'000'000;

// 2 % of the connections that end may end abnormally: mobile networks never do without. Budgets
// burn 14.4 and 6 times as fast then.
constexpr double kFastBurn = 28.8 / 100;
constexpr double kSlowBurn = 0.12;

constexpr AlertThresholds kDefaults{{
    {.minimum = 20, .share = 0.05, .keep_firing = minutes{5}},
    {.minimum = 5, .share = 0.01, .pending = minutes{1}, .keep_firing = minutes{5}},
    {.minimum = 20, .share = kFastBurn, .pending = minutes{2}, .keep_firing = minutes{5}},
    {.minimum = 20, .share = kSlowBurn, .pending = minutes{15}, .keep_firing = minutes{15}},
    {.minimum = 100, .times = 5, .pending = minutes{1}, .keep_firing = minutes{5}},
    {.minimum = 20, .share = 0.1, .pending = minutes{5}, .keep_firing = minutes{5}},
    {.minimum = 20, .share = 0.2, .pending = minutes{5}, .keep_firing = minutes{5}},
    {.minimum = 1, .keep_firing = minutes{5}},
}};

std::optional<double> share(const Value& value) { return value.share(); }
std::optional<double> times(const Value& value) { return value.decimal(1, 1000); }

constexpr auto kThresholdKeys = std::to_array<Key<AlertThreshold>>({
    {"enabled", field<&AlertThreshold::enabled, boolean>},
    {"minimum", field<&AlertThreshold::minimum, number<1, kMany>>},
    {"share", field<&AlertThreshold::share, share>},
    {"times", field<&AlertThreshold::times, times>},
    {"for", field<&AlertThreshold::pending, duration<0, kDay>>},
    {"keep_firing_for", field<&AlertThreshold::keep_firing, duration<0, kDay>>},
});

void read_threshold(const Value& value, Alert alert, AlertThreshold& threshold) {
  const bool storm = alert == Alert::reconnect_storm;
  if (storm && value.has("share")) value.complain("this alert has `times`, no `share`");
  if (!storm && value.has("times")) value.complain("only WebSocketReconnectStorm has `times`");
  if (alert == Alert::mass_closure && value.has("share")) {
    value.complain("this alert counts incidents, it has no `share`");
  }
  read_mapping(value, kThresholdKeys, threshold);
}

void read_thresholds(const Value& value, AlertThresholds& thresholds) {
  value.each_known(kAlertNames, [&](std::size_t index, const Value& item) {
    read_threshold(item, static_cast<Alert>(index), thresholds[index]);
  });
}

std::optional<std::string> web_address(const Value& value) {
  return value.text("an address such as http://127.0.0.1:9093 or https://alerts.example/prefix",
                    [](std::string_view text) { return WebAddress::parse(text).has_value(); });
}

bool is_label_name(std::string_view text) {
  const auto may_begin = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
  };
  return !text.empty() && may_begin(text.front()) &&
         std::ranges::all_of(text, [&](char c) { return may_begin(c) || (c >= '0' && c <= '9'); });
}

std::optional<std::vector<std::pair<std::string, std::string>>> labels(const Value& value) {
  std::optional<std::vector<std::pair<std::string, std::string>>> pairs(std::in_place);
  value.each_entry("a mapping such as {cluster: blue}", [&](const Value& key, const Value& item) {
    auto name = key.text("a label's name", is_label_name);
    auto text = not_empty(item);
    if (name && text) pairs->emplace_back(*std::move(name), *std::move(text));
  });
  return pairs;
}

constexpr auto kAlertmanagerKeys = std::to_array<Key<AlertmanagerOptions>>({
    {"urls", field<&AlertmanagerOptions::urls, list<web_address>>},
    {"ca_file", field<&AlertmanagerOptions::ca_file, not_empty>},
    {"username", field<&AlertmanagerOptions::username, not_empty>},
    {"password_file", field<&AlertmanagerOptions::password_file, not_empty>},
    {"labels", field<&AlertmanagerOptions::labels, labels>},
    {"timeout", field<&AlertmanagerOptions::timeout, duration<100, 300 * kSecond>>},
    {"resend", field<&AlertmanagerOptions::resend, duration<kSecond, 3600 * kSecond>>},
    {"queue", field<&AlertmanagerOptions::queue, number<1, 100'000>>},
});

void read_alertmanager(const Value& value, AlertOptions& options) {
  read_mapping(value, kAlertmanagerKeys, options.alertmanager);
  if (value.has("username") != value.has("password_file")) {
    value.complain("username and password_file go together");
  }
}

void read_rules(const Value& value, AlertOptions& options) {
  read_thresholds(value, options.thresholds);
}

// Read when the rules of all services are known, wherever they stand.
void skip(const Value& /*value*/, AlertOptions& /*options*/) {}

constexpr auto kAlertKeys = std::to_array<Key<AlertOptions>>({
    {"enabled", field<&AlertOptions::enabled, boolean>},
    {"interval", field<&AlertOptions::interval, duration<100, 300 * kSecond>>},
    {"rules", read_rules},
    {"services", skip},
    {"alertmanager", read_alertmanager},
});

void read_services(const Value& value, AlertOptions& options) {
  value.each_entry("a mapping of services to rules", [&](const Value& key, const Value& item) {
    AlertThresholds thresholds = options.thresholds;
    read_thresholds(item, thresholds);
    if (auto service = service_name(key)) {
      options.services.emplace_back(*std::move(service), thresholds);
    }
  });
}

}  // namespace

const AlertThresholds& default_alert_thresholds() { return kDefaults; }

const AlertThresholds& AlertOptions::of(std::string_view service) const {
  const auto found =
      std::ranges::find_if(services, [service](const auto& one) { return one.first == service; });
  return found == services.end() ? thresholds : found->second;
}

void read_alerts(const Value& value, AlertOptions& options) {
  read_mapping(value, kAlertKeys, options);
  if (const std::optional<Value> services = value.find("services")) {
    read_services(*services, options);
  }
}

}  // namespace config
