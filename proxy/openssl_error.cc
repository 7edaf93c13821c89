#include "proxy/openssl_error.h"

#include <openssl/err.h>

#include <system_error>

namespace proxy {

std::string take_openssl_error() {
  const unsigned long error = ERR_get_error();
  ERR_clear_error();
  if (ERR_SYSTEM_ERROR(error)) return text_of_errno(ERR_GET_REASON(error));
  const char* reason = ERR_reason_error_string(error);
  return reason == nullptr ? "unknown reason" : reason;
}

std::string text_of_errno(int error) { return std::generic_category().message(error); }

}  // namespace proxy
