#include "metrics/series_bound.h"

#include <stdexcept>
#include <string>

#include "metrics/code_info.h"
#include "metrics/service_counters.h"

namespace metrics {
namespace {

std::size_t reasons(std::string_view family_name, const CaptureSnapshot& capture) {
  if (family_name == "closewatch_capture_undecodable_packets_total") {
    return capture.undecodable_packets.size();
  }
  if (family_name == "closewatch_capture_evicted_flows_total") return capture.evicted_flows.size();
  return capture.opaque_flows.size();
}

std::size_t codes(std::string_view family_name, const CodeLabels& labels) {
  return family_name == "websocket_close_frames_total" ? labels.sent_values()
                                                       : labels.observed_values();
}

// How many values the label can have in the family.
std::size_t values(std::string_view label, const Family& family, const SeriesDimensions& of) {
  if (label == "service") return of.services.size();
  if (label == "code") return codes(family.name, of.services.code_labels());
  if (label == "sender" || label == "where") return 2;
  if (label == "initiator") return kInitiatorCount;
  if (label == "cause") return kCauseCount;
  if (label == "violation") return websocket::kViolationCount;
  if (label == "result") return websocket::kHandshakeResultCount;
  if (label == "outcome") return kEndOutcomeNames.size();
  if (label == "opcode") return websocket::kOpcodeCount;
  if (label == "interface") return of.capture.interfaces.size();
  if (label == "reason") return reasons(family.name, of.capture);
  if (label == "state") return of.capture.flows.size();
  // One value in a process.
  if (label == "mode" || label == "version" || label == "revision" || label == "label") return 1;
  throw std::logic_error("the label " + std::string(label) + " has no bound");
}

}  // namespace

std::size_t series_bound(const Family& family, const SeriesDimensions& dimensions) {
  if (family.name == "websocket_close_code_info") {
    return code_info_bound(dimensions.services.code_labels(), dimensions.code_profiles);
  }
  std::size_t series = family.type == kHistogram ? family.buckets.size() + 3 : 1;
  for (std::size_t i = 0; i < family.label_count(); ++i) {
    series *= values(family.labels[i], family, dimensions);
  }
  return series;
}

}  // namespace metrics
