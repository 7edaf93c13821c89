#include "tests/support/upgrade.h"

#include <openssl/evp.h>

#include <array>
#include <cstdint>

namespace support {
namespace {

std::string header(std::string_view name, const std::string& value) {
  return value.empty() ? "" : std::string(name) + ": " + value + "\r\n";
}

}  // namespace

std::string websocket_accept(std::string_view key) {
  const std::string salted = std::string(key) + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
  std::array<unsigned char, 20> digest{};
  EVP_Digest(salted.data(), salted.size(), digest.data(), nullptr, EVP_sha1(), nullptr);
  std::array<unsigned char, 29> base64{};
  const int length = EVP_EncodeBlock(base64.data(), digest.data(), static_cast<int>(digest.size()));
  return {base64.begin(), base64.begin() + length};
}

std::string upgrade_request(const Upgrade& upgrade) {
  const bool offers_more = !upgrade.offered_subprotocols.empty();
  const bool extends_more = !upgrade.offered_extensions.empty();
  return "GET " + upgrade.path + " HTTP/1.1\r\n" + header("Host", upgrade.host) +
         header("Upgrade", upgrade.upgrade) + header("Connection", upgrade.connection) +
         header("Sec-WebSocket-Key", upgrade.key) + header("Sec-WebSocket-Version", "13") +
         header("Sec-WebSocket-Protocol",
                offers_more ? upgrade.offered_subprotocols : upgrade.subprotocol) +
         header("Sec-WebSocket-Extensions",
                extends_more ? upgrade.offered_extensions : upgrade.extensions) +
         upgrade.request_headers + "\r\n";
}

std::string upgrade_response(const Upgrade& upgrade) {
  if (upgrade.status != 101) {
    return "HTTP/1.1 " + std::to_string(upgrade.status) + " Refused\r\n" +
           header("Content-Length", std::to_string(upgrade.body.size())) +
           upgrade.response_headers + "\r\n" + upgrade.body;
  }
  return "HTTP/1.1 101 Switching Protocols\r\n" + header("Upgrade", upgrade.upgrade) +
         header("Connection", upgrade.connection) +
         header("Sec-WebSocket-Accept",
                upgrade.accept.empty() ? websocket_accept(upgrade.key) : upgrade.accept) +
         header("Sec-WebSocket-Protocol", upgrade.subprotocol) +
         header("Sec-WebSocket-Extensions", upgrade.extensions) + upgrade.response_headers + "\r\n";
}

}  // namespace support
