#include "proxy/malformed.h"

namespace proxy {
namespace {

constexpr std::array<std::string_view, kMalformedCount> kSentences{
    "A line ends with CR without LF.",
    "A line ends with LF without CR.",
    "The head holds a NUL byte.",
    "The head holds a control character.",
    "A field line is folded.",
    "White space stands before the colon of a field line.",
    "A field line has no valid name.",
    "The method is not valid.",
    "The request target is not valid.",
    "The version of HTTP is not valid.",
    "The version of HTTP is not supported.",
    "The status line is not valid.",
    "Host is missing.",
    "There is more than one Host.",
    "The host is not valid.",
    "There is more than one Content-Length.",
    "There are both Content-Length and Transfer-Encoding.",
    "Content-Length is not valid.",
    "Transfer-Encoding is not exactly \"chunked\".",
    "The size of a chunk is not valid.",
    "A chunk is not valid.",
    "A trailer is not valid.",
    "The head has too many fields.",
    "The head is too large.",
    "Upgrade asks for something else than a WebSocket.",
    "Upgrade stands without \"Connection: Upgrade\".",
    "The method of an upgrade to a WebSocket is GET.",
    "An upgrade needs HTTP/1.1.",
    "A request for an upgrade to a WebSocket has no body.",
    "Sec-WebSocket-Version is not exactly 13.",
    "Sec-WebSocket-Key is not one key of 16 bytes in base64.",
    "Sec-WebSocket-Accept is not the answer to the key.",
    "The subprotocol answered was not offered.",
    "An extension answered was not offered.",
    "The answer switches protocols without having been asked."};

}  // namespace

std::string_view sentence(Malformed reason) { return kSentences[static_cast<std::size_t>(reason)]; }

unsigned status_for(Malformed reason) {
  switch (reason) {
    case Malformed::websocket_version:
      return 426;
    case Malformed::too_many_fields:
    case Malformed::head_too_large:
      return 431;
    case Malformed::unsupported_version:
      return 505;
    default:
      return 400;
  }
}

}  // namespace proxy
