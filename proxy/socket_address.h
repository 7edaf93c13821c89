#ifndef CLOSEWATCH_PROXY_SOCKET_ADDRESS_H_
#define CLOSEWATCH_PROXY_SOCKET_ADDRESS_H_

#include <sys/socket.h>

#include <optional>
#include <string>
#include <vector>

#include "config/listen_address.h"
#include "websocket/endpoint.h"

namespace proxy {

// A socket address as the system calls want it.
struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t length = 0;

  explicit SocketAddress(const websocket::Endpoint& endpoint);
  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
  int family() const { return storage.ss_family; }
};

// Nothing when it is neither IPv4 nor IPv6. IPv4-mapped IPv6 becomes IPv4.
std::optional<websocket::Endpoint> endpoint_of(const sockaddr_storage& address);
// All zeros when the socket has none.
websocket::Endpoint local_endpoint(int fd);

// The endpoints to listen at; waits for the resolver if the host is a name. An empty host is every
// address of the machine. Throws std::runtime_error with one sentence.
std::vector<websocket::Endpoint> endpoints_to_listen_at(const config::ListenAddress& address);

}  // namespace proxy

#endif  // CLOSEWATCH_PROXY_SOCKET_ADDRESS_H_
