#include "proxy/control_frame.h"

#include <openssl/rand.h>

#include <algorithm>

namespace proxy {
namespace {

constexpr std::uint8_t kFin = 0x80;
constexpr std::uint8_t kMasked = 0x80;
constexpr std::size_t kMaxReason = websocket::kMaxControlBody - 2;

constexpr bool continues_character(char c) {
  return (static_cast<unsigned char>(c) & 0xc0U) == 0x80;
}

constexpr std::uint8_t wire_opcode(websocket::Opcode opcode) {
  switch (opcode) {
    case websocket::Opcode::close:
      return 0x8;
    case websocket::Opcode::ping:
      return 0x9;
    default:
      return 0xa;
  }
}

}  // namespace

MaskingKey new_masking_key() {
  MaskingKey key{};
  RAND_bytes(key.data(), static_cast<int>(key.size()));
  return key;
}

ControlFrame control_frame(websocket::Opcode opcode, websocket::Bytes body, websocket::Side to,
                           const MaskingKey& key) {
  ControlFrame frame;
  const bool masked = to == websocket::Side::server;
  auto at = frame.bytes_.begin();
  *at++ = static_cast<std::uint8_t>(kFin | wire_opcode(opcode));
  *at++ = static_cast<std::uint8_t>(body.size() | (masked ? kMasked : 0U));
  if (masked) at = std::ranges::copy(key, at).out;
  for (std::size_t i = 0; i < body.size(); ++i) {
    *at++ = static_cast<std::uint8_t>(body[i] ^ (masked ? key[i % key.size()] : 0U));
  }
  frame.size_ = static_cast<std::size_t>(at - frame.bytes_.begin());
  return frame;
}

ControlFrame close_frame(websocket::CloseCode code, std::string_view reason, websocket::Side to,
                         const MaskingKey& key) {
  std::size_t length = std::min(reason.size(), kMaxReason);
  while (length > 0 && length < reason.size() && continues_character(reason[length])) --length;
  std::array<std::uint8_t, websocket::kMaxControlBody> body{};
  body[0] = static_cast<std::uint8_t>(code >> 8U);
  body[1] = static_cast<std::uint8_t>(code & 0xffU);
  std::ranges::copy(reason.substr(0, length), body.begin() + 2);
  return control_frame(websocket::Opcode::close, websocket::Bytes{body}.first(2 + length), to, key);
}

}  // namespace proxy
