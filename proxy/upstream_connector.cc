#include "proxy/upstream_connector.h"

#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>

#include "proxy/balance_key.h"
#include "proxy/proxy_protocol.h"
#include "proxy/socket_address.h"
#include "proxy/socket_options.h"
#include "proxy/tls_handshake.h"

namespace proxy {
namespace {

ConnectFailure failure_of(int error) {
  switch (error) {
    case ECONNREFUSED:
      return ConnectFailure::refused;
    case ETIMEDOUT:
      return ConnectFailure::timeout;
    case EHOSTUNREACH:
    case ENETUNREACH:
    case EHOSTDOWN:
    case ENETDOWN:
      return ConnectFailure::unreachable;
    case ECONNRESET:
    case EPIPE:
      return ConnectFailure::reset;
    default:
      return ConnectFailure::other;
  }
}

}  // namespace

UpstreamConnector::UpstreamConnector(ControlPlane& plane, ClientConnection& client,
                                     const Request& request)
    : plane_(plane),
      client_(client),
      request_(request),
      service_(*request.service),
      watch_(plane, client),
      key_(balance_key(*service_.options, client.client,
                       request.head.fields.values(balance_field(*service_.options)))) {}

bool UpstreamConnector::failed(ConnectFailure failure) {
  failure_ = failure;
  return false;
}

bool UpstreamConnector::failed_waiting(StreamStatus status) {
  if (status == StreamStatus::interrupted) {
    failure_.reset();
    return false;
  }
  return failed(status == StreamStatus::timed_out ? ConnectFailure::timeout
                                                  : ConnectFailure::reset);
}

Task<UpstreamConnection> UpstreamConnector::connect(bool reuse) {
  for (;;) {
    auto choice = service_.upstreams->pick(key_, tried_, now());
    if (!choice) {
      if (tried_.empty()) failed(ConnectFailure::no_upstream);
      co_return UpstreamConnection{};
    }
    if (reuse) {
      auto idle = plane_.idle_upstreams.take(*service_.upstreams, choice->index);
      if (idle.stream) {
        client_.admission.hold(std::move(choice->place));
        co_return idle;
      }
    }
    UpstreamConnection opened{.index = choice->index};
    opened.stream = co_await open(choice->address, opened.endpoint);
    if (opened.stream) {
      service_.upstreams->succeeded(choice->index);
      client_.admission.hold(std::move(choice->place));
      co_return opened;
    }
    if (!failure_) co_return opened;  // the client has gone, which is no upstream's fault
    plane_.count(service_.id, *failure_);
    if (*failure_ == ConnectFailure::timeout) plane_.count(service_.id, Timeout::connect);
    service_.upstreams->failed(choice->index, now());
    tried_.push_back(choice->index);
  }
}

Task<std::unique_ptr<Stream>> UpstreamConnector::open(const config::ListenAddress& address,
                                                      websocket::Endpoint& endpoint) {
  const auto limit = service_.options->timeouts.upstream_connect;
  const auto until = limit.count() > 0 ? Clock::now() + limit : Clock::time_point::max();
  const auto endpoints = co_await plane_.resolver.resolve(address, until);
  if (endpoints.empty()) failed(ConnectFailure::resolve);
  for (const websocket::Endpoint& one : endpoints) {
    auto stream = co_await open_at(one, address.host, until);
    if (stream) endpoint = one;
    if (stream || !failure_ || *failure_ == ConnectFailure::timeout) co_return stream;
  }
  co_return nullptr;
}

Task<std::unique_ptr<Stream>> UpstreamConnector::open_at(const websocket::Endpoint& endpoint,
                                                         std::string_view host,
                                                         Clock::time_point until) {
  const int fd = socket(endpoint.is_ipv6 ? AF_INET6 : AF_INET,
                        SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP);
  if (fd < 0) {
    failed(ConnectFailure::other);
    co_return nullptr;
  }
  set_socket_options(fd, service_.options->timeouts);
  Transport transport{fd, service_.tls ? service_.tls->new_client(fd, host) : SslPointer{}};
  auto stream = std::make_unique<Stream>(plane_.deadlines, std::move(transport));
  bool connected = co_await await_connection(*stream, endpoint, until);
  if (connected) {
    connected = co_await send_proxy_header(*stream, until);
  }
  if (connected) {
    connected = co_await begin_tls(*stream, until);
  }
  if (!connected) stream.reset();
  co_return stream;
}

Task<bool> UpstreamConnector::await_connection(Stream& stream, const websocket::Endpoint& endpoint,
                                               Clock::time_point until) {
  const SocketAddress address{endpoint};
  for (;;) {
    // Asking again is how a connection that is there already, as on one machine, is found without
    // a wait, and how the reason is learnt when there is none.
    if (::connect(stream.transport().fd(), address.get(), address.length) == 0 ||
        errno == EISCONN) {
      co_return true;
    }
    if (errno == EINPROGRESS || errno == EINTR) continue;
    if (errno != EALREADY) co_return failed(failure_of(errno));
    const StreamStatus waited = co_await watch_.wait(stream, Stream::Ready::to_write, until);
    if (waited != StreamStatus::done) co_return failed_waiting(waited);
  }
}

std::string UpstreamConnector::proxy_header() const {
  const ProxyAddresses addresses{
      .source = client_.leg.peer_is_trusted ? client_.client : client_.leg.peer,
      .destination = client_.local};
  return service_.options->proxy_protocol == ProxyProtocol::v1 ? proxy_header_v1(addresses)
                                                               : proxy_header_v2(addresses);
}

// Before TLS begins, and so not through the transport.
Task<bool> UpstreamConnector::send_proxy_header(Stream& stream, Clock::time_point until) {
  if (service_.options->proxy_protocol == ProxyProtocol::off) co_return true;
  const std::string header = proxy_header();
  std::string_view left = header;
  while (!left.empty()) {
    const auto sent = ::send(stream.transport().fd(), left.data(), left.size(), MSG_NOSIGNAL);
    if (sent >= 0) {
      left.remove_prefix(static_cast<std::size_t>(sent));
      continue;
    }
    if (errno == EINTR) continue;
    if (errno != EAGAIN) co_return failed(failure_of(errno));
    const StreamStatus waited = co_await watch_.wait(stream, Stream::Ready::to_write, until);
    if (waited != StreamStatus::done) co_return failed_waiting(waited);
  }
  co_return true;
}

Task<bool> UpstreamConnector::begin_tls(Stream& stream, Clock::time_point until) {
  if (!service_.tls) co_return true;
  while (!stream.transport().is_plain()) {
    const HandshakeStatus step = continue_handshake(stream.transport().ssl()).status;
    if (step == HandshakeStatus::done) co_return true;
    if (step == HandshakeStatus::failed) break;
    const auto ready =
        step == HandshakeStatus::want_read ? Stream::Ready::to_read : Stream::Ready::to_write;
    const StreamStatus waited = co_await watch_.wait(stream, ready, until);
    if (waited != StreamStatus::done) co_return failed_waiting(waited);
  }
  plane_.counters_of(service_.id).tls_failures[index(websocket::Side::server)].add();
  co_return failed(ConnectFailure::tls);
}

}  // namespace proxy
