#include "websocket/close_code.h"

#include <algorithm>

namespace websocket {
namespace {

constexpr auto kRegistry = std::to_array<RegisteredCode>({
    {1000, "Normal Closure", CodeClass::normal},
    {1001, "Going Away", CodeClass::restart},
    {1002, "Protocol error", CodeClass::error},
    {1003, "Unsupported Data", CodeClass::policy},
    {1004, "Reserved", CodeClass::error},
    {1005, "No Status Rcvd", CodeClass::normal},
    {1006, "Abnormal Closure", CodeClass::abnormal},
    {1007, "Invalid frame payload data", CodeClass::policy},
    {1008, "Policy Violation", CodeClass::policy},
    {1009, "Message Too Big", CodeClass::policy},
    {1010, "Mandatory Ext.", CodeClass::policy},
    {1011, "Internal Error", CodeClass::error},
    {1012, "Service Restart", CodeClass::restart},
    {1013, "Try Again Later", CodeClass::retry},
    {1014, "Bad Gateway", CodeClass::retry},
    {1015, "TLS handshake", CodeClass::tls},
    {3000, "Unauthorized", CodeClass::policy},
    {3003, "Forbidden", CodeClass::policy},
    {3008, "Timeout", CodeClass::application},
});

const RegisteredCode* find(CloseCode code) {
  const auto* row = std::ranges::lower_bound(kRegistry, code, {}, &RegisteredCode::code);
  return row != kRegistry.end() && row->code == code ? row : nullptr;
}

}  // namespace

std::span<const RegisteredCode> registered_codes() { return kRegistry; }

std::string_view registered_name(CloseCode code) {
  const RegisteredCode* row = find(code);
  return row != nullptr ? row->name : std::string_view{};
}

CodeClass classify(ObservedCode code, Side reported_by) {
  if (!code) return CodeClass::unknown;
  if (*code == 1001 && reported_by == Side::server) return CodeClass::normal;
  if (const RegisteredCode* row = find(*code)) return row->code_class;
  return is_valid_status_code(*code) ? CodeClass::application : CodeClass::error;
}

}  // namespace websocket
