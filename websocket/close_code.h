#ifndef CLOSEWATCH_WEBSOCKET_CLOSE_CODE_H_
#define CLOSEWATCH_WEBSOCKET_CLOSE_CODE_H_

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "websocket/direction.h"

namespace websocket {

using CloseCode = std::uint16_t;

// Never on the wire (RFC 6455 section 7.4.1): what an endpoint reports when there was nothing to
// read.
inline constexpr CloseCode kNoStatusReceived = 1005;
inline constexpr CloseCode kAbnormalClosure = 1006;
inline constexpr CloseCode kTlsHandshake = 1015;

// The close code an endpoint observed; nothing when the bytes that would tell were not seen.
using ObservedCode = std::optional<CloseCode>;

// What a code means to the person who is woken by it. `error` also holds the codes that may not be
// used (0-999, 1004, 1016-2999, 5000 and above); `unknown` is the class of an unknown code.
enum class CodeClass : std::uint8_t {
  normal,
  application,
  restart,
  retry,
  policy,
  error,
  abnormal,
  tls,
  unknown
};
inline constexpr std::array<std::string_view, 9> kCodeClassNames{
    "normal", "application", "restart", "retry", "policy", "error", "abnormal", "tls", "unknown"};
constexpr std::string_view name(CodeClass code_class) {
  return kCodeClassNames[static_cast<std::size_t>(code_class)];
}

// One row of the IANA "WebSocket Close Code Number Registry".
struct RegisteredCode {
  CloseCode code;
  std::string_view name;
  CodeClass code_class;
};
std::span<const RegisteredCode> registered_codes();

// The registry's name, or empty for a code that has none.
std::string_view registered_name(CloseCode code);

// May a Close frame carry this status code (RFC 6455 section 7.4)? 1000-1003, 1007-1014, 3000-4999.
constexpr bool is_valid_status_code(unsigned code) {
  return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) ||
         (code >= 3000 && code <= 4999);
}

// `reported_by` is the endpoint that observed the code, so 1001 observed by the server (a tab was
// closed) is normal and 1001 observed by the client (the server goes away) is a restart.
CodeClass classify(ObservedCode code, Side reported_by);

}  // namespace websocket

#endif  // CLOSEWATCH_WEBSOCKET_CLOSE_CODE_H_
