#include "proxy/certificate_names.h"

#include <openssl/x509v3.h>

#include <algorithm>
#include <memory>

namespace proxy {
namespace {

std::string lower_case(std::string_view text) {
  std::string lower(text);
  std::ranges::transform(lower, lower.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return lower;
}

// Empty where it is no name that a client can ask for.
std::string text_of(const ASN1_STRING* string) {
  const std::string_view text{reinterpret_cast<const char*>(ASN1_STRING_get0_data(string)),
                              static_cast<std::size_t>(ASN1_STRING_length(string))};
  return text.find('\0') == std::string_view::npos ? lower_case(text) : std::string{};
}

std::vector<std::string> subject_alternative_names(const X509* certificate) {
  struct NamesDeleter {
    void operator()(GENERAL_NAMES* names) const { GENERAL_NAMES_free(names); }
  };
  const std::unique_ptr<GENERAL_NAMES, NamesDeleter> names{static_cast<GENERAL_NAMES*>(
      X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr))};
  std::vector<std::string> found;
  for (int i = 0; names != nullptr && i < sk_GENERAL_NAME_num(names.get()); ++i) {
    const GENERAL_NAME* name = sk_GENERAL_NAME_value(names.get(), i);
    if (name->type != GEN_DNS) continue;
    if (std::string text = text_of(name->d.dNSName); !text.empty()) found.push_back(text);
  }
  return found;
}

}  // namespace

std::vector<std::string> certificate_names(const X509* certificate) {
  std::vector<std::string> names = subject_alternative_names(certificate);
  if (!names.empty()) return names;
  const X509_NAME* subject = X509_get_subject_name(certificate);
  const int at = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
  if (at < 0) return names;
  const X509_NAME_ENTRY* entry = X509_NAME_get_entry(subject, at);
  if (std::string text = text_of(X509_NAME_ENTRY_get_data(entry)); !text.empty()) {
    names.push_back(text);
  }
  return names;
}

bool certificate_name_matches(std::string_view name, std::string_view host) {
  if (!name.starts_with("*.")) return name == host;
  const std::size_t dot = host.find('.');
  return dot != std::string_view::npos && dot > 0 && host.substr(dot) == name.substr(1);
}

}  // namespace proxy
