#ifndef CLOSEWATCH_PROXY_CONTROL_FRAME_H_
#define CLOSEWATCH_PROXY_CONTROL_FRAME_H_

#include <array>
#include <cstdint>
#include <string_view>

#include "websocket/bytes.h"
#include "websocket/close_code.h"
#include "websocket/direction.h"
#include "websocket/frame.h"

namespace proxy {

using MaskingKey = std::array<std::uint8_t, 4>;
// One that nobody can foresee (RFC 6455 section 5.3).
MaskingKey new_masking_key();

// A control frame that the proxy sends of its own (RFC 6455 section 5.5).
class ControlFrame {
 public:
  websocket::Bytes bytes() const { return {bytes_.data(), size_}; }

 private:
  friend ControlFrame control_frame(websocket::Opcode opcode, websocket::Bytes body,
                                    websocket::Side to, const MaskingKey& key);
  std::array<std::uint8_t, 2 + 4 + websocket::kMaxControlBody> bytes_{};
  std::size_t size_ = 0;
};

// Masked with `key` where `to` is the server; `body` is at most 125
// bytes.
ControlFrame control_frame(websocket::Opcode opcode, websocket::Bytes body, websocket::Side to,
                           const MaskingKey& key);

// `reason` is cut at 123 bytes, between characters. REQUIRES: `code` may stand on the wire.
ControlFrame close_frame(websocket::CloseCode code, std::string_view reason, websocket::Side to,
                         const MaskingKey& key);

}  // namespace proxy

#endif  // CLOSEWATCH_PROXY_CONTROL_FRAME_H_
