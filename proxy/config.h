#ifndef CLOSEWATCH_PROXY_CONFIG_H_
#define CLOSEWATCH_PROXY_CONFIG_H_

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "config/code_profile.h"
#include "config/listen_address.h"
#include "config/operation.h"
#include "proxy/header_rules.h"
#include "websocket/bytes.h"
#include "websocket/close_code.h"
#include "websocket/outcome.h"

namespace proxy {

// A PEM certificate (chain) and its private key.
struct CertificateFiles {
  std::string certificate;
  std::string key;

  friend bool operator==(const CertificateFiles&, const CertificateFiles&) = default;
};

enum class ClientCertificates : std::uint8_t { none, request, require };
enum class TlsVersion : std::uint8_t { tls_1_2, tls_1_3 };

// TLS towards clients. Several certificates are chosen by SNI; the first serves every other name.
struct ServerTls {
  std::vector<CertificateFiles> certificates;
  TlsVersion min_version = TlsVersion::tls_1_2;
  ClientCertificates client_certificates = ClientCertificates::none;
  std::string client_ca_file;  // who may have signed them; needed unless `none`

  friend bool operator==(const ServerTls&, const ServerTls&) = default;
};

// TLS towards upstreams.
struct UpstreamTls {
  bool enabled = false;
  bool verify = true;
  std::string ca_file;      // empty: the system's
  std::string server_name;  // SNI and the name that is verified; empty: the host of the address
  std::optional<CertificateFiles> certificate;
  TlsVersion min_version = TlsVersion::tls_1_2;

  friend bool operator==(const UpstreamTls&, const UpstreamTls&) = default;
};

enum class ProxyProtocol : std::uint8_t { off, v1, v2 };

struct ListenerOptions {
  config::ListenAddress address;
  std::optional<ServerTls> tls;
  // Every connection begins with a PROXY header (v1 or v2); one that does not is refused.
  bool proxy_protocol = false;

  friend bool operator==(const ListenerOptions&, const ListenerOptions&) = default;
};

enum class Balance : std::uint8_t { round_robin, least_connections, consistent_hash };
enum class HashKey : std::uint8_t { client_address, header, cookie };

// Asks every upstream from time to time; one that fails `unhealthy_after` times in a row gets no
// new connections until it succeeds `healthy_after` times. If all are unhealthy, all are tried.
struct ActiveHealthCheck {
  bool enabled = false;
  std::string path;  // empty: a TCP connection (with TLS where configured) is enough
  websocket::Duration interval = std::chrono::seconds{5};
  websocket::Duration timeout = std::chrono::seconds{2};
  std::uint32_t unhealthy_after = 3;
  std::uint32_t healthy_after = 2;

  friend bool operator==(const ActiveHealthCheck&, const ActiveHealthCheck&) = default;
};

// After this many failures to connect in a row an upstream is left alone for a while.
struct PassiveHealthCheck {
  std::uint32_t failures = 3;  // 0: off
  websocket::Duration pause = std::chrono::seconds{10};

  friend bool operator==(const PassiveHealthCheck&, const PassiveHealthCheck&) = default;
};

// A Close that the proxy sends of its own.
struct CloseToSend {
  websocket::CloseCode code = 1012;
  std::string reason;  // UTF-8, at most 123 bytes

  friend bool operator==(const CloseToSend&, const CloseToSend&) = default;
};

// 0 means: never.
struct Timeouts {
  websocket::Duration request_head = std::chrono::seconds{10};  // with the TLS handshake, in total
  websocket::Duration keep_alive = std::chrono::seconds{60};    // between two plain requests
  websocket::Duration upstream_connect = std::chrono::seconds{5};    // with its TLS handshake
  websocket::Duration opening_handshake = std::chrono::seconds{10};  // the upstream's answer
  websocket::Duration http_response = std::chrono::seconds{60};  // silence within a plain exchange
  websocket::Duration idle{0};                                   // of an open WebSocket
  websocket::Duration half_close = std::chrono::seconds{30};     // silence after the first FIN
  websocket::Duration ping_interval{0};  // pings of our own to clients and upstreams
  websocket::Duration ping_timeout = std::chrono::seconds{20};
  websocket::Duration tcp_keepalive = std::chrono::seconds{60};  // idle time before the first probe
  websocket::Duration tcp_user_timeout = std::chrono::seconds{60};  // data sent, not acknowledged

