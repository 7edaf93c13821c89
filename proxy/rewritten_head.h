#ifndef CLOSEWATCH_PROXY_REWRITTEN_HEAD_H_
#define CLOSEWATCH_PROXY_REWRITTEN_HEAD_H_

#include <string>
#include <string_view>

#include "proxy/header_rules.h"
#include "proxy/request_head.h"
#include "proxy/response_head.h"
#include "websocket/endpoint.h"

namespace proxy {

// What is known of the client's leg, for X-Forwarded-* and Forwarded (RFC 7239).
struct ClientLeg {
  // Who connected, by the socket or by the PROXY header.
  websocket::Endpoint peer{};
  // What a trusted hop says of the hops before it is kept and added to; what anyone else says is
  // removed.
  bool peer_is_trusted = false;
  bool tls = false;
};

struct UpstreamHeadChoices {
  bool upgrade = false;     // the head was judged UpgradeVerdict::Kind::websocket
  bool keep_alive = false;  // may the upstream connection be used again?
  // Host for an HTTP/1.0 request that has none.
  std::string_view default_host{};
};

// The head to send upstream, always HTTP/1.1: fields of the connection removed with those that
// Connection nominates (never one that we or the message's framing need), Host, Connection, Upgrade
// and the body's framing rebuilt, the client's addresses told, the route's rules obeyed.
std::string head_for_upstream(const RequestHead& head, const ClientLeg& client,
                              const HeaderRules& rules, const UpstreamHeadChoices& choices);

struct ClientHeadChoices {
  // What Connection says to the client. False with a body that lasts until close, with an HTTP/1.0
  // client, and after an upgrade was tried.
  bool keep_alive = false;
  // The version of the client's request. HTTP/1.0 is sent no interim head, and a chunked body only
  // decoded (see BodyWalker), until close.
  HttpVersion version = HttpVersion::http_1_1;
};

// The head to send the client for any response but a 101, interim heads included.
std::string head_for_client(const ResponseHead& head, const HeaderRules& rules,
                            const ClientHeadChoices& choices);
// The same for the 101 that opened a WebSocket; Sec-WebSocket-* are passed on as they are.
std::string switching_head_for_client(const ResponseHead& head, const HeaderRules& rules);

}  // namespace proxy

#endif  // CLOSEWATCH_PROXY_REWRITTEN_HEAD_H_
