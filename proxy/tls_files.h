#ifndef CLOSEWATCH_PROXY_TLS_FILES_H_
#define CLOSEWATCH_PROXY_TLS_FILES_H_

#include <openssl/ssl.h>

#include <optional>
#include <string>

#include "proxy/config.h"

namespace proxy {

// What is wrong, in one sentence with the file and OpenSSL's reason; nothing when all is well.
using TlsProblem = std::optional<std::string>;

// The certificate chain and its key. A key with a passphrase is refused: nobody is there to type
// it.
TlsProblem use_certificate(SSL_CTX* context, const CertificateFiles& files);
// The authorities that may have signed the peer's certificate.
TlsProblem trust_authorities(SSL_CTX* context, const std::string& file);
// Those of the system.
TlsProblem trust_system_authorities(SSL_CTX* context);
// Tells clients which authorities' certificates are wanted.
TlsProblem name_authorities(SSL_CTX* context, const std::string& file);

// The context's certificate is not valid now: it has expired, or its time has not come yet.
TlsProblem validity_warning(const SSL_CTX* context, const std::string& file);

}  // namespace proxy

#endif  // CLOSEWATCH_PROXY_TLS_FILES_H_
