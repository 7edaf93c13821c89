#ifndef CLOSEWATCH_PROXY_OPENSSL_ERROR_H_
#define CLOSEWATCH_PROXY_OPENSSL_ERROR_H_

#include <string>

namespace proxy {

// The reason of the thread's first OpenSSL error, such as "no start line" or "No such file or
// directory"; forgets all of them.
std::string take_openssl_error();

// "Connection timed out".
std::string text_of_errno(int error);

}  // namespace proxy

#endif  // CLOSEWATCH_PROXY_OPENSSL_ERROR_H_
