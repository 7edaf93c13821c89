#include <openssl/err.h>
#include <openssl/ssl.h>

#include <memory>

#include "tests/proxy/certificates.h"
#include "tests/proxy/proxied.h"
#include "tests/support/upgrade.h"

namespace proxy {
namespace {

using support::Upgrade;
using support::upgrade_request;
using support::upgrade_response;
using testing_tls::make_certificate;
using testing_tls::PemFolder;
using websocket::HandshakeResult;

// A peer that speaks TLS, blocking.
class TlsPeer {
 public:
  static TlsPeer client(Peer& peer) {
    TlsPeer made{TLS_client_method(), peer};
    made.shaken_ = SSL_connect(made.ssl_.get()) == 1;
    return made;
  }
  static TlsPeer server(Peer& peer, const CertificateFiles& files) {
    TlsPeer made{TLS_server_method(), peer};
    SSL_use_certificate_file(made.ssl_.get(), files.certificate.c_str(), SSL_FILETYPE_PEM);
    SSL_use_PrivateKey_file(made.ssl_.get(), files.key.c_str(), SSL_FILETYPE_PEM);
    made.shaken_ = SSL_accept(made.ssl_.get()) == 1;
    return made;
  }

  bool shaken() const { return shaken_; }
  void send(const std::string& text) {
    EXPECT_EQ(SSL_write(ssl_.get(), text.data(), static_cast<int>(text.size())),
              static_cast<int>(text.size()));
  }
  std::string receive(std::size_t count) {
    std::string all;
    while (all.size() < count) {
      std::string piece(count - all.size(), '\0');
      const int got = SSL_read(ssl_.get(), piece.data(), static_cast<int>(piece.size()));
      if (got <= 0) break;
      all += piece.substr(0, static_cast<std::size_t>(got));
    }
    return all;
  }
  std::string receive_head() {
    std::string head;
    while (!head.ends_with("\r\n\r\n")) {
      const std::string byte = receive(1);
      if (byte.empty()) break;
      head += byte;
    }
    return head;
  }

 private:
  TlsPeer(const SSL_METHOD* method, Peer& peer) : context_(SSL_CTX_new(method), SSL_CTX_free) {
    ssl_ = {SSL_new(context_.get()), SSL_free};
    SSL_set_fd(ssl_.get(), peer.fd());
  }

  std::shared_ptr<SSL_CTX> context_;
  std::shared_ptr<SSL> ssl_;
  bool shaken_ = false;
};

class SessionTls : public testing::Test {
 protected:
  SessionTls() {
    files_ = folder_.write_both(
        "own", make_certificate({.common_name = "localhost",
                                 .subject_alternative_names = "DNS:localhost,IP:127.0.0.1"}));
  }
  ServerTls server_tls() const {
    ServerTls tls;
    tls.certificates = {files_};
    return tls;
  }
  UpstreamTls upstream_tls(bool trusted) const {
    UpstreamTls tls;
    tls.enabled = true;
    tls.ca_file = files_.certificate;
    if (!trusted) tls.ca_file.clear();
    return tls;
  }

  PemFolder folder_;
  CertificateFiles files_;
};

TEST_F(SessionTls, CarriesAWebSocketOnBothLegs) {
  Proxied proxied([this](ProxyConfig& config) {
    config.listeners[0].tls = server_tls();
    config.services[0].tls = upstream_tls(true);
  });
  const auto client = proxied.client();
  TlsPeer secure = TlsPeer::client(*client);
  ASSERT_TRUE(secure.shaken());
  secure.send(upgrade_request(Upgrade{}));
  const auto upstream = proxied.upstream.accept();
  TlsPeer server = TlsPeer::server(*upstream, files_);
  ASSERT_TRUE(server.shaken());
  EXPECT_NE(server.receive_head().find("X-Forwarded-Proto: https"), std::string::npos);
  server.send(upgrade_response(Upgrade{}) + "\x81\x02hi");
  EXPECT_EQ(status_of(secure.receive_head()), 101U);
  EXPECT_EQ(secure.receive(4), "\x81\x02hi");
  secure.send("\x81\x82\x01\x02\x03\x04ii");
  EXPECT_EQ(server.receive(8), "\x81\x82\x01\x02\x03\x04ii");
}

TEST_F(SessionTls, CarriesPlainRequestsOverOneConnection) {
  Proxied proxied([this](ProxyConfig& config) {
    config.listeners[0].tls = server_tls();
    config.services[0].tls = upstream_tls(true);
  });
  const auto client = proxied.client();
  TlsPeer secure = TlsPeer::client(*client);
  secure.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  const auto upstream = proxied.upstream.accept();
  TlsPeer server = TlsPeer::server(*upstream, files_);
  const std::string body(100'000, 'x');
  for (int i = 0; i < 3; ++i) {
    if (i > 0) secure.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    server.receive_head();
    server.send("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n" + body);
    EXPECT_EQ(status_of(secure.receive_head()), 200U);
    EXPECT_TRUE(secure.receive(body.size()) == body);
  }
  EXPECT_FALSE(proxied.upstream.has_waiting());
}

TEST_F(SessionTls, CountsAFailedHandshakeOfAClient) {
  Proxied proxied([this](ProxyConfig& config) { config.listeners[0].tls = server_tls(); });
  const auto client = proxied.client();
  send_text(*client, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  receive_rest(*client);
  const auto silent = proxied.client();
  silent->close();
  EXPECT_EQ(proxied.handshakes(), std::vector{HandshakeResult::tls_failed});
  EXPECT_EQ(proxied.service().tls_failures[0].value(), 1U);
  EXPECT_EQ(proxied.service().tls_failures[1].value(), 0U);
}

TEST_F(SessionTls, RefusesAnUpstreamThatItCannotVerify) {
  Proxied proxied([this](ProxyConfig& config) { config.services[0].tls = upstream_tls(false); });
  const auto client = proxied.client();
  send_text(*client, upgrade_request(Upgrade{}));
  const auto upstream = proxied.upstream.accept();
  TlsPeer server = TlsPeer::server(*upstream, files_);
  EXPECT_EQ(server.receive(1), "");
  EXPECT_EQ(status_of(receive_rest(*client)), 502U);
  client->close();
  EXPECT_EQ(proxied.handshakes(), std::vector{HandshakeResult::tls_failed});
  EXPECT_EQ(proxied.service().tls_failures[1].value(), 1U);
  EXPECT_EQ(
      proxied.service().connect_failures[static_cast<std::size_t>(ConnectFailure::tls)].value(),
      1U);
}

TEST_F(SessionTls, ReadsTheProxyHeaderBeforeTls) {
  Proxied proxied([this](ProxyConfig& config) {
    config.listeners[0].tls = server_tls();
    config.listeners[0].proxy_protocol = true;
  });
  const auto client = proxied.client();
  send_text(*client, "PROXY TCP4 192.0.2.7 198.51.100.1 4711 443\r\n");
  TlsPeer secure = TlsPeer::client(*client);
  ASSERT_TRUE(secure.shaken());
  secure.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_NE(receive_head(*proxied.upstream.accept()).find("192.0.2.7"), std::string::npos);
}

}  // namespace
}  // namespace proxy
