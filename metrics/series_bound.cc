#include "metrics/series_bound.h"

#include <algorithm>
#include <stdexcept>
#include <string>

#include "config/alert_options.h"
#include "metrics/alert_evaluator.h"
#include "metrics/code_info.h"
#include "metrics/service_counters.h"

namespace metrics {
namespace {

using LabelledCounts = std::vector<LabelledCount> ProxyServiceSnapshot::*;

// The sets are the same for every service; one without a snapshot yet has an empty one.
std::size_t most_of_a_service(const ProxySnapshot& proxy, LabelledCounts counts) {
  std::size_t most = 0;
  for (const ProxyServiceSnapshot& service : proxy.services) {
    most = std::max(most, (service.*counts).size());
  }
  return most;
}

// Each upstream belongs to one service.
std::size_t upstreams(const ProxySnapshot& proxy) {
  std::size_t count = 0;
  for (const ProxyServiceSnapshot& service : proxy.services) count += service.upstreams.size();
  return count;
}

std::size_t reasons(std::string_view family_name, const Observed& observed) {
  if (family_name == "closewatch_capture_undecodable_packets_total") {
    return observed.capture->undecodable_packets.size();
  }
  if (family_name == "closewatch_capture_evicted_flows_total") {
    return observed.capture->evicted_flows.size();
  }
  if (family_name == "closewatch_capture_opaque_flows_total") {
    return observed.capture->opaque_flows.size();
  }
  if (family_name == "closewatch_proxy_malformed_requests_total") {
    return observed.proxy->malformed_requests.size();
  }
  return most_of_a_service(*observed.proxy,
                           family_name == "closewatch_proxy_rejected_connections_total"
                               ? &ProxyServiceSnapshot::rejected_connections
                               : &ProxyServiceSnapshot::upstream_connect_failures);
}

std::size_t states(std::string_view family_name, const Observed& observed) {
  return family_name == "closewatch_capture_flows" ? observed.capture->flows.size()
                                                   : observed.proxy->connections.size();
}

std::size_t codes(std::string_view family_name, const CodeLabels& labels) {
  return family_name == "closewatch_proxy_tls_handshake_failures_total" ? 1
                                                                        : labels.observed_values();
}

// An endpoint's can be without a status code, the proxy's own cannot.
std::size_t close_frames(const SeriesDimensions& of) {
  const std::size_t codes_sent = of.services.code_labels().sent_values();
  const std::size_t of_service =
      2 * codes_sent + (of.observed.proxy != nullptr ? codes_sent - 1 : 0);
  return of.services.size() * of_service;
}

// How many values the label can have in the family.
std::size_t values(std::string_view label, const Family& family, const SeriesDimensions& of) {
  if (label == "service") return of.services.size();
  if (label == "code") return codes(family.name, of.services.code_labels());
  if (label == "sender" || label == "where" || label == "side") return 2;
  if (label == "initiator") return kInitiatorCount;
  if (label == "cause") return kCauseCount;
  if (label == "violation") return websocket::kViolationCount;
  if (label == "result") return websocket::kHandshakeResultCount;
  if (label == "outcome") return kEndOutcomeNames.size();
  if (label == "opcode") return websocket::kOpcodeCount;
  if (label == "interface") return of.observed.capture->interfaces.size();
  if (label == "reason") return reasons(family.name, of.observed);
  if (label == "state") return states(family.name, of.observed);
  if (label == "timeout") {
    return most_of_a_service(*of.observed.proxy, &ProxyServiceSnapshot::timeouts);
  }
  if (label == "class") return kHttpClassNames.size();
  if (label == "sink") return of.observed.event_sinks;
  if (label == "alert") return of.observed.alerts ? config::kAlertCount : 0;
  if (label == "to") return kAlertStateNames.size();
  if (label == "receiver") return of.observed.alert_receivers;
  // One value in a process.
  if (label == "mode" || label == "version" || label == "revision" || label == "label") return 1;
  throw std::logic_error("the label " + std::string(label) + " has no bound");
}

// Is it a family of a source that the program has not?
bool absent(const Family& family, const Observed& observed) {
  return (family.name.starts_with("closewatch_capture_") && observed.capture == nullptr) ||
         (family.name.starts_with("closewatch_proxy_") && observed.proxy == nullptr);
}

}  // namespace

std::size_t series_bound(const Family& family, const SeriesDimensions& dimensions) {
  if (absent(family, dimensions.observed)) return 0;
  if (family.name == "websocket_close_code_info") {
    return code_info_bound(dimensions.services.code_labels(), dimensions.code_profiles);
  }
  if (family.name == "websocket_close_frames_total") return close_frames(dimensions);
  if (family.name == "closewatch_proxy_upstream_healthy") {
    return upstreams(*dimensions.observed.proxy);
  }
  std::size_t series = family.type == kHistogram ? family.buckets.size() + 3 : 1;
  for (std::size_t i = 0; i < family.label_count(); ++i) {
    series *= values(family.labels[i], family, dimensions);
  }
  return series;
}

}  // namespace metrics
