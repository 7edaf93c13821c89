#include "proxy/tls_context.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <functional>

#include "proxy/certificate_names.h"
#include "tests/proxy/certificates.h"
#include "tests/proxy/socket_pair.h"

namespace proxy {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing_tls::Certificate;
using testing_tls::make_certificate;

std::string common_name_of(const X509* certificate) {
  if (certificate == nullptr) return "none";
  char text[64] = {};
  X509_NAME_get_text_by_NID(X509_get_subject_name(certificate), NID_commonName, text, sizeof text);
  return text;
}

// What came of a handshake.
struct Meeting {
  HandshakeStep client;
  HandshakeStep server;
  std::string server_certificate;  // common names
  std::string client_certificate;
  std::string protocol;  // by ALPN
  std::string version;
};

class TlsContextTest : public testing::Test {
 protected:
  ServerTls server_options(std::vector<CertificateFiles> certificates) const {
    ServerTls options;
    options.certificates = std::move(certificates);
    return options;
  }
  UpstreamTls client_options() const {
    UpstreamTls options;
    options.enabled = true;
    options.ca_file = ca_file_;
    return options;
  }
  CertificateFiles server_files() const {
    return files_.write_both(
        "server", make_certificate({.common_name = "server",
                                    .subject_alternative_names = "DNS:chat.example,IP:127.0.0.1",
                                    .issuer = &ca_}));
  }
  std::shared_ptr<const ServerTlsContext> load(const ServerTls& options) {
    auto context = ServerTlsContext::load(options, problems_);
    EXPECT_NE(context, nullptr) << testing::PrintToString(problems_);
    return context;
  }
  std::shared_ptr<const UpstreamTlsContext> load(const UpstreamTls& options) {
    auto context = UpstreamTlsContext::load(options, problems_);
    EXPECT_NE(context, nullptr) << testing::PrintToString(problems_);
    return context;
  }
  std::string server_problem(const ServerTls& options) {
    std::vector<std::string> problems;
    EXPECT_EQ(ServerTlsContext::load(options, problems), nullptr);
    EXPECT_EQ(problems.size(), 1U);
    return problems.empty() ? "" : problems.front();
  }

  static Meeting meet(
      const ServerTlsContext& server_context, const UpstreamTlsContext& client_context,
      std::string_view host, const std::function<void(SSL*)>& prepare = [](SSL*) {}) {
    const testing_sockets::SocketPair sockets = testing_sockets::tcp_pair();
    const Transport client{sockets.client, client_context.new_client(sockets.client, host)};
    const Transport server{sockets.server, server_context.new_server(sockets.server)};
    prepare(client.ssl());
    Meeting meeting;
    std::tie(meeting.client, meeting.server) =
        testing_sockets::shake_hands(client.ssl(), server.ssl());
    meeting.server_certificate = common_name_of(SSL_get0_peer_certificate(client.ssl()));
    meeting.client_certificate = common_name_of(SSL_get0_peer_certificate(server.ssl()));
    const unsigned char* protocol = nullptr;
    unsigned size = 0;
    SSL_get0_alpn_selected(server.ssl(), &protocol, &size);
    meeting.protocol.assign(reinterpret_cast<const char*>(protocol), size);
    meeting.version = SSL_get_version(server.ssl());
    return meeting;
  }

