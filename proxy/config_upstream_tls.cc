#include "config/host_and_path.h"
#include "config/shared_keys.h"
#include "proxy/config_keys.h"

namespace proxy {
namespace {

using config::field;
using config::Key;
using config::Value;

std::optional<std::string> server_name(const Value& value) {
  return value.text("a host name or an address without a port", [](std::string_view text) {
    return !text.starts_with("*.") && config::is_host_pattern(text);
  });
}

void verify(const Value& value, UpstreamTls& tls) {
  field<&UpstreamTls::verify, config::boolean>(value, tls);
  if (!tls.verify) value.warn("anybody can pass for the upstream");
}

template <auto Member>
void certificate_file(const Value& value, UpstreamTls& tls) {
  if (!tls.certificate) tls.certificate.emplace();
  field<Member, config::not_empty>(value, *tls.certificate);
}

constexpr auto kKeys = std::to_array<Key<UpstreamTls>>({
    {"enabled", field<&UpstreamTls::enabled, config::boolean>},
    {"verify", verify},
    {"ca_file", field<&UpstreamTls::ca_file, config::not_empty>},
    {"server_name", field<&UpstreamTls::server_name, server_name>},
    {"certificate", certificate_file<&CertificateFiles::certificate>},
    {"key", certificate_file<&CertificateFiles::key>},
    {"min_version", field<&UpstreamTls::min_version, config::word<TlsVersion, kTlsVersions>>},
});

}  // namespace

std::optional<UpstreamTls> upstream_tls(const Value& value) {
  UpstreamTls tls;
  tls.enabled = true;  // to have the section is to want it
  read_mapping(value, kKeys, tls);
  if (tls.certificate) {
    value.require("certificate");
    value.require("key");
  }
  if (!tls.verify && value.has("ca_file"))
    value.complain("ca_file is of no use with verify: false");
  return tls;
}

}  // namespace proxy
