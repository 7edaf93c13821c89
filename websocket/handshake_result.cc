#include "websocket/handshake_result.h"

namespace websocket {

HandshakeResult rejected_with(unsigned status) {
  switch (status) {
    case 400:
      return HandshakeResult::rejected_400;
    case 401:
      return HandshakeResult::rejected_401;
    case 403:
      return HandshakeResult::rejected_403;
    case 404:
      return HandshakeResult::rejected_404;
    case 426:
      return HandshakeResult::rejected_426;
    case 429:
      return HandshakeResult::rejected_429;
    case 500:
      return HandshakeResult::rejected_500;
    case 502:
      return HandshakeResult::rejected_502;
    case 503:
      return HandshakeResult::rejected_503;
    case 504:
      return HandshakeResult::rejected_504;
    default:
      break;
  }
  if (status >= 200 && status < 300) return HandshakeResult::rejected_2xx;
  if (status >= 300 && status < 400) return HandshakeResult::rejected_3xx;
  if (status >= 400 && status < 500) return HandshakeResult::rejected_4xx;
  if (status >= 500 && status < 600) return HandshakeResult::rejected_5xx;
  return HandshakeResult::malformed;
}

}  // namespace websocket