  friend bool operator==(const Timeouts&, const Timeouts&) = default;
};

struct ServiceOptions {
  std::string name;
  std::vector<config::ListenAddress> upstreams;
  Balance balance = Balance::round_robin;
  HashKey hash_key = HashKey::client_address;
  std::string hash_name;  // of the header or cookie
  UpstreamTls tls;
  ProxyProtocol proxy_protocol = ProxyProtocol::off;  // sent to the upstream
  ActiveHealthCheck health_check;
  PassiveHealthCheck passive_health_check;
  Timeouts timeouts;
  std::uint64_t max_connections = 0;  // 0: no limit
  // What clients get instead of an upstream's end without a Close; absent: the end as it was.
  std::optional<CloseToSend> on_upstream_lost;
  std::vector<config::CodeName> codes;

  friend bool operator==(const ServiceOptions&, const ServiceOptions&) = default;
};

// The first route that matches takes the request. One that names neither hosts nor paths matches
// all.
struct RouteOptions {
  std::vector<std::string> hosts;  // "chat.example.com", "*.example.com"
  std::vector<std::string> paths;  // prefixes that end where a segment of the path ends
  std::string service;             // empty: deny with 403
  HeaderRules request_headers;
  HeaderRules response_headers;
  std::vector<std::string> allowed_origins;  // empty: all; else a WebSocket's Origin must be one

  friend bool operator==(const RouteOptions&, const RouteOptions&) = default;
};

enum class AtLimit : std::uint8_t { http_503, close_1013 };

// 0 means: no limit.
struct ConnectionLimits {
  std::uint64_t connections = 100'000;  // in total
  std::uint64_t connections_per_client = 0;
  std::uint64_t new_connections_per_second = 0;
  std::uint64_t request_head_bytes = 16'384;
  std::uint64_t request_head_fields = 100;
  AtLimit at_limit = AtLimit::http_503;

  friend bool operator==(const ConnectionLimits&, const ConnectionLimits&) = default;
};

// On SIGTERM: every WebSocket gets a Close at a frame boundary, spread over `window`; what is left
// at `deadline` (from the signal) is cut.
struct DrainOptions {
  CloseToSend to_client{.code = 1012, .reason = "service restart"};
  CloseToSend to_upstream{.code = 1001, .reason = {}};
  websocket::Duration window = std::chrono::seconds{5};
  websocket::Duration deadline = std::chrono::seconds{30};

  friend bool operator==(const DrainOptions&, const DrainOptions&) = default;
};

struct ProxyConfig {
  std::vector<ListenerOptions> listeners;
  Timeouts timeouts;  // until it is known which service a request is for; its own hold then
  std::vector<ServiceOptions> services;  // at least one
  std::vector<RouteOptions> routes;      // none: everything goes to the first service
  ConnectionLimits limits;
  DrainOptions drain;
  std::vector<std::string> trusted_hops;  // CIDR: whose X-Forwarded-* and Forwarded are believed
  config::ListenAddress metrics_listen{.host = "127.0.0.1", .port = 10061};
  websocket::OutcomeLimits thresholds;
  std::vector<config::CodeProfile> code_profiles;
  config::Operation operation;
  std::uint32_t threads = 0;  // 0: one a core

  // What is meant by codes, first the services', then the configured profiles; the first that
  // applies and has a code names it.
  std::vector<config::CodeProfile> all_code_profiles() const;
};

// Both return nothing when the configuration is bad; `problems` gets one sentence for each problem,
// with its place, and for each warning of a good one.
std::optional<ProxyConfig> read_config(std::string_view yaml, std::string_view file,
                                       std::vector<std::string>& problems);
std::optional<ProxyConfig> load_config(const std::string& file, std::vector<std::string>& problems);

}  // namespace proxy

#endif  // CLOSEWATCH_PROXY_CONFIG_H_
