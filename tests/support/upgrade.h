#ifndef CLOSEWATCH_TESTS_SUPPORT_UPGRADE_H_
#define CLOSEWATCH_TESTS_SUPPORT_UPGRADE_H_

#include <string>
#include <string_view>

namespace support {

// An opening handshake (RFC 6455 section 4); each part can be made wrong.
struct Upgrade {
  std::string path = "/chat";  // the request target
  std::string host = "server.example";
  std::string subprotocol{};           // what the server accepts
  std::string offered_subprotocols{};  // nothing: `subprotocol`
  std::string extensions{};            // what the server accepts
  std::string offered_extensions{};    // nothing: `extensions`
  std::string key = "dGhlIHNhbXBsZSBub25jZQ==";
  std::string accept{};               // nothing: the right one
  std::string upgrade = "websocket";  // the Upgrade header of both
  std::string connection = "Upgrade";
  std::string request_headers{};   // more of them, each with its CRLF
  std::string response_headers{};  // more of them, each with its CRLF
  int status = 101;                // any other: a refusal without Upgrade headers
  std::string body{};              // of a refusal
};

std::string upgrade_request(const Upgrade& upgrade);
std::string upgrade_response(const Upgrade& upgrade);

// Sec-WebSocket-Accept for a Sec-WebSocket-Key.
std::string websocket_accept(std::string_view key);

}  // namespace support

#endif  // CLOSEWATCH_TESTS_SUPPORT_UPGRADE_H_
