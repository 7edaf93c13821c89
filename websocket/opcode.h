#ifndef CLOSEWATCH_WEBSOCKET_OPCODE_H_
#define CLOSEWATCH_WEBSOCKET_OPCODE_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace websocket {

// RFC 6455 section 5.2. The values here are indexes; from_wire() maps the four bits of the header.
enum class Opcode : std::uint8_t { continuation, text, binary, close, ping, pong };

inline constexpr std::size_t kOpcodeCount = 6;
inline constexpr std::array<std::string_view, kOpcodeCount> kOpcodeNames{
    "continuation", "text", "binary", "close", "ping", "pong"};

constexpr std::size_t index(Opcode opcode) { return static_cast<std::size_t>(opcode); }
constexpr std::string_view name(Opcode opcode) { return kOpcodeNames[index(opcode)]; }
constexpr bool is_control(Opcode opcode) { return opcode >= Opcode::close; }

// Nothing for the reserved opcodes 0x3-0x7 and 0xB-0xF.
constexpr std::optional<Opcode> opcode_from_wire(unsigned bits) {
  if (bits <= 2) return static_cast<Opcode>(bits);
  if (bits >= 8 && bits <= 10) return static_cast<Opcode>(bits - 5);
  return std::nullopt;
}

}  // namespace websocket

#endif  // CLOSEWATCH_WEBSOCKET_OPCODE_H_
