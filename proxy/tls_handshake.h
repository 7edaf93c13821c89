#ifndef CLOSEWATCH_PROXY_TLS_HANDSHAKE_H_
#define CLOSEWATCH_PROXY_TLS_HANDSHAKE_H_

#include <openssl/ssl.h>

#include <cstdint>
#include <string>

namespace proxy {

enum class HandshakeStatus : std::uint8_t {
  done,
  want_read,   // wait until the socket is readable, then go on
  want_write,  // until it is writable
  failed
};

struct HandshakeStep {
  HandshakeStatus status = HandshakeStatus::done;
  // For the log, where it failed: "no application protocol", "certificate verify failed:
  // self-signed certificate", "the peer sent the alert unknown ca", "the peer closed the
  // connection".
  std::string reason{};
};

// Goes as far as it can without waiting. After failed the alert is sent, as far as it could be, and
// nothing may be called but to close.
HandshakeStep continue_handshake(SSL* ssl);

}  // namespace proxy

#endif  // CLOSEWATCH_PROXY_TLS_HANDSHAKE_H_
