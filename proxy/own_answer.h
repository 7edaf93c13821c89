#ifndef CLOSEWATCH_PROXY_OWN_ANSWER_H_
#define CLOSEWATCH_PROXY_OWN_ANSWER_H_

#include <chrono>
#include <string>
#include <string_view>

#include "proxy/request_head.h"

namespace proxy {

// An answer that the proxy gives itself, as text/plain and with "Connection: close". 426 carries
// the version of the protocol that is spoken here.
struct OwnAnswer {
  unsigned status = 400;
  std::string_view sentence{};          // the body, without a line end
  std::chrono::seconds retry_after{0};  // 0: no Retry-After
  bool to_head = false;                 // to a request of HEAD: no body follows
};
std::string to_text(const OwnAnswer& answer);

// "Service Unavailable" for 503 (RFC 9110 section 15); "Unknown" for a status we never send.
std::string_view reason_phrase(unsigned status);

// A 101 of our own, in front of a Close frame of our own. Takes the first subprotocol offered,
// since browsers fail without one and then report 1006 in place of the Close; takes no extension.
// `head` was judged UpgradeVerdict::Kind::websocket with this `key`.
std::string own_switching_head(const RequestHead& head, std::string_view key);

}  // namespace proxy

#endif  // CLOSEWATCH_PROXY_OWN_ANSWER_H_
