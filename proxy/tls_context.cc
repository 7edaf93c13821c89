#include "proxy/tls_context.h"

#include <openssl/err.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <array>

#include "proxy/certificate_names.h"
#include "proxy/openssl_error.h"
#include "proxy/tls_files.h"

namespace proxy {
namespace {

// Forward secrecy and authenticated encryption only; TLS 1.3 has nothing else.
constexpr const char* kCiphers = "ECDHE+AESGCM:ECDHE+CHACHA20";
constexpr std::array<unsigned char, 9> kHttp1{8, 'h', 't', 't', 'p', '/', '1', '.', '1'};

// The certificates behind the first one, which serve the names they are for.
struct MoreCertificates {
  struct Certificate {
    std::vector<std::string> names;
    SslContextPointer context;  // null: the first one, which has its turn by its place
  };
  std::vector<Certificate> certificates;

  const Certificate* find(std::string_view host, bool wildcard) const {
    const auto serves = [&](const Certificate& certificate) {
      return std::ranges::any_of(certificate.names, [&](const std::string& name) {
        return name.starts_with("*.") == wildcard && certificate_name_matches(name, host);
      });
    };
    const auto found = std::ranges::find_if(certificates, serves);
    return found == certificates.end() ? nullptr : &*found;
  }
};

void free_certificates(void*, void* certificates, CRYPTO_EX_DATA*, int, long, void*) {
  delete static_cast<MoreCertificates*>(certificates);
}

// Where an SSL_CTX keeps its MoreCertificates, which thereby live as long as any SSL needs them.
int certificates_index() {
  static const int index =
      SSL_CTX_get_ex_new_index(0, nullptr, nullptr, nullptr, free_certificates);
  return index;
}

int choose_certificate(SSL* ssl, int*, void* argument) {
  const auto& more = *static_cast<const MoreCertificates*>(argument);
  const char* name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
  if (name == nullptr) return SSL_TLSEXT_ERR_OK;
  std::string host{name};
  std::ranges::transform(host, host.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  if (host.ends_with('.')) host.pop_back();
  const auto* chosen = more.find(host, false);
  if (chosen == nullptr) chosen = more.find(host, true);
  if (chosen != nullptr && chosen->context != nullptr) {
    SSL_set_SSL_CTX(ssl, chosen->context.get());
  }
  return SSL_TLSEXT_ERR_OK;
}

int choose_protocol(SSL*, const unsigned char** chosen, unsigned char* size,
                    const unsigned char* offered, unsigned offered_size, void*) {
  // Its result points into what was offered.
  unsigned char* found = nullptr;
  if (SSL_select_next_proto(&found, size, offered, offered_size, kHttp1.data(), kHttp1.size()) !=
      OPENSSL_NPN_NEGOTIATED) {
    return SSL_TLSEXT_ERR_ALERT_FATAL;
  }
  *chosen = found;
  return SSL_TLSEXT_ERR_OK;
}

SslContextPointer new_context(const SSL_METHOD* method, TlsVersion min_version) {
  ERR_clear_error();
  SslContextPointer context{SSL_CTX_new(method)};
  if (context == nullptr) return context;
  SSL_CTX_set_min_proto_version(
      context.get(), min_version == TlsVersion::tls_1_3 ? TLS1_3_VERSION : TLS1_2_VERSION);
  SSL_CTX_set_options(context.get(), SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
  SSL_CTX_set_mode(context.get(), SSL_MODE_ENABLE_PARTIAL_WRITE |
                                      SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                      SSL_MODE_RELEASE_BUFFERS);
  // One read for a record instead of one for its header and one for the rest.
  SSL_CTX_set_read_ahead(context.get(), 1);
  SSL_CTX_set_session_cache_mode(context.get(), SSL_SESS_CACHE_OFF);
  return context;
}

TlsProblem ask_for_client_certificates(SSL_CTX* context, const ServerTls& options) {
  if (options.client_certificates == ClientCertificates::none) return std::nullopt;
  if (auto problem = trust_authorities(context, options.client_ca_file)) return problem;
  if (auto problem = name_authorities(context, options.client_ca_file)) return problem;
  const bool require = options.client_certificates == ClientCertificates::require;
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER | (require ? SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0),
                     nullptr);
  return std::nullopt;
}

// Null, with a sentence, when it cannot be made.
SslContextPointer server_context(const ServerTls& options, const CertificateFiles& files,
                                 std::vector<std::string>& problems) {
  SslContextPointer context = new_context(TLS_server_method(), options.min_version);
  if (context == nullptr || SSL_CTX_set_cipher_list(context.get(), kCiphers) != 1) {
    problems.push_back("OpenSSL cannot be used: " + take_openssl_error());
    return nullptr;
  }
  SSL_CTX_set_options(context.get(), SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA);
  SSL_CTX_set_alpn_select_cb(context.get(), choose_protocol, nullptr);
  // Tickets of clients with certificates are taken only with an identity; it need not be secret,
  // since each context has ticket keys of its own.
  const std::string_view identity = "closewatch";
  SSL_CTX_set_session_id_context(context.get(),
                                 reinterpret_cast<const unsigned char*>(identity.data()),
                                 static_cast<unsigned>(identity.size()));
  TlsProblem problem = use_certificate(context.get(), files);
  if (!problem) problem = ask_for_client_certificates(context.get(), options);
  if (problem) {
    problems.push_back(*problem);
    return nullptr;
  }
  if (auto warning = validity_warning(context.get(), files.certificate)) {
    problems.push_back(*warning);
  }
  return context;
}

// The first of `contexts`, which chooses among all.
SslContextPointer joined(std::vector<SslContextPointer> contexts) {
  auto more = std::make_unique<MoreCertificates>();
  for (SslContextPointer& context : contexts) {
    more->certificates.push_back(
        {.names = certificate_names(SSL_CTX_get0_certificate(context.get())), .context = {}});
    if (&context != &contexts.front()) more->certificates.back().context = std::move(context);
  }
  SslContextPointer first = std::move(contexts.front());
  SSL_CTX_set_tlsext_servername_callback(first.get(), choose_certificate);
  SSL_CTX_set_tlsext_servername_arg(first.get(), more.get());
  if (SSL_CTX_set_ex_data(first.get(), certificates_index(), more.get()) != 1) return nullptr;
  static_cast<void>(more.release());
  return first;
}

}  // namespace

std::shared_ptr<const ServerTlsContext> ServerTlsContext::load(const ServerTls& options,
                                                               std::vector<std::string>& problems) {
  std::vector<SslContextPointer> contexts;
  bool good = true;
  for (const CertificateFiles& files : options.certificates) {
    contexts.push_back(server_context(options, files, problems));
    good = good && contexts.back() != nullptr;
  }
  if (contexts.empty()) problems.emplace_back("tls: there is no certificate");
  if (!good || contexts.empty()) return nullptr;
  SslContextPointer context = joined(std::move(contexts));
  if (context == nullptr) return nullptr;
  return std::shared_ptr<const ServerTlsContext>{new ServerTlsContext{std::move(context)}};
}

SslPointer ServerTlsContext::new_server(int fd) const {
  SslPointer ssl{SSL_new(context_.get())};
  if (ssl == nullptr || SSL_set_fd(ssl.get(), fd) != 1) return nullptr;
  SSL_set_accept_state(ssl.get());
  return ssl;
}

std::shared_ptr<const UpstreamTlsContext> UpstreamTlsContext::load(
    const UpstreamTls& options, std::vector<std::string>& problems) {
  SslContextPointer context = new_context(TLS_client_method(), options.min_version);
  if (context == nullptr || SSL_CTX_set_alpn_protos(context.get(), kHttp1.data(), kHttp1.size())) {
    problems.push_back("OpenSSL cannot be used: " + take_openssl_error());
    return nullptr;
  }
  TlsProblem problem;
  if (options.verify) {
    SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
    problem = options.ca_file.empty() ? trust_system_authorities(context.get())
                                      : trust_authorities(context.get(), options.ca_file);
  }
  if (!problem && options.certificate) {
    problem = use_certificate(context.get(), *options.certificate);
  }
  if (problem) {
    problems.push_back(*problem);
    return nullptr;
  }
  if (options.certificate) {
    const auto warning = validity_warning(context.get(), options.certificate->certificate);
    if (warning) problems.push_back(*warning);
  }
  return std::shared_ptr<const UpstreamTlsContext>{
      new UpstreamTlsContext{std::move(context), options.server_name}};
}

SslPointer UpstreamTlsContext::new_client(int fd, std::string_view host) const {
  SslPointer ssl{SSL_new(context_.get())};
  if (ssl == nullptr || SSL_set_fd(ssl.get(), fd) != 1) return nullptr;
  SSL_set_connect_state(ssl.get());
  std::string name = server_name_.empty() ? std::string{host} : server_name_;
  if (name.ends_with('.')) name.pop_back();
  // OpenSSL takes no name for every name; an address without a host is this machine's.
  if (name.empty()) name = "localhost";

  X509_VERIFY_PARAM* verified = SSL_get0_param(ssl.get());
  if (X509_VERIFY_PARAM_set1_ip_asc(verified, name.c_str()) == 1) return ssl;
  ERR_clear_error();
  X509_VERIFY_PARAM_set_hostflags(verified, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  if (X509_VERIFY_PARAM_set1_host(verified, name.c_str(), name.size()) != 1 ||
      SSL_set_tlsext_host_name(ssl.get(), name.c_str()) != 1) {
    return nullptr;
  }
  return ssl;
}

}  // namespace proxy
