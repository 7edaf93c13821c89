#ifndef CLOSEWATCH_PROXY_TUNNEL_START_H_
#define CLOSEWATCH_PROXY_TUNNEL_START_H_

#include <cstdint>
#include <memory>
#include <vector>

#include "proxy/admission.h"
#include "proxy/config.h"
#include "proxy/transport.h"
#include "websocket/connection.h"
#include "websocket/endpoint.h"

namespace proxy {

// What an opened WebSocket hands over to the relay.
struct TunnelStart {
  Transport client;
  Transport server;
  // Has observed both heads, and nothing behind them: its phase is open. Not yet bound.
  std::unique_ptr<websocket::Connection> connection;
  websocket::Endpoint client_endpoint;  // as PROXY header or trusted hop say, else the peer's
  websocket::Endpoint server_endpoint;
  websocket::ServiceId service = 0;
  std::shared_ptr<const ServiceOptions> options;
  // Bytes that came with, or before, the last byte of the heads; to be relayed first.
  std::vector<std::uint8_t> from_client;
  std::vector<std::uint8_t> from_server;
  Admission admission;  // gives back its places when the tunnel ends
};

}  // namespace proxy

#endif  // CLOSEWATCH_PROXY_TUNNEL_START_H_
