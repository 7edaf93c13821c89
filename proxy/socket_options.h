#ifndef CLOSEWATCH_PROXY_SOCKET_OPTIONS_H_
#define CLOSEWATCH_PROXY_SOCKET_OPTIONS_H_

#include "proxy/config.h"

namespace proxy {

// TCP_NODELAY; keepalive probes after `tcp_keepalive` of idleness and TCP_USER_TIMEOUT (RFC 5482)
// as the timeouts say, each off when 0. What the system refuses is left as it is: a connection
// without them is better than none.
void set_socket_options(int fd, const Timeouts& timeouts);

}  // namespace proxy

#endif  // CLOSEWATCH_PROXY_SOCKET_OPTIONS_H_
