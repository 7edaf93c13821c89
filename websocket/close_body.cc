#include "websocket/close_body.h"

#include <algorithm>

#include "websocket/frame.h"
#include "websocket/http_head.h"
#include "websocket/utf8.h"

namespace websocket {

CloseBody parse_close_body(Bytes body) {
  CloseBody close;
  if (body.size() == 1) close.violations.add(Violation::one_byte_close);
  if (body.size() < 2) return close;
  close.code = static_cast<CloseCode>((unsigned{body[0]} << 8U) | body[1]);
  close.reason = as_text(body.subspan(2));
  if (!is_valid_status_code(*close.code)) close.violations.add(Violation::invalid_close_code);
  if (!is_utf8(body.subspan(2))) close.violations.add(Violation::close_reason_not_utf8);
  return close;
}

std::optional<AnchoredClose> find_close_at_end(Bytes tail, Side sender,
                                               std::size_t last_segment_size) {
  const std::size_t header_size = sender == Side::client ? 6 : 2;
  for (std::size_t body_size = 0; body_size <= kMaxControlBody; ++body_size) {
    const std::size_t frame_size = header_size + body_size;
    if (frame_size > tail.size()) break;
    Bytes candidate = tail.last(frame_size);
    if (candidate[0] != 0x88 || (candidate[1] & 0x7fU) != body_size) continue;
    if (body_size == 0 && last_segment_size != frame_size) continue;
    FrameWalker walker;
    const std::optional<Frame> frame = walker.next(candidate);
    if (!frame || !violations_of(frame->header, sender, 0).empty()) continue;
    const CloseBody body = parse_close_body(frame->close_body());
    if (!body.violations.empty()) continue;
    AnchoredClose found{.frame_size = frame_size, .code = body.code};
    std::ranges::copy(body.reason, found.reason_bytes.begin());
    found.reason_size = body.reason.size();
    return found;
  }
  return std::nullopt;
}

}  // namespace websocket
