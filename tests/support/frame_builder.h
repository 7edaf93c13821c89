#ifndef CLOSEWATCH_TESTS_SUPPORT_FRAME_BUILDER_H_
#define CLOSEWATCH_TESTS_SUPPORT_FRAME_BUILDER_H_

#include <array>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string_view>

#include "tests/support/byte_string.h"
#include "websocket/direction.h"

namespace support {

// The three ways to write a payload length (RFC 6455 section 5.2); only the shortest is allowed.
enum class LengthForm : std::uint8_t { shortest, bits_7, bits_16, bits_64 };

// A frame as it is to stand on the wire, legal or not: written from RFC 6455 section 5.2 alone, so
// that it can tell when the code under test reads it wrongly. Change the fields of one of the named
// frames below for everything they do not offer.
struct Frame {
  std::uint8_t opcode = 0x1;  // four bits, reserved ones included
  bool fin = true;
  std::uint8_t reserved_bits = 0;  // RSV1 is 4, RSV2 is 2, RSV3 is 1
  std::optional<bool> masked{};    // nothing: as its sender has to
  std::array<std::uint8_t, 4> masking_key{0x37, 0xfa, 0x21, 0x3d};
  LengthForm length_form = LengthForm::shortest;
  std::optional<std::uint64_t> declared_length{};  // what the header says, if not payload.size()
  ByteString payload{};

  Frame first() const;       // FIN clear: the first fragment of a message
  Frame compressed() const;  // RSV1 set, as permessage-deflate does; the payload stays as it is
};

Frame text(std::string_view payload);
Frame binary(ByteString payload);
Frame continuation(std::string_view payload, bool fin = true);
Frame ping(std::string_view payload = {});
Frame pong(std::string_view payload = {});
Frame close_frame();  // no status code
Frame close_frame(std::uint16_t code, std::string_view reason = {});
Frame close_frame_of(ByteString body);  // any body: one byte, more than 125, ...

// The header and the payload, masked where the frame says so or else where `sender` has to.
ByteString encode(const Frame& frame, websocket::Side sender);
ByteString encode(std::initializer_list<Frame> frames, websocket::Side sender);

// Only the header, for generators that mask into their own memory.
void append_frame_header(ByteString& to, const Frame& frame, bool masked, std::uint64_t length);

}  // namespace support

#endif  // CLOSEWATCH_TESTS_SUPPORT_FRAME_BUILDER_H_
