#ifndef CLOSEWATCH_TESTS_METRICS_EVERYTHING_COUNTED_H_
#define CLOSEWATCH_TESTS_METRICS_EVERYTHING_COUNTED_H_

#include "metrics/exporter.h"
#include "tests/metrics/ended_connection.h"

namespace metrics::test {

// A capture in which everything was counted at least once.
class BusyCapture final : public CaptureSource {
 public:
  CaptureSnapshot snapshot() const override {
    return {.interfaces = {{"eth0", 100, 64000, 3, 1, true, kNoon + 250ms},
                           {"we\"ird\\name", 7, 70, 0, 0, true, kNoon}},
            .undecodable_packets = {{"truncated", 1}, {"bad_header", 2}},
            .stream_gaps = {{2, 2048}, {1, 10}},
            .flows = {{"upgraded", 4}, {"other", 5}},
            .evicted_flows = {{"idle", 1}, {"capacity", 2}, {"memory", 3}},
            .opaque_flows = {{"tls", 1}, {"http2", 2}, {"lost", 3}},
            .midstream_flows = 6};
  }
};

// A proxy in which everything was counted at least once, for two services.
class BusyProxy final : public ProxySource {
 public:
  ProxySnapshot snapshot() const override {
    const ProxyServiceSnapshot chat{
        .upstream_connect_failures = {{"refused", 1}, {"timeout", 2}, {"tls", 3}},
        .rejected_connections = {{"connection_limit", 4}, {"denied", 5}},
        .timeouts = {{"head", 6}, {"idle", 7}, {"ping", 8}},
        .tls_handshake_failures = {9, 10},
        .http_requests = {11, 12, 13, 14, 15},
        .observer_lost = 16,
        .buffered_bytes = 17,
        .upstreams = {{"127.0.0.1:9000", true}, {"[::1]:9000", false}}};
    ProxyServiceSnapshot other = chat;
    other.upstreams = {{"127.0.0.1:9000", true}};
    return {.services = {chat, other},
            .malformed_requests = {{"bare_cr", 18}, {"two_lengths", 19}},
            .connections = {{"handshake", 20}, {"http", 21}, {"tunnel", 22}},
            .accept_pauses = 23,
            .draining = true};
  }
};

// Tells an observer of everything that can happen, of every kind, at least once.
inline void observe_everything(ConnectionMetrics& metrics, const Services& services) {
  using websocket::Side;
  for (std::size_t i = 0; i < services.size(); ++i) {
    const auto service = static_cast<websocket::ServiceId>(i);
    EndedConnection connection;
    connection.service = service;
    connection.closing_handshake = 1ms;
    for (auto& stream : connection.facts.streams) {
      stream.last_activity = kNoon;
      stream.unanswered_pings = 1;
      for (std::size_t v = 0; v < websocket::kViolationCount; ++v) {
        stream.violations.add(static_cast<websocket::Violation>(v));
      }
    }
    const auto end = [&] {
      metrics.connection_opened(service);
      metrics.connection_ended(connection.summary());
    };
    for (unsigned code = 990; code <= 5000; ++code) {
      const auto close_code = static_cast<websocket::CloseCode>(code);
      connection.facts.close_frames.clear();
      connection.close(Side::client, close_code);
      connection.close(Side::server, close_code);
      connection.inject(Side::client, close_code, 0);
      connection.observed(close_code, close_code);
      end();
    }
    connection.facts.close_frames.clear();
    connection.facts.injected_closes = {};
    connection.close(Side::server, std::nullopt);
    connection.observed(std::nullopt, std::nullopt);
    end();
    connection.facts.close_frames.clear();
    connection.close(Side::client, std::nullopt);
    for (std::size_t who = 0; who < kInitiatorCount; ++who) {
      for (std::size_t why = 0; why < kCauseCount; ++why) {
        connection.outcome.initiator = static_cast<websocket::Initiator>(who);
        connection.outcome.cause = static_cast<websocket::Cause>(why);
        end();
      }
    }
    for (const Side side : websocket::kSides) {
      connection.facts.stream_ends.clear();
      connection.end(side, websocket::EndKind::fin);
      connection.end(side, websocket::EndKind::reset);
      end();
      metrics.pong_received(service, side, 1ms);
      auto& sent = metrics.traffic(service)->by_sender[index(side)];
      for (auto& frames : sent.frames) frames.add();
      sent.payload_bytes.add();
    }
    for (std::size_t result = 0; result < websocket::kHandshakeResultCount; ++result) {
      metrics.handshake_ended({service, static_cast<websocket::HandshakeResult>(result), 1ms});
    }
  }
}

}  // namespace metrics::test

#endif  // CLOSEWATCH_TESTS_METRICS_EVERYTHING_COUNTED_H_
