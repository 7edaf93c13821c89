#include "metrics/close_event.h"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "websocket/time_text.h"

namespace metrics {
namespace {

using Json = nlohmann::ordered_json;
using websocket::ConnectionFacts;
using websocket::ConnectionSummary;
using websocket::Direction;
using websocket::ObservedCode;

double seconds(websocket::Duration duration) {
  return std::chrono::duration<double>(duration).count();
}

void add_text(Json& event, const char* key, std::string_view text) {
  if (!text.empty()) event[key] = text;
}

void add_connection(Json& event, const ConnectionSummary& summary) {
  event["client"] = to_string(summary.client);
  event["server"] = to_string(summary.server);
  add_text(event, "host", summary.host);
  add_text(event, "path", summary.path);
  add_text(event, "subprotocol", summary.subprotocol);
  add_text(event, "extensions", summary.extensions);
  event["handshake"] = name(summary.handshake);
}

Json code_json(ObservedCode code) { return code ? Json(*code) : Json("unknown"); }

void add_outcome(Json& event, const ConnectionSummary& summary, const EventNames& names) {
  const websocket::Outcome& outcome = summary.outcome;
  const auto add_name = [&](const char* key, ObservedCode code) {
    if (!code) return;
    add_text(event, key,
             names.code_profiles.name(
                 *code, {names.service, summary.subprotocol, summary.host, summary.path}));
  };
  event["client_observed"] = code_json(outcome.client_observed);
  event["server_observed"] = code_json(outcome.server_observed);
  add_name("client_observed_name", outcome.client_observed);
  add_name("server_observed_name", outcome.server_observed);
  event["initiator"] = name(outcome.initiator);
  event["cause"] = name(outcome.cause);
  event["class"] = name(outcome.code_class);
}

Json close_frame_json(const websocket::CloseFrame& frame, websocket::Time opened,
                      bool show_reasons) {
  Json row;
  row["sender"] = name(frame.sender);
  if (frame.code) row["code"] = *frame.code;
  row["valid"] = frame.valid();
  row["recovered"] = frame.recovered;
  if (!frame.delivered) row["delivered"] = false;
  if (show_reasons) add_text(row, "reason", frame.reason);
  row["at"] = seconds(frame.at - opened);
  return row;
}

Json injected_close_json(const websocket::InjectedClose& close, websocket::Side receiver,
                         websocket::Time opened) {
  Json row;
  row["sender"] = "proxy";
  row["to"] = name(receiver);
  row["code"] = close.code;
  row["valid"] = true;
  row["recovered"] = false;
  if (!close.delivered) row["delivered"] = false;
  row["at"] = seconds(close.at - opened);
  return row;
}

// The endpoints' and the proxy's, in the order in which they were seen.
Json close_frames_json(const ConnectionSummary& summary, bool show_reasons) {
  std::vector<std::pair<std::uint32_t, Json>> rows;
  for (const websocket::CloseFrame& frame : summary.facts.close_frames) {
    rows.emplace_back(frame.order, close_frame_json(frame, summary.opened, show_reasons));
  }
  for (const websocket::Side receiver : websocket::kSides) {
    const auto& injected = summary.facts.injected_closes[index(receiver)];
    if (!injected) continue;
    rows.emplace_back(injected->order, injected_close_json(*injected, receiver, summary.opened));
  }
  std::ranges::stable_sort(rows, {}, &std::pair<std::uint32_t, Json>::first);
  Json frames = Json::array();
  for (auto& [order, row] : rows) frames.push_back(std::move(row));
  return frames;
}

Json stream_ends_json(const ConnectionSummary& summary) {
  Json ends = Json::array();
  for (const websocket::StreamEnd& end : summary.facts.stream_ends) {
    Json row;
    row["sender"] = name(end.sender);
    row["how"] = name(end.how);
    row["at"] = seconds(end.at - summary.opened);
    ends.push_back(std::move(row));
  }
  return ends;
}

Json frames_json(const websocket::StreamFacts& stream) {
  Json frames = Json::object();
  for (std::size_t i = 0; i < websocket::kOpcodeCount; ++i) {
    if (stream.frames[i] != 0) frames[std::string(websocket::kOpcodeNames[i])] = stream.frames[i];
  }
  return frames;
}

// What both sides did, each kind once.
Json violations_json(const ConnectionFacts& facts) {
  websocket::Violations seen;
  for (const auto& stream : facts.streams) seen.add(stream.violations);
  for (const auto& frame : facts.close_frames) seen.add(frame.violations);
  Json violations = Json::array();
  for (std::size_t i = 0; i < websocket::kViolationCount; ++i) {
    if (seen.has(static_cast<websocket::Violation>(i))) {
      violations.push_back(websocket::kViolationNames[i]);
    }
  }
  return violations;
}

void add_streams(Json& event, const ConnectionSummary& summary) {
  Json idle = Json::object();
  Json frames = Json::object();
  Json payload = Json::object();
  Json pings = Json::object();
  Json missing = Json::object();
  for (const Direction direction : websocket::kDirections) {
    const websocket::StreamFacts& stream = summary.facts.stream(direction);
    const std::string key(name(direction));
    if (stream.last_activity) idle[key] = seconds(summary.ended - *stream.last_activity);
    frames[key] = frames_json(stream);
    payload[key] = stream.payload_bytes;
    pings[std::string(name(sender(direction)))] = stream.unanswered_pings;
    missing[key] = stream.missing_bytes;
  }
  if (!idle.empty()) event["idle_seconds"] = std::move(idle);
  event["frames"] = std::move(frames);
  event["payload_bytes"] = std::move(payload);
  event["unanswered_pings"] = std::move(pings);
  event["violations"] = violations_json(summary.facts);
  event["missing_bytes"] = std::move(missing);
}

}  // namespace

std::string close_event_json(const ConnectionSummary& summary, const EventNames& names,
                             bool show_reasons) {
  Json event;
  event["event"] = "websocket_closed";
  event["time"] = websocket::rfc3339(summary.ended);
  event["observed_by"] = names.observed_by;
  event["service"] = names.service;
  event["state"] = summary.open ? "open" : "closed";
  add_connection(event, summary);
  if (!summary.open) add_outcome(event, summary, names);
  event["close_frames"] = close_frames_json(summary, show_reasons);
  event["stream_ends"] = stream_ends_json(summary);
  event["opened"] = websocket::rfc3339(summary.opened);
  event["duration_seconds"] = seconds(summary.ended - summary.opened);
  add_streams(event, summary);
  event["synchronised"] =
      summary.facts.streams[0].synchronised && summary.facts.streams[1].synchronised;
  return event.dump(-1, ' ', true, Json::error_handler_t::replace);
}

}  // namespace metrics
