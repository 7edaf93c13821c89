#ifndef CLOSEWATCH_PROXY_CERTIFICATE_NAMES_H_
#define CLOSEWATCH_PROXY_CERTIFICATE_NAMES_H_

#include <openssl/x509.h>

#include <string>
#include <string_view>
#include <vector>

namespace proxy {

// The DNS names a certificate is for, in lower case, "*." in front of some: of its subject
// alternative names, or where it has none, the common name (RFC 6125 section 6.4.4).
std::vector<std::string> certificate_names(const X509* certificate);

// Is `name` of a certificate for `host`? Both in lower case. "*." stands for one label (RFC 6125
// section 6.4.3).
bool certificate_name_matches(std::string_view name, std::string_view host);

}  // namespace proxy

#endif  // CLOSEWATCH_PROXY_CERTIFICATE_NAMES_H_
