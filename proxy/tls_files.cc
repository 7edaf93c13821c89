#include "proxy/tls_files.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <cerrno>
#include <fstream>
#include <memory>

#include "proxy/openssl_error.h"

namespace proxy {
namespace {

int no_passphrase(char*, int, int, void* asked) {
  *static_cast<bool*>(asked) = true;
  return -1;
}

std::string sentence(const std::string& file, const std::string& what) {
  return file + ": " + what + ": " + take_openssl_error();
}

// OpenSSL's own words for this depend on what it takes the file for.
TlsProblem unreadable(const std::string& file) {
  errno = 0;
  if (std::ifstream{file}.get() != std::ifstream::traits_type::eof()) return std::nullopt;
  return file + (errno == 0 ? ": is empty" : ": cannot be read: " + text_of_errno(errno));
}

TlsProblem use_key(SSL_CTX* context, const CertificateFiles& files) {
  if (auto problem = unreadable(files.key)) return problem;
  bool passphrase_asked = false;
  SSL_CTX_set_default_passwd_cb(context, no_passphrase);
  SSL_CTX_set_default_passwd_cb_userdata(context, &passphrase_asked);
  const bool used = SSL_CTX_use_PrivateKey_file(context, files.key.c_str(), SSL_FILETYPE_PEM) == 1;
  SSL_CTX_set_default_passwd_cb_userdata(context, nullptr);
  SSL_CTX_set_default_passwd_cb(context, nullptr);
  if (passphrase_asked) {
    ERR_clear_error();
    return files.key + ": the private key needs a passphrase, which nobody is there to type";
  }
  // A key of another kind than the certificate's passes at first.
  if (used && SSL_CTX_check_private_key(context) == 1) return std::nullopt;
  const bool mismatch = used || ERR_GET_LIB(ERR_peek_error()) == ERR_LIB_X509;
  return sentence(files.key, mismatch ? "is not the private key of " + files.certificate
                                      : "cannot be used as a private key in PEM");
}

std::string text_of(const ASN1_TIME* time) {
  const std::unique_ptr<BIO, decltype(&BIO_free)> out{BIO_new(BIO_s_mem()), &BIO_free};
  if (out == nullptr || ASN1_TIME_print(out.get(), time) != 1) return "a time nobody can read";
  char* text = nullptr;
  const long size = BIO_get_mem_data(out.get(), &text);
  return {text, static_cast<std::size_t>(size)};
}

}  // namespace

TlsProblem use_certificate(SSL_CTX* context, const CertificateFiles& files) {
  ERR_clear_error();
  if (auto problem = unreadable(files.certificate)) return problem;
  if (SSL_CTX_use_certificate_chain_file(context, files.certificate.c_str()) != 1) {
    return sentence(files.certificate, "cannot be used as a certificate in PEM");
  }
  return use_key(context, files);
}

TlsProblem trust_authorities(SSL_CTX* context, const std::string& file) {
  ERR_clear_error();
  if (auto problem = unreadable(file)) return problem;
  if (SSL_CTX_load_verify_file(context, file.c_str()) == 1) return std::nullopt;
  return sentence(file, "cannot be used as certificates of authorities in PEM");
}

TlsProblem trust_system_authorities(SSL_CTX* context) {
  ERR_clear_error();
  if (SSL_CTX_set_default_verify_paths(context) == 1) return std::nullopt;
  return "the system's certificate authorities cannot be used: " + take_openssl_error();
}

TlsProblem name_authorities(SSL_CTX* context, const std::string& file) {
  ERR_clear_error();
  STACK_OF(X509_NAME)* names = SSL_load_client_CA_file(file.c_str());
  if (names == nullptr)
    return sentence(file, "cannot be used as certificates of authorities in PEM");
  SSL_CTX_set_client_CA_list(context, names);
  return std::nullopt;
}

TlsProblem validity_warning(const SSL_CTX* context, const std::string& file) {
  const X509* certificate = SSL_CTX_get0_certificate(context);
  if (certificate == nullptr) return std::nullopt;
  const ASN1_TIME* from = X509_get0_notBefore(certificate);
  const ASN1_TIME* until = X509_get0_notAfter(certificate);
  if (X509_cmp_current_time(until) < 0) {
    return file + ": the certificate expired on " + text_of(until) + "; it is used all the same";
  }
  if (X509_cmp_current_time(from) > 0) {
    return file + ": the certificate is not valid before " + text_of(from) +
           "; it is used all the same";
  }
  return std::nullopt;
}

}  // namespace proxy
