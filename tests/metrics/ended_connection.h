#ifndef CLOSEWATCH_TESTS_METRICS_ENDED_CONNECTION_H_
#define CLOSEWATCH_TESTS_METRICS_ENDED_CONNECTION_H_

#include <chrono>
#include <optional>
#include <string>
#include <utility>

#include "websocket/summary.h"

namespace metrics::test {

using namespace std::chrono_literals;

// 2026-11-22T12:00:00Z
inline constexpr websocket::Time kNoon{std::chrono::seconds{1795348800}};

// A connection that opened at noon and ended, to be told to an observer.
struct EndedConnection {
  websocket::ConnectionFacts facts;
  websocket::Outcome outcome{1000, 1000, websocket::Initiator::client,
                             websocket::Cause::closing_handshake, websocket::CodeClass::normal};
  websocket::ServiceId service = 0;
  websocket::Duration lifetime = 12s;
  std::optional<websocket::Duration> closing_handshake;
  bool open = false;
  bool counted_before = false;

  EndedConnection() {
    for (auto& stream : facts.streams) stream.seen = stream.synchronised = true;
  }

  EndedConnection& observed(websocket::ObservedCode client, websocket::ObservedCode server) {
    outcome.client_observed = client;
    outcome.server_observed = server;
    return *this;
  }

  websocket::CloseFrame& close(websocket::Side sender, std::optional<websocket::CloseCode> code) {
    websocket::CloseFrame frame;
    frame.sender = sender;
    frame.code = code;
    frame.at = kNoon + lifetime;
    facts.close_frames.push_back(frame);
    return facts.close_frames.back();
  }

  // A Close that the proxy sent; `order` is its place among the Closes.
  websocket::InjectedClose& inject(websocket::Side receiver, websocket::CloseCode code,
                                   std::uint32_t order) {
    auto& injected = facts.injected_closes[index(receiver)];
    injected = websocket::InjectedClose{.code = code, .at = kNoon + lifetime, .order = order};
    return *injected;
  }

  void end(websocket::Side sender, websocket::EndKind how) {
    websocket::StreamEnd end;
    end.sender = sender;
    end.how = how;
    end.at = kNoon + lifetime;
    facts.stream_ends.push_back(end);
  }

  // Refers to this.
  websocket::ConnectionSummary summary() const {
    return {.service = service,
            .client = {{10, 0, 0, 1}, 40000, false},
            .server = {{10, 0, 0, 2}, 8080, false},
            .host = {},
            .path = {},
            .subprotocol = {},
            .extensions = {},
            .handshake = websocket::HandshakeSeen::full,
            .open = open,
            .counted_before = counted_before,
            .opened = kNoon,
            .ended = kNoon + lifetime,
            .closing_handshake = closing_handshake,
            .facts = facts,
            .outcome = outcome};
  }
};

}  // namespace metrics::test

#endif  // CLOSEWATCH_TESTS_METRICS_ENDED_CONNECTION_H_
