#include <array>

#include "capture/explain.h"

namespace capture {
namespace {

constexpr auto kCauses = std::to_array<Explanation>({
    {"protocol_error", "An endpoint failed the connection, or refused the other's Close.",
     "The side that complains is not the side that erred.",
     "a proxy that changed the stream; a broken library; a message that was too big",
     "violations in the close event, and who sent them"},
    {"closing_handshake", "Both sides sent a Close: the orderly end.",
     "The initiator sent the first.", "the application closed it",
     "the close code, which says why"},
    {"shutdown", "closewatch-proxy drained or was stopped.", "The proxy.",
     "a deploy or a restart of the proxy", "nothing; it is outside every abnormal count"},
    {"unanswered_close", "One side sent a Close, and the connection ended without an answer.",
     "The initiator sent the Close; the other side owes the answer.",
     "a server that just closes TCP; a client that was gone already; a proxy that loses the "
     "answer behind a FIN (nginx and Caddy do)",
     "who did not answer: the other side than the initiator; the order of stream_ends"},
    {"tls_error", "TLS failed.", "Either side.", "certificates; versions and ciphers",
     "the alert in the log of the side that refused"},
    {"ping_timeout", "The side that ended it had waited too long for a Pong.",
     "The initiator; the other side did not answer.",
     "a client that sleeps or lost its network; an event loop that is blocked; a proxy that "
     "holds frames back",
     "unanswered_pings by side; whether it is one network or all"},
    {"truncated", "It ended inside a frame.", "The initiator, or whatever broke it.",
     "a crash while sending; a proxy's limit on size or time; a lost network",
     "payload bytes of the close event; memory and restarts of the sender"},
    {"idle_timeout", "It ended after a long silence, without a Close.",
     "Mostly a middlebox between the two, which looks like the side it stands on.",
     "load balancers (60 s: nginx, AWS ALB; 100 s: Cloudflare; 350 s: AWS NLB; 4 min: Azure; "
     "10 min: Google Cloud)",
     "websocket_idle_before_close_seconds: the second at which the peak stands names the "
     "middlebox; then ping more often than that"},
    {"reset", "TCP was reset, without a Close.", "The initiator.",
     "a crashed process with unread data; a firewall or load balancer that forgot the "
     "connection; SO_LINGER 0; a full accept queue behind a proxy",
     "whether resets come from one address; restarts at that time"},
    {"fin", "TCP was ended in order, but no Close was sent.", "The initiator.",
     "a killed or crashed process (the system closes its sockets); terminate(); a proxy that "
     "was restarted",
     "restarts and deploys at that time; which side"},
    {"vanished", "Nothing was heard for hours, no FIN, no RST.", "Nobody.",
     "a lost network; a NAT that forgot the connection; packets that take another way",
     "TCP keepalive and pings: without them nobody notices"},
    {"upstream_lost", "The proxy had promised the upgrade, and then there was no upstream.",
     "The upstream.", "an upstream that crashed right then",
     "closewatch_proxy_upstream_connect_failures_total by reason"},
    {"evicted", "closewatch gave the connection up, to stay within its limits.", "closewatch.",
     "more connections than limits.max_flows", "closewatch_capture_evicted_flows_total"},
    {"gap", "The bytes that would tell were not captured.", "closewatch.",
     "dropped packets; a capture that began midway; one direction only",
     "closewatch_capture_dropped_packets_total; a larger --buffer-size"},
});

}  // namespace

std::span<const Explanation> explained_causes() { return kCauses; }

}  // namespace capture
