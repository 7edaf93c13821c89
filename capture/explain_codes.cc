#include <array>

#include "capture/explain.h"

namespace capture {
namespace {

constexpr auto kCodes = std::to_array<Explanation>({
    {"1000", "The connection has done what it was for.", "Either side, with close().",
     "the application closed it; a library closed it after its work",
     "nothing, unless clients should have stayed: then who closes (initiator) and after how long"},
    {"1001", "An endpoint goes away: a page was left, or a server stops.",
     "Browsers when a tab is closed, reloaded or left; servers and proxies when they stop.",
     "people leave pages; a server is deployed or scaled down",
     "initiator: by clients it is normal, by servers a restart; reconnects after a deploy"},
    {"1002", "An endpoint received what the protocol forbids, and failed the connection.",
     "The side that received it; the other one made the mistake.",
     "a proxy that changed or cut the stream; a broken library; compression switched on at one "
     "end only; bytes that are no WebSocket",
     "websocket_protocol_violations_total by sender and violation; what stands between the two"},
    {"1003", "An endpoint got a kind of data that it does not take, such as binary for text.",
     "The side that received it.", "a client and a server of different versions",
     "which clients: host, path and subprotocol of the close events"},
    {"1004", "Reserved. No endpoint may send it.", "Nobody who keeps to RFC 6455.",
     "a broken library", "websocket_protocol_violations_total{violation=\"invalid_close_code\"}"},
    {"1005", "The other side closed without saying why: its Close had no status code.",
     "Never on the wire; what an endpoint reports for an empty Close.",
     "close() without arguments in a browser or a library", "nothing; it is as normal as 1000"},
    {"1006", "The connection ended and no Close came: nobody said why.",
     "Never on the wire; what an endpoint reports when TCP ended without a Close.",
     "an idle timeout of a load balancer or proxy; a crashed or killed server; a client that "
     "lost its network; a proxy that was restarted; a Close whose answer never came",
     "websocket_connections_closed_total by initiator and cause: it splits 1006 by its reasons; "
     "seconds of silence before the end (60, 100, 350 s are timeouts of middleboxes); opening "
     "handshakes that failed, for which browsers report 1006, too"},
    {"1007", "A message did not hold what its type says, such as text that is not UTF-8.",
     "The side that received it.",
     "binary data sent as text; text cut in the middle of a "
     "character; compression that was broken on the way",
     "which clients: host, path and subprotocol of the close events"},
    {"1008", "A rule of the application was broken. It is used where nothing else fits.",
     "Mostly servers.",
     "a token that is missing or over; a rate limit; an Origin that is not "
     "allowed",
     "--show-reasons for the text beside it; the server's log at that time"},
    {"1009", "A message was larger than the receiver takes.", "The side that received it.",
     "a limit of the library (ws: 100 MiB, websockets: 1 MiB, aiohttp: 4 MiB); a limit of a "
     "proxy",
     "payload bytes and frames of the close event; the receiver's limit"},
    {"1010", "The client wanted an extension that the server did not offer.", "Clients only.",
     "a client that insists on compression", "extensions in the close event"},
    {"1011", "The server failed while it worked for this client.", "Servers.",
     "an exception in a handler; a keepalive ping without an answer (websockets sends 1011 for "
     "it); a backend that is gone",
     "the server's log at that time; unanswered pings of the "
     "close event; whether it is one server or all"},
    {"1012", "The service restarts; come back.", "Servers, and closewatch-proxy when it drains.",
     "a deploy; a drain", "how fast clients come back: opened handshakes beside closes"},
    {"1013", "The service is overloaded; come back later, or elsewhere.", "Servers and proxies.",
     "a limit on connections", "limits of the proxy: closewatch_proxy_rejected_connections_total"},
    {"1014", "A gateway got a bad answer from the server behind it, like 502 in HTTP.", "Gateways.",
     "a server that is down or speaks something else",
     "the gateway's log; upstream connect failures"},
    {"1015", "The TLS handshake failed, so that no WebSocket came to be.",
     "Never on the wire; most browsers report 1006 for it.",
     "a certificate that is over or for another name; no common version or cipher; a client "
     "certificate that is missing",
     "closewatch_proxy_tls_handshake_failures_total by side"},
    {"3000", "Not authorized, like 401 in HTTP.", "Servers.", "a token that is missing or over",
     "opening handshakes with 401 beside it"},
    {"3003", "Forbidden, like 403 in HTTP.", "Servers.", "a user without the right",
     "opening handshakes with 403 beside it"},
    {"3008", "A timeout of the application, like 408 in HTTP.", "Servers.",
     "a client that did not say in time what the application waits for",
     "unanswered pings and idle seconds of the close event"},
});

}  // namespace

std::span<const Explanation> explained_codes() { return kCodes; }

}  // namespace capture
