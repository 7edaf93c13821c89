#include "proxy/tls_handshake.h"

#include <openssl/err.h>
#include <openssl/x509.h>

#include <cerrno>

#include "proxy/openssl_error.h"

namespace proxy {
namespace {

constexpr const char* kClosed = "the peer closed the connection";

std::string reason_of_protocol_error(SSL* ssl) {
  const unsigned long error = ERR_peek_error();
  const int reason = ERR_GET_REASON(error);
  if (ERR_GET_LIB(error) != ERR_LIB_SSL) return take_openssl_error();
  if (reason == SSL_R_UNEXPECTED_EOF_WHILE_READING) return kClosed;
  if (reason == SSL_R_CERTIFICATE_VERIFY_FAILED) {
    return std::string{"certificate verify failed: "} +
           X509_verify_cert_error_string(SSL_get_verify_result(ssl));
  }
  if (reason >= SSL_AD_REASON_OFFSET) {
    return std::string{"the peer sent the alert "} +
           SSL_alert_desc_string_long(reason - SSL_AD_REASON_OFFSET);
  }
  return take_openssl_error();
}

HandshakeStep failed_step(SSL* ssl, int ssl_error, int error) {
  HandshakeStep step{.status = HandshakeStatus::failed, .reason = kClosed};
  if (ssl_error == SSL_ERROR_SSL) step.reason = reason_of_protocol_error(ssl);
  if (ssl_error == SSL_ERROR_SYSCALL && error != 0) {
    step.reason = error == ECONNRESET || error == EPIPE ? "the peer reset the connection"
                                                        : text_of_errno(error);
  }
  ERR_clear_error();
  return step;
}

}  // namespace

HandshakeStep continue_handshake(SSL* ssl) {
  ERR_clear_error();
  errno = 0;
  const int result = SSL_do_handshake(ssl);
  if (result == 1) return {};
  const int error = errno;
  switch (const int ssl_error = SSL_get_error(ssl, result)) {
    case SSL_ERROR_WANT_READ:
      return {.status = HandshakeStatus::want_read};
    case SSL_ERROR_WANT_WRITE:
      return {.status = HandshakeStatus::want_write};
    default:
      return failed_step(ssl, ssl_error, error);
  }
}

}  // namespace proxy
