#include "proxy/config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <regex>
#include <sstream>

#include "proxy/config_keys.h"

namespace proxy {
namespace {

using config::ListenAddress;
using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

const std::filesystem::path kExample =
    std::filesystem::path(CLOSEWATCH_SOURCE_DIR) / "deploy/examples/proxy.yaml";

ListenerOptions at(const ListenAddress& address) {
  ListenerOptions listener;
  listener.address = address;
  return listener;
}

ProxyConfig good(std::string_view yaml) {
  std::vector<std::string> problems;
  std::optional<ProxyConfig> config = read_config(yaml, "p.yaml", problems);
  EXPECT_THAT(problems, IsEmpty()) << yaml;
  EXPECT_TRUE(config) << yaml;
  return config.value_or(ProxyConfig{});
}

// Without the name of the file.
std::vector<std::string> sentences_of(std::string_view yaml, bool is_good) {
  std::vector<std::string> problems;
  EXPECT_EQ(read_config(yaml, "p.yaml", problems).has_value(), is_good) << yaml;
  for (std::string& problem : problems) {
    EXPECT_EQ(problem.substr(0, 7), "p.yaml:");
    problem.erase(0, 7);
  }
  return problems;
}

std::string text_of(const std::filesystem::path& file) {
  std::ifstream stream(file);
  std::stringstream text;
  text << stream.rdbuf();
  return text.str();
}

TEST(ProxyConfig, OfAFileThatSaysNothingIsTheDefault) {
  for (const std::string_view yaml : {"", "# nothing\n", "{}", "services:\nroutes:\nlimits:\n"}) {
    const ProxyConfig config = good(yaml);
    EXPECT_THAT(config.listeners, IsEmpty());
    EXPECT_THAT(config.services, IsEmpty());
    EXPECT_EQ(config.timeouts, Timeouts{});
    EXPECT_EQ(config.limits, ConnectionLimits{});
    EXPECT_EQ(config.drain, DrainOptions{});
    EXPECT_EQ(config.metrics_listen, (ListenAddress{"127.0.0.1", 10061}));
  }
}

TEST(ProxyConfig, ReadsListeners) {
  const ProxyConfig config = good(R"(
listeners:
  - address: ":80"
    proxy_protocol: true
  - address: "[::1]:443"
    tls:
      certificates: [{certificate: a.pem, key: a.key}, {certificate: b.pem, key: b.key}]
      min_version: 1.3
      client_certificates: require
      client_ca_file: ca.pem
)");
  ASSERT_EQ(config.listeners.size(), 2U);
  EXPECT_EQ(config.listeners[0].address, (ListenAddress{"", 80}));
  EXPECT_TRUE(config.listeners[0].proxy_protocol);
  EXPECT_FALSE(config.listeners[0].tls);
  EXPECT_EQ(config.listeners[1].address, (ListenAddress{"::1", 443}));
  ASSERT_TRUE(config.listeners[1].tls);
  const ServerTls& tls = *config.listeners[1].tls;
  EXPECT_THAT(tls.certificates,
              ElementsAre(CertificateFiles{"a.pem", "a.key"}, CertificateFiles{"b.pem", "b.key"}));
  EXPECT_EQ(tls.min_version, TlsVersion::tls_1_3);
  EXPECT_EQ(tls.client_certificates, ClientCertificates::require);
  EXPECT_EQ(tls.client_ca_file, "ca.pem");
}

TEST(ProxyConfig, ReadsServices) {
  const ProxyConfig config = good(R"(
services:
  - name: a
    upstreams: [10.0.0.1:9000, "[2001:db8::1]:9000", chat_1.internal:80]
    balance: consistent_hash
    hash_by: {header: X-Room}
    tls: {verify: true, ca_file: ca.pem, server_name: a.internal, certificate: c.pem, key: c.key, min_version: 1.3}
    proxy_protocol: v2
    health_check: {path: "/health?deep", interval: 1s, timeout: 250ms, unhealthy_after: 5, healthy_after: 1}
    passive_health_check: {failures: 0, pause: 1m}
    timeouts: {upstream_connect: 1s, idle: 1h}
    max_connections: 7
    on_upstream_lost: {code: 1013, reason: gone}
    codes: {4001: x}
  - {name: b, upstreams: [b:1], balance: consistent_hash, hash_by: {cookie: sid}, tls: {enabled: false}}
  - {name: c, upstreams: [c:1], balance: consistent_hash, hash_by: client_address, health_check: {enabled: false}}
  - {name: d, upstreams: [d:1], balance: least_connections, tls: {}, health_check: {}}
)");
  ASSERT_EQ(config.services.size(), 4U);
  const ServiceOptions& a = config.services[0];
  EXPECT_EQ(a.name, "a");
  EXPECT_THAT(a.upstreams,
              ElementsAre(ListenAddress{"10.0.0.1", 9000}, ListenAddress{"2001:db8::1", 9000},
                          ListenAddress{"chat_1.internal", 80}));
  EXPECT_EQ(a.balance, Balance::consistent_hash);
  EXPECT_EQ(a.hash_key, HashKey::header);
  EXPECT_EQ(a.hash_name, "X-Room");
  EXPECT_EQ(a.tls, (UpstreamTls{.enabled = true,
                                .verify = true,
                                .ca_file = "ca.pem",
                                .server_name = "a.internal",
                                .certificate = CertificateFiles{"c.pem", "c.key"},
                                .min_version = TlsVersion::tls_1_3}));
  EXPECT_EQ(a.proxy_protocol, ProxyProtocol::v2);
  EXPECT_EQ(a.health_check, (ActiveHealthCheck{.enabled = true,
                                               .path = "/health?deep",
                                               .interval = seconds{1},
                                               .timeout = milliseconds{250},
                                               .unhealthy_after = 5,
                                               .healthy_after = 1}));
  EXPECT_EQ(a.passive_health_check,
            (PassiveHealthCheck{.failures = 0, .pause = std::chrono::minutes{1}}));
  EXPECT_EQ(a.max_connections, 7U);
  EXPECT_EQ(a.on_upstream_lost, (CloseToSend{.code = 1013, .reason = "gone"}));
  EXPECT_THAT(a.codes, ElementsAre(config::CodeName{4001, "x"}));
  EXPECT_EQ(config.services[1].hash_key, HashKey::cookie);
  EXPECT_EQ(config.services[1].hash_name, "sid");
  EXPECT_FALSE(config.services[1].tls.enabled);
  EXPECT_EQ(config.services[2].hash_key, HashKey::client_address);
  EXPECT_FALSE(config.services[2].health_check.enabled);
  EXPECT_EQ(config.services[3].balance, Balance::least_connections);
  EXPECT_TRUE(config.services[3].tls.enabled);
  EXPECT_TRUE(config.services[3].tls.verify);
  EXPECT_TRUE(config.services[3].health_check.enabled);
  EXPECT_EQ(config.services[3].on_upstream_lost, std::nullopt) << "an end is passed on as it was";
}

TEST(ProxyConfig, ReadsRoutes) {
  const ProxyConfig config = good(R"(
services: [{name: a, upstreams: [a:1]}]
routes:
  - {paths: [/internal, /admin/], deny: true}
  - hosts: ["*.example.com", "[::1]"]
    service: a
    request_headers: {set: {X-A: "1", Host: a.internal}, remove: [X-B]}
    response_headers: {set: {X-Empty: ""}, remove: [Server]}
    allowed_origins: ["https://a.example", "http://b.example:8080", "null"]
)");
  ASSERT_EQ(config.routes.size(), 2U);
  EXPECT_THAT(config.routes[0].paths, ElementsAre("/internal", "/admin/"));
  EXPECT_EQ(config.routes[0].service, "") << "deny";
  const RouteOptions& route = config.routes[1];
  EXPECT_THAT(route.hosts, ElementsAre("*.example.com", "[::1]"));
  EXPECT_EQ(route.service, "a");
  EXPECT_THAT(route.request_headers.set, ElementsAre(Pair("X-A", "1"), Pair("Host", "a.internal")));
  EXPECT_THAT(route.request_headers.remove, ElementsAre("X-B"));
  EXPECT_THAT(route.response_headers.set, ElementsAre(Pair("X-Empty", "")));
  EXPECT_THAT(route.response_headers.remove, ElementsAre("Server"));
  EXPECT_THAT(route.allowed_origins,
              ElementsAre("https://a.example", "http://b.example:8080", "null"));
}

TEST(ProxyConfig, ReadsEverythingElse) {
  const ProxyConfig config = good(R"(
timeouts: {request_head: 1s, keep_alive: 2s, upstream_connect: 3s, opening_handshake: 4s,
           http_response: 5s, idle: 6s, half_close: 7s, ping_interval: 8s, ping_timeout: 9s,
           tcp_keepalive: 10s, tcp_user_timeout: 0}
limits: {connections: 1, connections_per_client: 2, new_connections_per_second: 3,
         request_head_bytes: 4KiB, request_head_fields: 50, at_limit: close_1013}
drain: {to_client: {code: 4000, reason: "gr\u00fc\u00df Gott"}, to_upstream: {code: 1000}, window: 0, deadline: 1m}
trusted_hops: [10.0.0.0/8, "2001:db8::/32", 192.0.2.1]
threads: 3
metrics: {listen: ":9100"}
thresholds: {idle: 59s, ping: 10s}
code_profiles: [{name: p, subprotocols: [s], codes: {3000: z}}]
)");
  const Timeouts timeouts{.request_head = seconds{1},
                          .keep_alive = seconds{2},
                          .upstream_connect = seconds{3},
                          .opening_handshake = seconds{4},
                          .http_response = seconds{5},
                          .idle = seconds{6},
                          .half_close = seconds{7},
                          .ping_interval = seconds{8},
                          .ping_timeout = seconds{9},
                          .tcp_keepalive = seconds{10},
                          .tcp_user_timeout = seconds{0}};
  EXPECT_EQ(config.timeouts, timeouts);
  EXPECT_EQ(config.limits, (ConnectionLimits{.connections = 1,
                                             .connections_per_client = 2,
                                             .new_connections_per_second = 3,
                                             .request_head_bytes = 4096,
                                             .request_head_fields = 50,
                                             .at_limit = AtLimit::close_1013}));
  EXPECT_EQ(config.drain,
            (DrainOptions{.to_client = {.code = 4000, .reason = "gr\xc3\xbc\xc3\x9f Gott"},
                          .to_upstream = {.code = 1000, .reason = ""},
                          .window = seconds{0},
                          .deadline = seconds{60}}));
  EXPECT_THAT(config.trusted_hops, ElementsAre("10.0.0.0/8", "2001:db8::/32", "192.0.2.1"));
  EXPECT_EQ(config.threads, 3U);
  EXPECT_EQ(config.metrics_listen, (ListenAddress{"", 9100}));
  EXPECT_EQ(config.thresholds.idle, seconds{59});
  EXPECT_EQ(config.thresholds.ping, seconds{10});
  ASSERT_EQ(config.code_profiles.size(), 1U);
  EXPECT_EQ(config.code_profiles[0].name, "p");
}

TEST(ProxyConfig, TimeoutsOfAServiceAreThoseOfTheProxyButForItsOwn) {
  const ProxyConfig config = good(R"(
services: [{name: a, upstreams: [a:1], timeouts: {idle: 1h}}, {name: b, upstreams: [b:1]}]
timeouts: {idle: 1m, half_close: 5s}
)");
  EXPECT_EQ(config.services[0].timeouts.idle, std::chrono::hours{1});
  EXPECT_EQ(config.services[0].timeouts.half_close, seconds{5}) << "though it stands below";
  EXPECT_EQ(config.services[0].timeouts.upstream_connect, Timeouts{}.upstream_connect);
  EXPECT_EQ(config.services[1].timeouts.idle, seconds{60});
}

struct Case {
  std::string yaml;
  std::vector<std::string> sentences;
};

void expect_refused(const std::vector<Case>& cases) {
  for (const Case& c : cases) EXPECT_EQ(sentences_of(c.yaml, false), c.sentences) << c.yaml;
}

TEST(ProxyConfig, SaysWhatIsWrongWithListeners) {
  expect_refused({
      {"listeners: [{}]", {"1:13: listeners[0]: expected address"}},
      {"listeners: [8080]",
       {R"(1:13: listeners[0]: expected a mapping of keys to values, found "8080")"}},
      {"listeners: [{address: 8080}]",
       {"1:23: listeners[0].address: expected ADDRESS:PORT, such as 127.0.0.1:10060 or "
        "[::1]:10060, found \"8080\""}},
      {"listeners: [{address: a:1, proxy_protocol: v2}]",
       {R"(1:44: listeners[0].proxy_protocol: expected true or false, found "v2")"}},
      {"listeners: [{address: a:1, proxy_protocol: 'true'}]",
       {R"(1:44: listeners[0].proxy_protocol: expected true or false, found "true")"}},
      {"listeners: [{address: a:1, tls: {}}]", {"1:33: listeners[0].tls: expected certificates"}},
      {"listeners: [{address: a:1, tls: true}]",
       {R"(1:33: listeners[0].tls: expected a mapping of keys to values, found "true")"}},
      {"listeners: [{address: a:1, tls: {certificates: []}}]",
       {"1:48: listeners[0].tls.certificates: expected at least one certificate"}},
      {"listeners: [{address: a:1, tls: {certificates: [{certificate: a}]}}]",
       {"1:49: listeners[0].tls.certificates[0]: expected key"}},
      {"listeners: [{address: a:1, tls: {certificates: [{key: a}]}}]",
       {"1:49: listeners[0].tls.certificates[0]: expected certificate"}},
      {"listeners: [{address: a:1, tls: {certificates: [{certificate: a, key: b}, {certificate: a, "
       "key: c}]}}]",
       {"1:75: listeners[0].tls.certificates[1]: the certificate is that of the entry 0 already"}},
      {"listeners: [{address: a:1, tls: {certificates: [{certificate: a, key: b}], min_version: "
       "1.1}}]",
       {R"(1:89: listeners[0].tls.min_version: expected 1.2 or 1.3, found "1.1")"}},
      {"listeners: [{address: a:1, tls: {certificates: [{certificate: a, key: b}], "
       "client_certificates: require}}]",
       {"1:33: listeners[0].tls: client_certificates needs client_ca_file: who may have signed "
        "them"}},
      {"listeners: [{address: a:1, tls: {certificates: [{certificate: a, key: b}], "
       "client_ca_file: c}}]",
       {"1:33: listeners[0].tls: client_ca_file needs client_certificates: request or require"}},
      {"listeners: [{address: a:1}, {address: 'b:1'}, {address: a:1}]",
       {"1:57: listeners[2].address: where listeners[0] listens already"}},
      {"listeners: [{address: 0.0.0.0:1}, {address: ':1'}]",
       {"1:45: listeners[1].address: where listeners[0] listens already"}},
      {"listeners: [{address: ':10061'}]\nmetrics: {listen: ':10061'}",
       {"2:19: metrics.listen: where listeners[0] listens already"}},
  });
  good("listeners: [{address: '0.0.0.0:1'}, {address: '[::]:1'}, {address: 127.0.0.1:1}]");
  good("listeners: [{address: 'a:0'}, {address: 'a:0'}]");
}

TEST(ProxyConfig, SaysWhatIsWrongWithServices) {
  const auto with = [](const std::string& keys) {
    return "services: [{name: a, upstreams: [a:1], " + keys + "}]";
  };
  const std::string upstream = "expected HOST:PORT, such as 10.0.0.1:9000 or chat.internal:9000";
  expect_refused({
      {"services: [{}]",
       {"1:12: services[0]: expected name", "1:12: services[0]: expected upstreams"}},
      {"services: [{name: a}]", {"1:12: services[0]: expected upstreams"}},
      {"services: [{name: a, upstreams: []}]",
       {"1:33: services[0].upstreams: expected at least one upstream"}},
      {"services: [{name: a, upstreams: a:1}]",
       {R"(1:33: services[0].upstreams: expected a list, found "a:1")"}},
      {"services: [{name: a, upstreams: [a]}]",
       {"1:34: services[0].upstreams[0]: " + upstream + ", found \"a\""}},
      {"services: [{name: a, upstreams: [':1']}]",
       {"1:34: services[0].upstreams[0]: " + upstream + ", found \":1\""}},
      {"services: [{name: a, upstreams: [a:0]}]",
       {"1:34: services[0].upstreams[0]: " + upstream + ", found \"a:0\""}},
      {"services: [{name: a, upstreams: [a:1, b:1, a:1]}]",
       {"1:44: services[0].upstreams[2]: this upstream is there twice"}},
      {"services: [{name: other, upstreams: [a:1]}]",
       {"1:19: services[0].name: the name other is kept for connections that no rule matches"}},
      {"services: [{name: a, upstreams: [a:1]}, {name: a, upstreams: [b:1]}]",
       {"1:48: services[1].name: the name of services[0] already"}},
      {with("balance: random"),
       {"1:49: services[0].balance: expected round_robin, least_connections or consistent_hash, "
        "found \"random\""}},
      {with("hash_by: client_address"),
       {"1:49: services[0].hash_by: needs balance: consistent_hash"}},
      {with("balance: consistent_hash, hash_by: header"),
       {"1:75: services[0].hash_by: expected client_address, {header: NAME} or {cookie: NAME}, "
        "found \"header\""}},
      {with("balance: consistent_hash, hash_by: {header: X-A, cookie: b}"),
       {"1:75: services[0].hash_by: expected a header or a cookie"}},
      {with("balance: consistent_hash, hash_by: {header: 'X A'}"),
       {"1:84: services[0].hash_by.header: expected a name of letters, digits and -, as in a "
        "header, found \"X A\""}},
      {with("tls: {certificate: a}"), {"1:45: services[0].tls: expected key"}},
      {with("tls: {verify: false, ca_file: a}"),
       {"1:45: services[0].tls: ca_file is of no use with verify: false"}},
      {with("tls: {server_name: '*.a'}"),
       {"1:59: services[0].tls.server_name: expected a host name or an address without a port, "
        "found \"*.a\""}},
      {with("proxy_protocol: on"),
       {R"(1:56: services[0].proxy_protocol: expected off, v1 or v2, found "on")"}},
      {with("health_check: {path: health}"),
       {R"(1:61: services[0].health_check.path: expected a path that begins with /, found "health")"}},
      {with("health_check: {path: \"/a\\r\\nb\"}"),
       {R"(1:61: services[0].health_check.path: expected a path that begins with /, found "/a\x0d\x0ab")"}},
      {with("health_check: {interval: 1ms}"),
       {R"(1:65: services[0].health_check.interval: expected a duration from 100ms to 1d, found "1ms")"}},
      {with("passive_health_check: {failure: 1}"),
       {R"(1:63: services[0].passive_health_check.failure: unknown key, did you mean "failures"?)"}},
      {with("timeouts: {request_head: 1s}"),
       {"1:65: services[0].timeouts.request_head: holds before the service is known, it belongs in "
        "timeouts at the top"}},
      {with("timeouts: {idle: 5}"),
       {R"(1:57: services[0].timeouts.idle: expected 0 for never or a duration from 1ms to 365d, found "5")"}},
      {with("codes: {1000: x}"),
       {R"(1:48: services[0].codes: expected a number from 3000 to 4999, found "1000")"}},
      {with("on_upstream_lost: {}"), {"1:58: services[0].on_upstream_lost: expected code"}},
      {with("on_upstream_lost: 1012"),
       {R"(1:58: services[0].on_upstream_lost: expected a mapping of keys to values, found "1012")"}},
      {with("on_upstream_lost: {code: 1012, reason: " + std::string(124, 'a') + "}"),
       {"1:79: services[0].on_upstream_lost.reason: expected text of at most 123 bytes in UTF-8, "
        "found \"" +
        std::string(57, 'a') + "...\""}},
  });
}

TEST(ProxyConfig, NeverTakesACodeThatACloseMayNotCarry) {
  const auto yaml = [](unsigned code) {
    return "drain: {to_client: {code: " + std::to_string(code) + "}}";
  };
  for (const unsigned code : {0U, 999U, 1004U, 1005U, 1006U, 1015U, 1016U, 2999U, 5000U, 65535U}) {
    EXPECT_THAT(sentences_of(yaml(code), false),
                ElementsAre("1:27: drain.to_client.code: expected a code that a Close may carry, "
                            "1000-1003, 1007-1014 or 3000-4999, found \"" +
                            std::to_string(code) + "\""));
  }
  EXPECT_THAT(sentences_of(yaml(65536), false),
              ElementsAre("1:27: drain.to_client.code: expected a number from 0 to 65535, found "
                          "\"65536\""));
  for (const unsigned code : {1000U, 1003U, 1007U, 1012U, 1013U, 3000U, 4999U}) {
    EXPECT_THAT(sentences_of(yaml(code), true), IsEmpty());
  }
}

TEST(ProxyConfig, WarnsOfWhatIsAllowedAndProbablyNotMeant) {
  const auto lost = [](const std::string& code) {
    return "services: [{name: a, upstreams: [a:1], on_upstream_lost: {code: " + code + "}}]";
  };
  for (const Case& c : std::vector<Case>{
           {lost("1011"),
            {"1:65: warning: services[0].on_upstream_lost.code: graphql-ws clients take 1011 as "
             "fatal and never reconnect; 1012 and 1013 are safe"}},
           {lost("1014"),
            {"1:65: warning: services[0].on_upstream_lost.code: gorilla clients reject 1014 and "
             "answer 1002; 1012 and 1013 are safe"}},
           {"drain: {to_client: {code: 1001}, to_upstream: {code: 1011}}",
            {"1:27: warning: drain.to_client.code: Phoenix LiveView clients take 1001 for a page "
             "that was left and do not come back; 1012 and 1013 are safe"}},
           {lost("1012"), {}},
           {"services: [{name: a, upstreams: [a:1], tls: {verify: false}}]",
            {"1:54: warning: services[0].tls.verify: anybody can pass for the upstream"}},
           {"services: [{name: a, upstreams: [a:1]}]\nroutes: [{service: a}, {paths: [/], deny: "
            "true}]",
            {"2:10: warning: routes[0]: takes every request, so that the routes after it never "
             "do"}}}) {
    EXPECT_EQ(sentences_of(c.yaml, true), c.sentences) << c.yaml;
  }
  EXPECT_EQ(sentences_of(lost("1011") + "\nthreads: x", false).size(), 1U)
      << "of a bad file only what is bad";
}

TEST(ProxyConfig, SaysWhatIsWrongWithRoutes) {
  const auto with = [](const std::string& keys) {
    return "services: [{name: chat, upstreams: [a:1]}]\nroutes: [{service: chat, " + keys + "}]";
  };
  expect_refused({
      {"routes: [{paths: [/a]}]",
       {"1:10: routes[0]: expected a service or deny: true, one of the two"}},
      {with("deny: true"), {"2:10: routes[0]: expected a service or deny: true, one of the two"}},
      {"routes: [{deny: false}]", {"1:17: routes[0].deny: expected true, or not this key"}},
      {"routes: [{service: a}]", {"1:20: routes[0].service: there is no service \"a\""}},
      {"services: [{name: chat, upstreams: [a:1]}]\nroutes: [{deny: true, paths: [/x]}, {service: "
       "chats}]",
       {"2:47: routes[1].service: there is no service \"chats\", did you mean \"chat\"?"}},
      {with("hosts: ['a:80']"),
       {"2:34: routes[0].hosts[0]: expected a host name without a port, such as chat.example.com "
        "or \"*.example.com\", found \"a:80\""}},
      {with("paths: [ws]"),
       {"2:34: routes[0].paths[0]: expected a path that begins with / and has no query, found "
        "\"ws\""}},
      {with("request_headers: {set: {'X A': b}}"),
       {"2:57: routes[0].request_headers.set.X A: \"X A\" is no name of a header"}},
      {with("request_headers: {set: {Connection: close}}"),
       {"2:62: routes[0].request_headers.set.Connection: Connection belongs to the connection and "
        "cannot be set or removed"}},
      {with("response_headers: {remove: [Sec-WebSocket-Accept]}"),
       {"2:54: routes[0].response_headers.remove[0]: Sec-WebSocket-Accept belongs to the "
        "connection and cannot be set or removed"}},
      {with("request_headers: {set: {X-A: \"a\\r\\nX-B: c\"}}"),
       {"2:55: routes[0].request_headers.set.X-A: The value of X-A holds control characters, or "
        "spaces around it"}},
      {with("request_headers: {set: {X-A: [b]}}"),
       {"2:55: routes[0].request_headers.set.X-A: expected the value of a header, found a list"}},
      {with("request_headers: {remove: X-A}"),
       {"2:52: routes[0].request_headers.remove: expected a list, found \"X-A\""}},
      {with("allowed_origins: []"),
       {"2:43: routes[0].allowed_origins: expected at least one origin, or not this key"}},
      {with("allowed_origins: [a.example, 'https://a/b', '*', 'https://']"),
       {"2:44: routes[0].allowed_origins[0]: expected an origin, such as https://chat.example.com "
        "or \"null\", found \"a.example\"",
        "2:55: routes[0].allowed_origins[1]: expected an origin, such as https://chat.example.com "
        "or \"null\", found \"https://a/b\"",
        "2:70: routes[0].allowed_origins[2]: expected an origin, such as https://chat.example.com "
        "or \"null\", found \"*\"",
        "2:75: routes[0].allowed_origins[3]: expected an origin, such as https://chat.example.com "
        "or \"null\", found \"https://\""}},
  });
}

TEST(ProxyConfig, SaysWhatIsWrongWithTheRest) {
  expect_refused({
      {"listener: []", {R"(1:1: listener: unknown key, did you mean "listeners"?)"}},
      {"limits: {at_limit: 503}",
       {R"(1:20: limits.at_limit: expected http_503 or close_1013, found "503")"}},
      {"limits: {request_head_bytes: 100}",
       {R"(1:30: limits.request_head_bytes: expected a size from 1KiB to 1MiB, found "100")"}},
      {"timeouts: {request_head: 10}",
       {R"(1:26: timeouts.request_head: expected 0 for never or a duration from 1ms to 1h, found "10")"}},
      {"timeouts: {tcp_keepalive: 10ms}",
       {R"(1:27: timeouts.tcp_keepalive: expected 0 for never or a duration from 1s to 9h, found "10ms")"}},
      {"drain: {window: 1m, deadline: 10s}",
       {"1:8: drain: expected a window that is not longer than the deadline"}},
      {"drain: {to_client: {reason: bye}}", {"1:20: drain.to_client: expected code"}},
      {"trusted_hops: [10.0.0.0/33]",
       {"1:16: trusted_hops[0]: expected an address or a block of them, such as 10.0.0.0/8 or "
        "2001:db8::/32, found \"10.0.0.0/33\""}},
      {"threads: 1025", {R"(1:10: threads: expected a number from 0 to 1024, found "1025")"}},
      {"metrics: {listen: 9100}",
       {"1:19: metrics.listen: expected ADDRESS:PORT, such as 127.0.0.1:10060 or [::1]:10060, "
        "found \"9100\""}},
      {"code_profiles: [{name: p, services: [x], codes: {4000: a}}]",
       {"1:38: code_profiles[0].services[0]: there is no service \"x\""}},
      {"code_profiles: [{name: p}]", {"1:17: code_profiles[0]: expected codes"}},
      {"threads: \"\\e[31m\"",
       {R"(1:10: threads: expected a number from 0 to 1024, found "\x1b[31m")"}},
      {"services: [", {"2:1: not valid YAML: end of sequence flow not found"}},
  });
}

TEST(ProxyConfig, HasAtMost63Services) {
  const auto services = [](int count) {
    std::string yaml = "services:\n";
    for (int i = 0; i < count; ++i)
      yaml += "- {name: s" + std::to_string(i) + ", upstreams: [a:1]}\n";
    return yaml;
  };
  EXPECT_EQ(good(services(63)).services.size(), 63U);
  EXPECT_THAT(sentences_of(services(64), false),
              ElementsAre("2:1: services: expected at most 63 services, found 64"));
}

TEST(ProxyConfig, CodesOfServicesComeBeforeProfiles) {
  const ProxyConfig config = good(R"(
services: [{name: a, upstreams: [a:1], codes: {4001: mine}}, {name: b, upstreams: [b:1]}]
code_profiles: [{name: p, services: [b], codes: {4001: theirs}}]
)");
  EXPECT_THAT(config.all_code_profiles(),
              ElementsAre(config::CodeProfile{"a", {"a"}, {}, {}, {}, {{4001, "mine"}}},
                          config::CodeProfile{"p", {"b"}, {}, {}, {}, {{4001, "theirs"}}}));
}

TEST(ProxyConfig, ExampleHasTheDefaults) {
  const ProxyConfig config = good(text_of(kExample));
  const ProxyConfig defaults;
  EXPECT_EQ(config.timeouts, defaults.timeouts);
  EXPECT_EQ(config.limits, defaults.limits);
  EXPECT_EQ(config.drain, defaults.drain);
  EXPECT_EQ(config.trusted_hops, defaults.trusted_hops);
  EXPECT_EQ(config.threads, defaults.threads);
  EXPECT_EQ(config.metrics_listen, defaults.metrics_listen);
  EXPECT_EQ(config.thresholds.idle, defaults.thresholds.idle);
  EXPECT_EQ(config.thresholds.ping, defaults.thresholds.ping);
  EXPECT_EQ(config.operation.log, defaults.operation.log);
  EXPECT_EQ(config.operation.events, defaults.operation.events);
  EXPECT_EQ(config.operation.alerts.interval, defaults.operation.alerts.interval);
  EXPECT_EQ(config.operation.alerts.thresholds, defaults.operation.alerts.thresholds);
  EXPECT_EQ(config.operation.alerts.alertmanager, defaults.operation.alerts.alertmanager);
  ASSERT_EQ(config.services.size(), 2U);
  ServiceOptions chat;
  chat.name = "chat";
  chat.upstreams = {{"127.0.0.1", 9000}, {"127.0.0.1", 9001}};
  chat.codes = {{4001, "session-expired"}};
  EXPECT_EQ(config.services[0], chat);
  EXPECT_THAT(config.listeners, ElementsAre(at({"0.0.0.0", 8080})));
  EXPECT_EQ(config.routes.size(), 3U);
}

// What an operator gets who takes the "# " away from every line that is configuration.
TEST(ProxyConfig, WhatTheExampleHasInCommentsIsGoodToo) {
  const std::string text = text_of(kExample);
  const std::string yaml =
      std::regex_replace(text, std::regex("\n( +)# ((- )?[a-z_]+:|  +)"), "\n$1$2");
  const ProxyConfig config = good(yaml);
  ASSERT_EQ(config.listeners.size(), 3U);
  EXPECT_TRUE(config.listeners[1].tls);
  EXPECT_TRUE(config.listeners[2].proxy_protocol);
  EXPECT_TRUE(config.services[0].tls.enabled);
  EXPECT_EQ(config.services[0].health_check.path, "/health");
  EXPECT_EQ(config.services[0].on_upstream_lost->code, 1012);
  EXPECT_EQ(config.services[0].timeouts.idle, std::chrono::hours{1});
  EXPECT_EQ(config.services[1].hash_name, "session");
}

TEST(ProxyConfig, CutAnywhereIsReadOrRefused) {
  // Without comments, which take their time and tell nothing.
  const std::string yaml =
      std::regex_replace(text_of(kExample), std::regex("(^|\\n) *#[^\n]*|  #[^\n]*"), "");
  ASSERT_GT(yaml.size(), 1000U);
  for (std::size_t length = 0; length < yaml.size(); ++length) {
    std::vector<std::string> problems;
    const bool is_read = read_config(yaml.substr(0, length), "p.yaml", problems).has_value();
    EXPECT_EQ(is_read, problems.empty()) << length;
  }
}

TEST(ProxyConfig, FileThatCannotBeReadIsAProblem) {
  std::vector<std::string> problems;
  EXPECT_FALSE(load_config("/nowhere/p.yaml", problems));
  EXPECT_THAT(problems, ElementsAre("/nowhere/p.yaml: cannot be read: No such file or directory"));
  problems.clear();
  EXPECT_TRUE(load_config(kExample.string(), problems));
  EXPECT_THAT(problems, IsEmpty());
}

}  // namespace
}  // namespace proxy
