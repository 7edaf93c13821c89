#ifndef CLOSEWATCH_TESTS_PROXY_CERTIFICATES_H_
#define CLOSEWATCH_TESTS_PROXY_CERTIFICATES_H_

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdlib.h>

#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "proxy/config.h"

namespace proxy::testing_tls {

using KeyPointer = std::shared_ptr<EVP_PKEY>;
using X509Pointer = std::shared_ptr<X509>;

struct Certificate {
  KeyPointer key;
  X509Pointer x509;
};

struct CertificateOrder {
  std::string common_name{};
  std::string subject_alternative_names{};  // "DNS:a.example,IP:127.0.0.1"; empty: none
  const Certificate* issuer = nullptr;      // null: signed by itself
  bool authority = false;
  long valid_from = -3600;  // seconds from now
  long valid_until = 3600;
};

inline KeyPointer make_key() { return {EVP_EC_gen("P-256"), EVP_PKEY_free}; }

inline void add_extension(X509* certificate, X509* issuer, int nid, const std::string& value) {
  X509V3_CTX context{};
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str());
  X509_add_ext(certificate, extension, -1);
  X509_EXTENSION_free(extension);
}

inline Certificate make_certificate(const CertificateOrder& order) {
  static long serial = 1;
  Certificate made{make_key(), {X509_new(), X509_free}};
  X509* x509 = made.x509.get();
  const Certificate& issuer = order.issuer == nullptr ? made : *order.issuer;
  X509_set_version(x509, 2);
  ASN1_INTEGER_set(X509_get_serialNumber(x509), serial++);
  X509_gmtime_adj(X509_getm_notBefore(x509), order.valid_from);
  X509_gmtime_adj(X509_getm_notAfter(x509), order.valid_until);
  X509_NAME_add_entry_by_txt(X509_get_subject_name(x509), "CN", MBSTRING_UTF8,
                             reinterpret_cast<const unsigned char*>(order.common_name.c_str()), -1,
                             -1, 0);
  X509_set_issuer_name(x509, X509_get_subject_name(issuer.x509.get()));
  X509_set_pubkey(x509, made.key.get());
  add_extension(x509, issuer.x509.get(), NID_basic_constraints,
                order.authority ? "critical,CA:TRUE" : "critical,CA:FALSE");
  if (!order.subject_alternative_names.empty()) {
    add_extension(x509, issuer.x509.get(), NID_subject_alt_name, order.subject_alternative_names);
  }
  X509_sign(x509, issuer.key.get(), EVP_sha256());
  return made;
}

// A folder of PEM files that is gone at the end.
class PemFolder {
 public:
  PemFolder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "closewatch-XXXXXX").string();
    folder_ = ::mkdtemp(pattern.data());
  }
  PemFolder(const PemFolder&) = delete;
  PemFolder& operator=(const PemFolder&) = delete;
  ~PemFolder() { std::filesystem::remove_all(folder_); }

  std::string path(const std::string& name) const { return (folder_ / name).string(); }
  std::string write_text(const std::string& name, const std::string& text) const {
    return write(name, [&](std::FILE* file) { std::fputs(text.c_str(), file); });
  }
  std::string write_certificate(const std::string& name, const Certificate& certificate) const {
    return write(name, [&](std::FILE* file) { PEM_write_X509(file, certificate.x509.get()); });
  }
  std::string write_key(const std::string& name, const Certificate& certificate,
                        const char* passphrase = nullptr) const {
    return write(name, [&](std::FILE* file) {
      PEM_write_PrivateKey(file, certificate.key.get(),
                           passphrase == nullptr ? nullptr : EVP_aes_128_cbc(), nullptr, 0, nullptr,
                           const_cast<char*>(passphrase));
    });
  }
  CertificateFiles write_both(const std::string& name, const Certificate& certificate) const {
    return {.certificate = write_certificate(name + ".crt", certificate),
            .key = write_key(name + ".key", certificate)};
  }

 private:
  template <typename Write>
  std::string write(const std::string& name, const Write& write_to) const {
    std::FILE* file = std::fopen(path(name).c_str(), "w");
    write_to(file);
    std::fclose(file);
    return path(name);
  }

  std::filesystem::path folder_;
};

}  // namespace proxy::testing_tls

#endif  // CLOSEWATCH_TESTS_PROXY_CERTIFICATES_H_
