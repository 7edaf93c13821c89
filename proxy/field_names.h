#ifndef CLOSEWATCH_PROXY_FIELD_NAMES_H_
#define CLOSEWATCH_PROXY_FIELD_NAMES_H_

#include <string_view>

namespace proxy {

// What fields mean to a proxy, by name, ignoring case.

// Belongs to one connection, or frames the message on it: never passed on, rebuilt where needed
// (RFC 9110 section 7.6.1). Also "Proxy", which programs that pass fields through their environment
// take for HTTP_PROXY.
bool is_connection_field(std::string_view name);
// Sec-WebSocket-*.
bool is_websocket_field(std::string_view name);
// Forwarded, X-Forwarded-*: what is said of the hops before.
bool is_forwarding_field(std::string_view name);
// What Connection cannot nominate away: what we set, need, or judge the request by.
bool is_protected_field(std::string_view name);
// One of those above with "_" for "-". Programs that pass fields through their environment cannot
// tell the two apart, so that nobody may send one for the other.
bool imitates_other_field(std::string_view name);

}  // namespace proxy

#endif  // CLOSEWATCH_PROXY_FIELD_NAMES_H_
