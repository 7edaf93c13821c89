#include "proxy/socket_address.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <stdexcept>

namespace proxy {

using websocket::Endpoint;

SocketAddress::SocketAddress(const Endpoint& endpoint) {
  if (endpoint.is_ipv6) {
    sockaddr_in6 in6{};
    in6.sin6_family = AF_INET6;
    in6.sin6_port = htons(endpoint.port);
    std::memcpy(&in6.sin6_addr, endpoint.address.data(), 16);
    std::memcpy(&storage, &in6, sizeof in6);
    length = sizeof in6;
    return;
  }
  sockaddr_in in4{};
  in4.sin_family = AF_INET;
  in4.sin_port = htons(endpoint.port);
  std::memcpy(&in4.sin_addr, endpoint.address.data(), 4);
  std::memcpy(&storage, &in4, sizeof in4);
  length = sizeof in4;
}

std::optional<Endpoint> endpoint_of(const sockaddr_storage& address) {
  Endpoint endpoint;
  if (address.ss_family == AF_INET) {
    sockaddr_in in4{};
    std::memcpy(&in4, &address, sizeof in4);
    std::memcpy(endpoint.address.data(), &in4.sin_addr, 4);
    endpoint.port = ntohs(in4.sin_port);
    return endpoint;
  }
  if (address.ss_family != AF_INET6) return std::nullopt;
  sockaddr_in6 in6{};
  std::memcpy(&in6, &address, sizeof in6);
  endpoint.port = ntohs(in6.sin6_port);
  endpoint.is_ipv6 = !IN6_IS_ADDR_V4MAPPED(&in6.sin6_addr);
  const auto* from = in6.sin6_addr.s6_addr;
  if (endpoint.is_ipv6) {
    std::memcpy(endpoint.address.data(), from, 16);
  } else {
    std::memcpy(endpoint.address.data(), from + 12, 4);
  }
  return endpoint;
}

Endpoint local_endpoint(int fd) {
  sockaddr_storage address{};
  socklen_t length = sizeof address;
  if (getsockname(fd, reinterpret_cast<sockaddr*>(&address), &length) != 0) return {};
  return endpoint_of(address).value_or(Endpoint{});
}

namespace {

bool has_ipv6() {
  const int fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return false;
  SocketAddress any{Endpoint{.address = {}, .port = 0, .is_ipv6 = true}};
  const bool usable = bind(fd, any.get(), any.length) == 0;
  ::close(fd);
  return usable;
}

}  // namespace

std::vector<Endpoint> endpoints_to_listen_at(const config::ListenAddress& address) {
  if (address.host.empty()) return {{.address = {}, .port = address.port, .is_ipv6 = has_ipv6()}};
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE;
  addrinfo* found = nullptr;
  const int error =
      getaddrinfo(address.host.c_str(), std::to_string(address.port).c_str(), &hints, &found);
  if (error != 0) {
    throw std::runtime_error("cannot find the address " + config::to_string(address) + ": " +
                             gai_strerror(error));
  }
  const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> all{found, &freeaddrinfo};
  std::vector<Endpoint> endpoints;
  for (const addrinfo* one = found; one != nullptr; one = one->ai_next) {
    sockaddr_storage storage{};
    std::memcpy(&storage, one->ai_addr, one->ai_addrlen);
    const auto endpoint = endpoint_of(storage);
    if (endpoint && std::find(endpoints.begin(), endpoints.end(), *endpoint) == endpoints.end()) {
      endpoints.push_back(*endpoint);
    }
  }
  return endpoints;
}

}  // namespace proxy
