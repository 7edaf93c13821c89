#ifndef CLOSEWATCH_PROXY_CLIENT_CONNECTION_H_
#define CLOSEWATCH_PROXY_CLIENT_CONNECTION_H_

#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "proxy/admission.h"
#include "proxy/request_head.h"
#include "proxy/rewritten_head.h"
#include "proxy/routing.h"
#include "proxy/setup.h"
#include "proxy/stream.h"
#include "websocket/endpoint.h"

namespace proxy {

// A client's connection as the requests on it see it.
struct ClientConnection {
  ClientConnection(Deadlines& deadlines, Transport transport)
      : stream(deadlines, std::move(transport)) {}

  Stream stream;
  std::vector<std::uint8_t> pending;  // was read, belongs to what comes next; at most kMaxHeld
  ClientLeg leg;
  websocket::Endpoint client;  // as PROXY header or trusted hop say, else the peer
  websocket::Endpoint local;  // where the client believes it is connected to; asked for when needed
  Admission admission;
};

// A request that may go to its service.
struct Request {
  RequestHead head;
  websocket::Time at{};  // its head was complete
  std::shared_ptr<const Setup> setup;
  const RouteOptions* route = nullptr;  // of the setup
  const Service* service = nullptr;     // likewise
};

}  // namespace proxy

#endif  // CLOSEWATCH_PROXY_CLIENT_CONNECTION_H_
