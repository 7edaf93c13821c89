#include <algorithm>

#include "config/shared_keys.h"
#include "proxy/config_keys.h"

namespace proxy {
namespace {

using config::field;
using config::Key;
using config::Value;

constexpr std::array<std::string_view, 3> kClientCertificates{"none", "request", "require"};

constexpr auto kCertificateKeys = std::to_array<Key<CertificateFiles>>({
    {"certificate", field<&CertificateFiles::certificate, config::not_empty>},
    {"key", field<&CertificateFiles::key, config::not_empty>},
});

std::optional<CertificateFiles> certificate_files(const Value& value) {
  CertificateFiles files;
  read_mapping(value, kCertificateKeys, files);
  value.require("certificate");
  value.require("key");
  return files;
}

// One certificate twice would be two that serve the same names.
std::optional<std::vector<CertificateFiles>> certificates(const Value& value) {
  std::vector<CertificateFiles> all;
  value.each_item("a list", [&](const Value& item) {
    CertificateFiles files = *certificate_files(item);
    const auto same = std::ranges::find(all, files.certificate, &CertificateFiles::certificate);
    if (same != all.end() && !files.certificate.empty()) {
      item.complain("the certificate is that of the entry " + std::to_string(same - all.begin()) +
                    " already");
    }
    all.push_back(std::move(files));
  });
  return all;
}

constexpr auto kTlsKeys = std::to_array<Key<ServerTls>>({
    {"certificates", field<&ServerTls::certificates, certificates>},
    {"min_version", field<&ServerTls::min_version, config::word<TlsVersion, kTlsVersions>>},
    {"client_certificates",
     field<&ServerTls::client_certificates, config::word<ClientCertificates, kClientCertificates>>},
    {"client_ca_file", field<&ServerTls::client_ca_file, config::not_empty>},
});

std::optional<ServerTls> server_tls(const Value& value) {
  ServerTls tls;
  read_mapping(value, kTlsKeys, tls);
  value.require("certificates");
  if (const std::optional<Value> list = value.find("certificates"); list && list->is_empty()) {
    list->complain("expected at least one certificate");
  }
  const bool asks = tls.client_certificates != ClientCertificates::none;
  if (asks && !value.has("client_ca_file")) {
    value.complain("client_certificates needs client_ca_file: who may have signed them");
  }
  if (!asks && value.has("client_ca_file")) {
    value.complain("client_ca_file needs client_certificates: request or require");
  }
  return tls;
}

constexpr auto kListenerKeys = std::to_array<Key<ListenerOptions>>({
    {"address", field<&ListenerOptions::address, config::listen_address>},
    {"tls", field<&ListenerOptions::tls, server_tls>},
    {"proxy_protocol", field<&ListenerOptions::proxy_protocol, config::boolean>},
});

}  // namespace

std::optional<ListenerOptions> listener(const Value& value) {
  ListenerOptions options;
  read_mapping(value, kListenerKeys, options);
  value.require("address");
  return options;
}

}  // namespace proxy
