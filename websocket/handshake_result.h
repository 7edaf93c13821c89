#ifndef CLOSEWATCH_WEBSOCKET_HANDSHAKE_RESULT_H_
#define CLOSEWATCH_WEBSOCKET_HANDSHAKE_RESULT_H_

#include <array>
#include <cstdint>
#include <string_view>

namespace websocket {

// How an opening handshake ended (RFC 6455 section 4). The statuses that are common in the field
// stand alone; the others by their class.
enum class HandshakeResult : std::uint8_t {
  opened,
  bad_accept,  // 101, but Sec-WebSocket-Accept is missing or wrong; followed all the same
  rejected_2xx,
  rejected_3xx,
  rejected_400,
  rejected_401,
  rejected_403,
  rejected_404,
  rejected_426,
  rejected_429,
  rejected_4xx,
  rejected_500,
  rejected_502,
  rejected_503,
  rejected_504,
  rejected_5xx,
  timeout,               // no answer within the limit
  aborted,               // the connection ended before the answer
  malformed,             // the answer is no HTTP, or the head is too large
  upstream_unreachable,  // proxy only
  tls_failed
};
inline constexpr std::array<std::string_view, 21> kHandshakeResultNames{
    "opened",       "bad_accept",   "rejected_2xx", "rejected_3xx", "rejected_400",
    "rejected_401", "rejected_403", "rejected_404", "rejected_426", "rejected_429",
    "rejected_4xx", "rejected_500", "rejected_502", "rejected_503", "rejected_504",
    "rejected_5xx", "timeout",      "aborted",      "malformed",    "upstream_unreachable",
    "tls_failed"};
inline constexpr std::size_t kHandshakeResultCount = kHandshakeResultNames.size();

constexpr std::string_view name(HandshakeResult result) {
  return kHandshakeResultNames[static_cast<std::size_t>(result)];
}

// The result for a final answer with this status that is not a usable 101.
HandshakeResult rejected_with(unsigned status);

// How much of the opening handshake was seen.
enum class HandshakeSeen : std::uint8_t { full, request_only, response_only, none };
constexpr std::string_view name(HandshakeSeen seen) {
  constexpr std::array<std::string_view, 4> names{"full", "request_only", "response_only", "none"};
  return names[static_cast<std::size_t>(seen)];
}

}  // namespace websocket

#endif  // CLOSEWATCH_WEBSOCKET_HANDSHAKE_RESULT_H_