  const testing_tls::PemFolder files_;
  const Certificate ca_ = make_certificate({.common_name = "authority", .authority = true});
  const std::string ca_file_ = files_.write_certificate("ca.crt", ca_);
  std::vector<std::string> problems_;
};

void expect_done(const Meeting& meeting) {
  EXPECT_EQ(meeting.client.status, HandshakeStatus::done) << meeting.client.reason;
  EXPECT_EQ(meeting.server.status, HandshakeStatus::done) << meeting.server.reason;
}

TEST_F(TlsContextTest, ClientAndServerMeet) {
  const auto server = load(server_options({server_files()}));
  const auto client = load(client_options());
  for (const std::string_view host :
       {"chat.example", "chat.example.", "CHAT.example", "127.0.0.1"}) {
    const Meeting meeting = meet(*server, *client, host);
    expect_done(meeting);
    EXPECT_EQ(meeting.protocol, "http/1.1");
    EXPECT_EQ(meeting.version, "TLSv1.3");
  }
  EXPECT_THAT(problems_, IsEmpty());
}

TEST_F(TlsContextTest, TheNameThatIsAskedForChoosesTheCertificate) {
  const auto both = [&](const std::string& name, const std::string& names) {
    return files_.write_both(
        name, make_certificate(
                  {.common_name = name, .subject_alternative_names = names, .issuer = &ca_}));
  };
  const auto server =
      load(server_options({both("first", "DNS:first.example,DNS:www.first.example"),
                           both("wild", "DNS:*.wild.example"), both("exact", "DNS:a.wild.example"),
                           both("common.example", ""), both("again", "DNS:first.example")}));
  UpstreamTls options = client_options();
  options.verify = false;
  const auto client = load(options);
  const struct {
    std::string_view host, certificate;
  } cases[] = {
      {"first.example", "first"},    {"www.first.example", "first"},
      {"b.wild.example", "wild"},    {"B.Wild.Example", "wild"},
      {"a.wild.example", "exact"},   {"wild.example", "first"},
      {"x.b.wild.example", "first"}, {"common.example", "common.example"},
      {"unknown.example", "first"},  {"127.0.0.1", "first"},  // sends no name
  };
  for (const auto& one : cases) {
    const Meeting meeting = meet(*server, *client, one.host);
    expect_done(meeting);
    EXPECT_EQ(meeting.server_certificate, one.certificate) << one.host;
    EXPECT_EQ(meeting.protocol, "http/1.1");
  }
}

TEST_F(TlsContextTest, AlpnIsHttp1OrNothing) {
  const auto server = load(server_options({server_files()}));
  const auto client = load(client_options());
  const auto offering = [&](std::string_view protocols) {
    return meet(*server, *client, "chat.example", [&](SSL* ssl) {
      SSL_set_alpn_protos(ssl, reinterpret_cast<const unsigned char*>(protocols.data()),
                          static_cast<unsigned>(protocols.size()));
    });
  };
  const Meeting none = offering("");
  expect_done(none);
  EXPECT_EQ(none.protocol, "");
  const Meeting both = offering("\2h2\10http/1.1");
  expect_done(both);
  EXPECT_EQ(both.protocol, "http/1.1");
  const Meeting h2 = offering("\2h2");
  EXPECT_EQ(h2.server.status, HandshakeStatus::failed);
  EXPECT_EQ(h2.server.reason, "no application protocol");
  EXPECT_EQ(h2.client.reason, "the peer sent the alert no application protocol");
}

TEST_F(TlsContextTest, AlpnAlsoBehindTheNamesOfOtherCertificates) {
  const auto other =
      files_.write_both("other", make_certificate({.common_name = "other",
                                                   .subject_alternative_names = "DNS:other.example",
                                                   .issuer = &ca_}));
  const auto server = load(server_options({server_files(), other}));
  const auto client = load(client_options());
  const Meeting meeting = meet(*server, *client, "other.example", [](SSL* ssl) {
    SSL_set_alpn_protos(ssl, reinterpret_cast<const unsigned char*>("\2h2"), 3);
  });
  EXPECT_EQ(meeting.server.reason, "no application protocol");
}

TEST_F(TlsContextTest, OldVersionsAreRefused) {
  const auto server = load(server_options({server_files()}));
  const auto client = load(client_options());
  const auto with_version = [&](const ServerTlsContext& context, int version) {
    return meet(context, *client, "chat.example", [version](SSL* ssl) {
      SSL_set_security_level(ssl, 0);
      SSL_set_min_proto_version(ssl, version);
      SSL_set_max_proto_version(ssl, version);
      SSL_set_cipher_list(ssl, "ALL:@SECLEVEL=0");
    });
  };
  const Meeting tls_1_2 = with_version(*server, TLS1_2_VERSION);
  expect_done(tls_1_2);
  EXPECT_EQ(tls_1_2.version, "TLSv1.2");
  for (const int version : {TLS1_VERSION, TLS1_1_VERSION}) {
    const Meeting old = with_version(*server, version);
    EXPECT_EQ(old.server.status, HandshakeStatus::failed);
    EXPECT_EQ(old.server.reason, "unsupported protocol");
    EXPECT_EQ(old.client.reason, "the peer sent the alert protocol version");
  }
  ServerTls only_1_3 = server_options({server_files()});
  only_1_3.min_version = TlsVersion::tls_1_3;
  EXPECT_EQ(with_version(*load(only_1_3), TLS1_2_VERSION).server.reason, "unsupported protocol");
}

TEST_F(TlsContextTest, CiphersWithoutForwardSecrecyOrAuthenticationAreRefused) {
  const auto server = load(server_options({server_files()}));
  const auto client = load(client_options());
  const Meeting meeting = meet(*server, *client, "chat.example", [](SSL* ssl) {
    SSL_set_max_proto_version(ssl, TLS1_2_VERSION);
    SSL_set_cipher_list(ssl, "ECDHE-ECDSA-AES128-SHA256:AES128-GCM-SHA256");
  });
  EXPECT_EQ(meeting.server.reason, "no shared cipher");
}

TEST_F(TlsContextTest, RenegotiationIsRefusedAndHarmsNothing) {
  const auto server_context = load(server_options({server_files()}));
  const auto client_context = load(client_options());
  const testing_sockets::SocketPair sockets = testing_sockets::tcp_pair();
  Transport client{sockets.client, client_context->new_client(sockets.client, "chat.example")};
  Transport server{sockets.server, server_context->new_server(sockets.server)};
  SSL_set_max_proto_version(client.ssl(), TLS1_2_VERSION);
  SSL_clear_options(client.ssl(), SSL_OP_NO_RENEGOTIATION);
  const auto steps = testing_sockets::shake_hands(client.ssl(), server.ssl());
  ASSERT_EQ(steps.second.status, HandshakeStatus::done) << steps.second.reason;
  ASSERT_EQ(SSL_renegotiate(client.ssl()), 1);
  EXPECT_EQ(continue_handshake(client.ssl()).status, HandshakeStatus::want_read);
  ASSERT_TRUE(testing_sockets::wait_readable(sockets.server));
  std::array<std::uint8_t, 16> buffer{};
  EXPECT_EQ(server.read(buffer).status, IoStatus::would_block);
  EXPECT_EQ(SSL_total_renegotiations(server.ssl()), 0);
  EXPECT_EQ(server.write(websocket::Bytes{buffer}).status, IoStatus::done);
}

TEST_F(TlsContextTest, WhatTheClientVerifies) {
  const auto server = load(server_options({server_files()}));
  const auto client = load(client_options());
  EXPECT_EQ(meet(*server, *client, "evil.example").client.reason,
            "certificate verify failed: hostname mismatch");
  EXPECT_EQ(meet(*server, *client, "127.0.0.2").client.reason,
            "certificate verify failed: IP address mismatch");
  EXPECT_EQ(meet(*server, *client, "").client.reason,
            "certificate verify failed: hostname mismatch");

  const Certificate stranger = make_certificate({.common_name = "stranger", .authority = true});
  UpstreamTls options = client_options();
  options.ca_file = files_.write_certificate("stranger.crt", stranger);
  const Meeting untrusted = meet(*server, *load(options), "chat.example");
  EXPECT_EQ(untrusted.client.status, HandshakeStatus::failed);
  EXPECT_EQ(untrusted.client.reason,
            "certificate verify failed: unable to get local issuer certificate");
  EXPECT_EQ(untrusted.server.reason, "the peer sent the alert unknown CA");
  options.ca_file.clear();  // the system's authorities
  EXPECT_EQ(meet(*server, *load(options), "chat.example").client.status, HandshakeStatus::failed);
  options.verify = false;
  expect_done(meet(*server, *load(options), "evil.example"));

  UpstreamTls named = client_options();
  named.server_name = "chat.example";
  expect_done(meet(*server, *load(named), "10.1.2.3"));
}

TEST_F(TlsContextTest, ClientCertificates) {
  const auto client_of = [&](const Certificate* issuer, const std::string& name) {
    UpstreamTls options = client_options();
    options.certificate =
        files_.write_both(name, make_certificate({.common_name = name, .issuer = issuer}));
    return load(options);
  };
  const auto good = client_of(&ca_, "good");
  const auto bad = client_of(nullptr, "bad");
  const auto none = load(client_options());
  ServerTls options = server_options({server_files()});

  expect_done(meet(*load(options), *good, "chat.example"));
  options.client_ca_file = ca_file_;
  options.client_certificates = ClientCertificates::request;
  const auto request = load(options);
  const Meeting known = meet(*request, *good, "chat.example");
  expect_done(known);
  EXPECT_EQ(known.client_certificate, "good");
  expect_done(meet(*request, *none, "chat.example"));
  EXPECT_THAT(meet(*request, *bad, "chat.example").server.reason,
              HasSubstr("certificate verify failed"));

  options.client_certificates = ClientCertificates::require;
  const auto require = load(options);
  expect_done(meet(*require, *good, "chat.example"));
  const Meeting nobody = meet(*require, *none, "chat.example");
  EXPECT_EQ(nobody.server.status, HandshakeStatus::failed);
  EXPECT_EQ(nobody.server.reason, "peer did not return a certificate");
  EXPECT_EQ(meet(*require, *bad, "chat.example").server.status, HandshakeStatus::failed);
}

TEST_F(TlsContextTest, SessionsAreResumedByTicketAlsoOfClientsWithCertificates) {
  ServerTls options = server_options({server_files()});
  options.client_ca_file = ca_file_;
  options.client_certificates = ClientCertificates::require;
  const auto server = load(options);
  UpstreamTls of_client = client_options();
  of_client.certificate =
      files_.write_both("client", make_certificate({.common_name = "client", .issuer = &ca_}));
  const auto client = load(of_client);
  std::unique_ptr<SSL_SESSION, decltype(&SSL_SESSION_free)> session{nullptr, SSL_SESSION_free};
  for (const bool resumed : {false, true}) {
    const testing_sockets::SocketPair sockets = testing_sockets::tcp_pair();
    Transport one{sockets.client, client->new_client(sockets.client, "chat.example")};
    const Transport other{sockets.server, server->new_server(sockets.server)};
    if (session != nullptr) SSL_set_session(one.ssl(), session.get());
    const auto [client_step, server_step] = testing_sockets::shake_hands(one.ssl(), other.ssl());
    ASSERT_EQ(server_step.status, HandshakeStatus::done) << server_step.reason;
    std::array<std::uint8_t, 16> buffer{};
    EXPECT_EQ(one.read(buffer).status, IoStatus::would_block);  // takes the tickets in
    EXPECT_EQ(SSL_session_reused(other.ssl()) == 1, resumed);
    session.reset(SSL_get1_session(one.ssl()));
    one.finish();  // a session that was cut counts as bad
  }
}

TEST_F(TlsContextTest, SslsOutliveTheirContexts) {
  const auto more =
      files_.write_both("more", make_certificate({.common_name = "more",
                                                  .subject_alternative_names = "DNS:more.example",
                                                  .issuer = &ca_}));
  auto server_context = load(server_options({server_files(), more}));
  auto client_context = load(client_options());
  const testing_sockets::SocketPair sockets = testing_sockets::tcp_pair();
  const Transport client{sockets.client,
                         client_context->new_client(sockets.client, "more.example")};
  const Transport server{sockets.server, server_context->new_server(sockets.server)};
  server_context.reset();
  client_context.reset();
  const auto [client_step, server_step] = testing_sockets::shake_hands(client.ssl(), server.ssl());
  EXPECT_EQ(client_step.status, HandshakeStatus::done) << client_step.reason;
  EXPECT_EQ(server_step.status, HandshakeStatus::done) << server_step.reason;
}

TEST_F(TlsContextTest, ProblemsNameTheFileAndTheReason) {
  const CertificateFiles good = server_files();
  const Certificate other = make_certificate({.common_name = "other"});
  const auto problem = [&](const std::string& certificate, const std::string& key) {
    return server_problem(server_options({{.certificate = certificate, .key = key}}));
  };
  EXPECT_EQ(problem("/no/such.crt", good.key),
            "/no/such.crt: cannot be read: No such file or directory");
  EXPECT_EQ(problem(good.certificate, "/no/such.key"),
            "/no/such.key: cannot be read: No such file or directory");
  EXPECT_THAT(problem(files_.path(""), good.key), HasSubstr("cannot be read: Is a directory"));
  EXPECT_EQ(problem(files_.write_text("empty", ""), good.key), files_.path("empty") + ": is empty");
  EXPECT_EQ(problem(files_.write_text("text", "hello\n"), good.key),
            files_.path("text") + ": cannot be used as a certificate in PEM: no start line");
  EXPECT_THAT(problem(good.certificate, files_.path("text")),
              HasSubstr("text: cannot be used as a private key in PEM: "));
  EXPECT_EQ(problem(good.certificate, files_.write_key("other.key", other)),
            files_.path("other.key") + ": is not the private key of " + good.certificate +
                ": key values mismatch");
  EXPECT_EQ(problem(good.certificate, files_.write_key("locked.key", other, "secret")),
            files_.path("locked.key") +
                ": the private key needs a passphrase, which nobody is there to type");
  EXPECT_EQ(server_problem(server_options({})), "tls: there is no certificate");
}

TEST_F(TlsContextTest, AKeyOfAnotherKindIsAMismatch) {
  const CertificateFiles good = server_files();
  const Certificate other{{EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"), EVP_PKEY_free}, nullptr};
  const std::string problem = server_problem(server_options(
      {{.certificate = good.certificate, .key = files_.write_key("ed25519.key", other)}}));
  EXPECT_THAT(problem, HasSubstr("ed25519.key: is not the private key of " + good.certificate));
}

TEST_F(TlsContextTest, ProblemsOfAuthorities) {
  ServerTls server = server_options({server_files()});
  server.client_certificates = ClientCertificates::require;
  server.client_ca_file = files_.write_text("ca.txt", "hello\n");
  EXPECT_THAT(server_problem(server),
              HasSubstr("ca.txt: cannot be used as certificates of authorities in PEM: "));
  server.client_ca_file = "/no/such";
  EXPECT_EQ(server_problem(server), "/no/such: cannot be read: No such file or directory");

  UpstreamTls client = client_options();
  client.ca_file = "/no/such";
  EXPECT_EQ(UpstreamTlsContext::load(client, problems_), nullptr);
  EXPECT_THAT(problems_, ElementsAre("/no/such: cannot be read: No such file or directory"));
}

TEST_F(TlsContextTest, CertificatesOutsideTheirTimeAreWarnedOfAndUsed) {
  const auto late = files_.write_both(
      "late", make_certificate({.common_name = "late", .valid_from = -7200, .valid_until = -3600}));
  const auto early = files_.write_both(
      "early", make_certificate({.common_name = "early", .valid_from = 3600, .valid_until = 7200}));
  load(server_options({late, early}));
  EXPECT_THAT(problems_, ElementsAre(AllOf(HasSubstr("late.crt: the certificate expired on "),
                                           HasSubstr(" GMT; ")),
                                     HasSubstr("early.crt: the certificate is not valid before ")));
  problems_.clear();
  UpstreamTls client = client_options();
  client.certificate = late;
  load(client);
  EXPECT_THAT(problems_, ElementsAre(HasSubstr("late.crt: the certificate expired on ")));
}

TEST_F(TlsContextTest, AHandshakeThatIsNoneHasAReason) {
  const auto context = load(server_options({server_files()}));
  const auto after = [&](const std::function<void(Transport&)>& play) {
    const testing_sockets::SocketPair sockets = testing_sockets::tcp_pair();
    Transport client{sockets.client};
    const Transport server{sockets.server, context->new_server(sockets.server)};
    EXPECT_EQ(continue_handshake(server.ssl()).status, HandshakeStatus::want_read);
    play(client);
    EXPECT_TRUE(testing_sockets::wait_readable(sockets.server));
    const HandshakeStep step = continue_handshake(server.ssl());
    EXPECT_EQ(step.status, HandshakeStatus::failed);
    return step.reason;
  };
  const auto write = [](Transport& client, std::string_view text) {
    client.write({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
  };
  EXPECT_EQ(after([&](Transport& client) { write(client, "GET / HTTP/1.1\r\nHost: a\r\n\r\n"); }),
            "http request");
  EXPECT_EQ(after([&](Transport& client) {
              write(client, "\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b");
            }),
            "wrong version number");
  EXPECT_EQ(after([](Transport& client) { client.finish(); }), "the peer closed the connection");
  EXPECT_EQ(after([](Transport& client) { client.reset(); }), "the peer reset the connection");
}

TEST(CertificateNames, AlternativeNamesElseTheCommonName) {
  const auto names = [](const std::string& common_name, const std::string& alternatives) {
    return certificate_names(
        make_certificate({.common_name = common_name, .subject_alternative_names = alternatives})
            .x509.get());
  };
  EXPECT_THAT(names("Common.Example", ""), ElementsAre("common.example"));
  EXPECT_THAT(names("common.example", "DNS:A.example,IP:10.0.0.1,DNS:*.b.example"),
              ElementsAre("a.example", "*.b.example"));
  EXPECT_THAT(names("common.example", "IP:10.0.0.1"), ElementsAre("common.example"));
}

TEST(CertificateNames, AWildcardIsOneLabel) {
  EXPECT_TRUE(certificate_name_matches("a.example", "a.example"));
  EXPECT_TRUE(certificate_name_matches("*.example", "a.example"));
  EXPECT_FALSE(certificate_name_matches("*.example", "a.b.example"));
  EXPECT_FALSE(certificate_name_matches("*.example", "example"));
  EXPECT_FALSE(certificate_name_matches("*.example", ".example"));
  EXPECT_FALSE(certificate_name_matches("a.example", "b.example"));
}

}  // namespace
}  // namespace proxy
