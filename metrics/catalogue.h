#ifndef CLOSEWATCH_METRICS_CATALOGUE_H_
#define CLOSEWATCH_METRICS_CATALOGUE_H_

#include <prometheus/metric_type.h>

#include <array>
#include <cstddef>
#include <span>
#include <string_view>

namespace metrics {

// One metric family: what the exposition says about it. A new family is one row of kCatalogue.
struct Family {
  std::string_view name;
  prometheus::MetricType type;
  std::string_view help;
  std::array<std::string_view, 3> labels{};  // unused ones empty
  std::span<const double> buckets{};         // histograms: upper bounds in seconds, without +Inf
  // Every series exists at 0 from the start: a counter that first appears at 50 has an increase()
  // of 0, and the alerts that look at it would miss the first outage.
  bool from_start = false;

  constexpr std::size_t label_count() const {
    std::size_t count = 0;
    while (count < labels.size() && !labels[count].empty()) ++count;
    return count;
  }
};

// They straddle the idle timeouts in common use (60, 100, 240, 300, 350, 600 s), so that each of
// them fills a bucket of its own.
inline constexpr std::array<double, 16> kLifetimeBuckets{
    0.1, 1, 5, 15, 35, 65, 105, 130, 250, 310, 360, 610, 1800, 3600, 14400, 86400};
// Round trips and handshakes: from a loopback to the time-outs of browsers (20, 30, 60 s).
inline constexpr std::array<double, 14> kLatencyBuckets{
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30};

inline constexpr auto kCounter = prometheus::MetricType::Counter;
inline constexpr auto kGauge = prometheus::MetricType::Gauge;
inline constexpr auto kHistogram = prometheus::MetricType::Histogram;

inline constexpr auto kCatalogue = std::to_array<Family>({
    {"websocket_client_observed_closes_total",
     kCounter,
     "Ended WebSocket connections by the close code that the client endpoint reports (RFC 6455 "
     "section 7.1.5).",
     {"service", "code"}},
    {"websocket_server_observed_closes_total",
     kCounter,
     "Ended WebSocket connections by the close code that the server endpoint reports (RFC 6455 "
     "section 7.1.5).",
     {"service", "code"}},
    {"websocket_connections_closed_total",
     kCounter,
     "Ended WebSocket connections by who ended them and how.",
     {"service", "initiator", "cause"},
     {},
     true},
    {"websocket_close_frames_total",
     kCounter,
     "Close frames on the wire by the status code they carry; at most eight of a connection, and "
     "those that the proxy sent itself.",
     {"service", "sender", "code"}},
    {"websocket_incomplete_closing_handshakes_total",
     kCounter,
     "Ended connections with a Close frame that was never answered, but for shutdowns of the "
     "proxy.",
     {"service", "initiator"},
     {},
     true},
    {"websocket_closing_handshake_duration_seconds",
     kHistogram,
     "Time from the first Close frame to the other endpoint's.",
     {"service", "initiator"},
     kLatencyBuckets},
    {"websocket_protocol_violations_total",
     kCounter,
     "What a sender did that a conforming receiver must fail the connection for; each kind once a "
     "connection and sender.",
     {"service", "sender", "violation"}},
    {"websocket_opening_handshakes_total",
     kCounter,
     "Opening handshakes by result; a browser reports 1006 for those that did not open.",
     {"service", "result"},
     {},
     true},
    {"websocket_opening_handshake_duration_seconds",
     kHistogram,
     "Time from the head of the request to the head of the response.",
     {"service"},
     kLatencyBuckets},
    {"websocket_open_connections", kGauge, "WebSocket connections that are open.", {"service"}},
    {"websocket_connection_duration_seconds",
     kHistogram,
     "Time from the opening to the end of a connection; abnormal where an endpoint observed 1006, "
     "clean otherwise and at a shutdown of the proxy.",
     {"service", "outcome"},
     kLifetimeBuckets,
     true},
    {"websocket_idle_before_close_seconds",
     kHistogram,
     "Silence of both directions before the end; abnormal where an endpoint observed 1006, clean "
     "otherwise and at a shutdown of the proxy. A peak tells which idle timeout of which middlebox "
     "ends connections.",
     {"service", "outcome"},
     kLifetimeBuckets},
    {"websocket_frames_total",
     kCounter,
     "Frames by sender and opcode.",
     {"service", "sender", "opcode"}},
    {"websocket_payload_bytes_total",
     kCounter,
     "Payload bytes of all frames by sender.",
     {"service", "sender"}},
    {"websocket_unanswered_pings_total",
     kCounter,
     "Pings that had no Pong when their connection ended.",
     {"service", "sender"}},
    {"websocket_ping_rtt_seconds",
     kHistogram,
     "Time from a Ping to its Pong, by the sender of the Ping.",
     {"service", "sender"},
     kLatencyBuckets},
    {"websocket_tcp_resets_total",
     kCounter,
     "Ended connections with a TCP reset, by the sender of the first.",
     {"service", "sender"}},
    {"websocket_tcp_fins_total",
     kCounter,
     "Ended connections with a TCP FIN, by the sender of the first.",
     {"service", "sender"}},
    {"websocket_mass_closures_total",
     kCounter,
     "Incidents in which many connections ended abnormally within a short time, but for shutdowns "
     "of the proxy.",
     {"service"}},
    {"websocket_close_code_info",
     kGauge,
     "1 for each value of the label code, with its name and the class of what it means.",
     {"code", "name", "class"}},
    {"closewatch_capture_packets_total", kCounter, "Captured packets.", {"interface"}},
    {"closewatch_capture_bytes_total",
     kCounter,
     "Bytes of captured packets, as on the wire.",
     {"interface"}},
    {"closewatch_capture_dropped_packets_total",
     kCounter,
     "Packets lost before they could be read, by the kernel's buffer or by the interface.",
     {"interface", "where"}},
    {"closewatch_capture_undecodable_packets_total",
     kCounter,
     "Packets that could not be decoded.",
     {"reason"}},
    {"closewatch_capture_stream_gaps_total",
     kCounter,
     "Holes in TCP streams that were given up as lost.",
     {"service"}},
    {"closewatch_capture_gap_bytes_total",
     kCounter,
     "Bytes missing in the holes of TCP streams.",
     {"service"}},
    {"closewatch_capture_flows", kGauge, "Tracked TCP flows.", {"state"}},
    {"closewatch_capture_evicted_flows_total",
     kCounter,
     "Flows no longer tracked, to stay within the limits.",
     {"reason"}},
    {"closewatch_capture_midstream_flows_total", kCounter,
     "Flows whose beginning was not captured."},
    {"closewatch_capture_opaque_flows_total",
     kCounter,
     "Flows whose content cannot be read.",
     {"reason"}},
    {"closewatch_capture_up",
     kGauge,
     "1 while packets can be captured, 0 otherwise.",
     {"interface"}},
    {"closewatch_capture_last_packet_timestamp_seconds",
     kGauge,
     "Time of the last captured packet.",
     {"interface"}},
    {"closewatch_proxy_upstream_connect_failures_total",
     kCounter,
     "Connections to an upstream that could not be established.",
     {"service", "reason"}},
    {"closewatch_proxy_rejected_connections_total",
     kCounter,
     "Connections and requests of clients that the proxy refused.",
     {"service", "reason"}},
    {"closewatch_proxy_malformed_requests_total",
     kCounter,
     "Requests that are no valid HTTP/1.1 (RFC 9112); none of them reached an upstream.",
     {"reason"}},
    {"closewatch_proxy_timeouts_total",
     kCounter,
     "Connections that the proxy ended because a time limit of its own had passed.",
     {"service", "timeout"}},
    {"closewatch_proxy_tls_handshake_failures_total",
     kCounter,
     "TLS handshakes that failed, by the side they were with. RFC 6455 section 7.4.1 gives them "
     "the "
     "close code 1015; they opened no WebSocket connection, so they are counted here and are not "
     "among the observed closes.",
     {"service", "side", "code"}},
    {"closewatch_proxy_http_requests_total",
     kCounter,
     "Requests other than WebSocket opening handshakes, by the class of the response's status.",
     {"service", "class"}},
    {"closewatch_proxy_observer_lost_total",
     kCounter,
     "WebSocket streams that could not be followed to their end; their bytes passed all the same.",
     {"service"}},
    {"closewatch_proxy_buffered_bytes",
     kGauge,
     "Bytes that one side sent and the other has not yet taken.",
     {"service"}},
    {"closewatch_proxy_upstream_healthy",
     kGauge,
     "1 while the upstream is given connections, 0 while its health checks fail.",
     {"service", "upstream"}},
    {"closewatch_proxy_connections", kGauge, "Connections of clients, by state.", {"state"}},
    {"closewatch_proxy_draining", kGauge,
     "1 from the beginning of the drain at a shutdown, 0 before."},
    {"closewatch_proxy_accept_pauses_total", kCounter,
     "Times that accepting connections was paused because file descriptors had run out."},
    {"closewatch_alert_firing",
     kGauge,
     "1 while the built-in alert fires for the service.",
     {"service", "alert"}},
    {"closewatch_alert_transitions_total",
     kCounter,
     "Changes of a built-in alert's state: to inactive, pending or firing.",
     {"service", "alert", "to"}},
    {"closewatch_alert_notifications_total",
     kCounter,
     "Alerts that an Alertmanager took.",
     {"receiver"}},
    {"closewatch_alert_notifications_failed_total",
     kCounter,
     "Alerts that an Alertmanager was to get and did not: it refused them, could not be reached "
     "in several attempts, or the queue was full.",
     {"receiver"}},
    {"closewatch_events_dropped_total",
     kCounter,
     "Close events that were not written, because the sink was too slow or refused them.",
     {"sink"}},
    {"closewatch_build_info", kGauge, "1 for the running version.", {"version", "revision"}},
    {"closewatch_service_info", kGauge, "1 for each configured service.", {"service", "mode"}},
    {"closewatch_config_last_reload_successful", kGauge,
     "1 if the last load of the configuration succeeded, 0 otherwise."},
    {"closewatch_config_last_reload_success_timestamp_seconds", kGauge,
     "Time of the last successful load of the configuration."},
    {"closewatch_label_overflows_total",
     kCounter,
     "Increments that were folded into an overflow value of the label.",
     {"label"}},
    {"process_cpu_seconds_total", kCounter, "User and system CPU time spent."},
    {"process_open_fds", kGauge, "Open file descriptors."},
    {"process_max_fds", kGauge, "Limit of open file descriptors."},
    {"process_virtual_memory_bytes", kGauge, "Virtual memory size."},
    {"process_resident_memory_bytes", kGauge, "Resident memory size."},
    {"process_start_time_seconds", kGauge, "Start time of the process since the Unix epoch."},
});

// The row with this name; a name that is not in the catalogue does not compile.
consteval const Family& family(std::string_view name) {
  for (const Family& row : kCatalogue) {
    if (row.name == name) return row;
  }
  throw "no such metric family in the catalogue";
}

}  // namespace metrics

#endif  // CLOSEWATCH_METRICS_CATALOGUE_H_
