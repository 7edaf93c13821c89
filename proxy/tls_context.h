#ifndef CLOSEWATCH_PROXY_TLS_CONTEXT_H_
#define CLOSEWATCH_PROXY_TLS_CONTEXT_H_

#include <openssl/ssl.h>

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "proxy/config.h"
#include "proxy/tls_handshake.h"
#include "proxy/transport.h"

namespace proxy {

struct SslContextDeleter {
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
};
using SslContextPointer = std::unique_ptr<SSL_CTX, SslContextDeleter>;

// OpenSSL writes without MSG_NOSIGNAL: a program that uses any of this must ignore SIGPIPE.

// TLS towards the clients of one listener. Any thread; never changes. A reload loads a new one;
// what a connection needs of the old one lives as long as its SSL.
class ServerTlsContext {
 public:
  // Null when the options cannot be used. `problems` gets one sentence for each problem, with the
  // file and OpenSSL's reason, and for each warning: a certificate that has expired, or is not yet
  // valid.
  static std::shared_ptr<const ServerTlsContext> load(const ServerTls& options,
                                                      std::vector<std::string>& problems);

  // To accept a handshake on `fd`, a non-blocking socket that it does not own. Null when there is
  // no memory.
  SslPointer new_server(int fd) const;

 private:
  explicit ServerTlsContext(SslContextPointer context) : context_(std::move(context)) {}
  SslContextPointer context_;  // of the first certificate
};

// TLS towards the upstreams of one service. As ServerTlsContext.
class UpstreamTlsContext {
 public:
  static std::shared_ptr<const UpstreamTlsContext> load(const UpstreamTls& options,
                                                        std::vector<std::string>& problems);

  // To begin a handshake on `fd`. `host`: of the upstream's address, a name or an IP address; the
  // name that is sent (SNI; not where it is an IP address) and verified unless the options name
  // another. Null when there is no memory.
  SslPointer new_client(int fd, std::string_view host) const;

 private:
  UpstreamTlsContext(SslContextPointer context, std::string server_name)
      : context_(std::move(context)), server_name_(std::move(server_name)) {}
  SslContextPointer context_;
  std::string server_name_;
};

}  // namespace proxy

#endif  // CLOSEWATCH_PROXY_TLS_CONTEXT_H_
