#ifndef CLOSEWATCH_WEBSOCKET_SUMMARY_H_
#define CLOSEWATCH_WEBSOCKET_SUMMARY_H_

#include <cstdint>
#include <optional>
#include <string_view>

#include "websocket/bytes.h"
#include "websocket/endpoint.h"
#include "websocket/facts.h"
#include "websocket/handshake_result.h"
#include "websocket/outcome.h"

namespace websocket {

// The index of a service in the configuration; 0 is the first.
using ServiceId = std::uint16_t;

// An opening handshake that ended, well or not.
struct HandshakeSummary {
  ServiceId service = 0;
  HandshakeResult result = HandshakeResult::opened;
  std::optional<Duration> duration;  // request head to response head, where both were seen
};

// What an observer gets when a connection ended, or was still open at the end of a savefile. The
// views and references are valid for the length of the call.
struct ConnectionSummary {
  ServiceId service = 0;
  Endpoint client;
  Endpoint server;
  std::string_view host;         // as the client asked; empty when the request was not seen
  std::string_view path;         // target without its query: that may hold tokens
  std::string_view subprotocol;  // as the server accepted
  std::string_view extensions;   // as the server accepted
  HandshakeSeen handshake = HandshakeSeen::none;
  bool open = false;            // still open when the savefile ended: `outcome` says nothing
  bool counted_before = false;  // revived after `vanished` was reported: do not count again
  Time opened{};                // the 101, or the first packet seen
  Time ended{};                 // the last fact that decided; the last packet for an open one
  std::optional<Duration> closing_handshake;  // first to second Close, of different senders
  const ConnectionFacts& facts;
  Outcome outcome;
};

}  // namespace websocket

#endif  // CLOSEWATCH_WEBSOCKET_SUMMARY_H_
