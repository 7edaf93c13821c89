#ifndef CLOSEWATCH_PROXY_UPGRADE_H_
#define CLOSEWATCH_PROXY_UPGRADE_H_

#include <cstdint>
#include <string_view>

#include "proxy/malformed.h"
#include "proxy/request_head.h"
#include "proxy/response_head.h"
#include "websocket/handshake_result.h"

namespace proxy {

struct UpgradeVerdict {
  enum class Kind : std::uint8_t {
    not_upgrade,  // a plain request; "Connection: upgrade" without Upgrade is one too
    websocket,
    refused  // to be answered with status_for(reason)
  };
  Kind kind = Kind::not_upgrade;
  Malformed reason{};    // for refused only
  std::string_view key;  // Sec-WebSocket-Key, for websocket only; belongs to the head
};

// Does this request open a WebSocket (RFC 6455 section 4.2.1)? Every Upgrade to something else, or
// to a WebSocket among others, is refused.
UpgradeVerdict judge_upgrade(const RequestHead& head);

struct UpgradeAnswer {
  enum class Kind : std::uint8_t {
    opened,    // pass the 101 on; behind it both sides speak WebSocket
    answered,  // some other final response: pass it on as a plain one, then close both connections
    refused    // a 101 that opens nothing: answer 502
  };
  Kind kind = Kind::refused;
  websocket::HandshakeResult result = websocket::HandshakeResult::malformed;
  Malformed reason{};  // for refused only
};

// What a final response makes of the upgrade that `asked` for (RFC 6455 section 4.1). `asked` was
// judged Kind::websocket with this `key`. Interim heads are not to be given here.
UpgradeAnswer judge_upgrade_response(const ResponseHead& answer, const RequestHead& asked,
                                     std::string_view key);

}  // namespace proxy

#endif  // CLOSEWATCH_PROXY_UPGRADE_H_
