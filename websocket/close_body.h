#ifndef CLOSEWATCH_WEBSOCKET_CLOSE_BODY_H_
#define CLOSEWATCH_WEBSOCKET_CLOSE_BODY_H_

#include <array>
#include <cstddef>
#include <optional>
#include <string_view>

#include "websocket/bytes.h"
#include "websocket/close_code.h"
#include "websocket/direction.h"
#include "websocket/violation.h"

namespace websocket {

// The body of a Close frame (RFC 6455 section 5.5.1), unmasked.
struct CloseBody {
  std::optional<CloseCode> code;  // absent: empty or one byte
  std::string_view reason;        // a view of the bytes passed in; may be no UTF-8
  Violations violations;
};

CloseBody parse_close_body(Bytes body);

// A Close frame that ends exactly where `tail` ends: right mask bit for `sender`, a legal code, a
// UTF-8 reason. Needs no synchronisation, so it serves streams that were lost or joined midway.
// An empty Close is only two telling bytes, so it is taken only where it is a segment of its own:
// `last_segment_size` is the length of the stream's last TCP segment.
struct AnchoredClose {
  std::size_t frame_size = 0;
  std::optional<CloseCode> code;
  std::array<char, 123> reason_bytes{};
  std::size_t reason_size = 0;
  std::string_view reason() const { return {reason_bytes.data(), reason_size}; }
};
std::optional<AnchoredClose> find_close_at_end(Bytes tail, Side sender,
                                               std::size_t last_segment_size);

}  // namespace websocket

#endif  // CLOSEWATCH_WEBSOCKET_CLOSE_BODY_H_
