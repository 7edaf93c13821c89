#ifndef CLOSEWATCH_WEBSOCKET_UTF8_H_
#define CLOSEWATCH_WEBSOCKET_UTF8_H_

#include "websocket/bytes.h"

namespace websocket {

// Is all of `bytes` well-formed UTF-8 (RFC 3629: no overlong forms, no surrogates)?
bool is_utf8(Bytes bytes);

}  // namespace websocket

#endif  // CLOSEWATCH_WEBSOCKET_UTF8_H_
