#include "tests/support/frame_builder.h"

#include <utility>

namespace support {
namespace {

Frame frame_of(std::uint8_t opcode, ByteString payload) {
  Frame frame;
  frame.opcode = opcode;
  frame.payload = std::move(payload);
  return frame;
}

LengthForm shortest_form(std::uint64_t length) {
  if (length <= 125) return LengthForm::bits_7;
  return length <= 0xffff ? LengthForm::bits_16 : LengthForm::bits_64;
}

}  // namespace

Frame Frame::first() const {
  Frame frame = *this;
  frame.fin = false;
  return frame;
}

Frame Frame::compressed() const {
  Frame frame = *this;
  frame.reserved_bits = 4;
  return frame;
}

Frame text(std::string_view payload) { return frame_of(0x1, bytes_of(payload)); }
Frame binary(ByteString payload) { return frame_of(0x2, std::move(payload)); }
Frame ping(std::string_view payload) { return frame_of(0x9, bytes_of(payload)); }
Frame pong(std::string_view payload) { return frame_of(0xa, bytes_of(payload)); }
Frame close_frame() { return frame_of(0x8, {}); }
Frame close_frame_of(ByteString body) { return frame_of(0x8, std::move(body)); }

Frame continuation(std::string_view payload, bool fin) {
  Frame frame = frame_of(0x0, bytes_of(payload));
  frame.fin = fin;
  return frame;
}

Frame close_frame(std::uint16_t code, std::string_view reason) {
  ByteString body;
  append_big_endian(body, code, 2);
  append(body, bytes_of(reason));
  return frame_of(0x8, std::move(body));
}

void append_frame_header(ByteString& to, const Frame& frame, bool masked, std::uint64_t length) {
  to.push_back(static_cast<std::uint8_t>((frame.fin ? 0x80 : 0) | ((frame.reserved_bits & 7) << 4) |
                                         (frame.opcode & 0xf)));
  const unsigned mask_bit = masked ? 0x80 : 0;
  const LengthForm form =
      frame.length_form == LengthForm::shortest ? shortest_form(length) : frame.length_form;
  switch (form) {
    case LengthForm::bits_16:
      to.push_back(static_cast<std::uint8_t>(mask_bit | 126));
      append_big_endian(to, length, 2);
      break;
    case LengthForm::bits_64:
      to.push_back(static_cast<std::uint8_t>(mask_bit | 127));
      append_big_endian(to, length, 8);
      break;
    default:
      to.push_back(static_cast<std::uint8_t>(mask_bit | (length & 0x7f)));
  }
  if (masked) append(to, frame.masking_key);
}

ByteString encode(const Frame& frame, websocket::Side sender) {
  const bool masked = frame.masked.value_or(sender == websocket::Side::client);
  ByteString wire;
  append_frame_header(wire, frame, masked, frame.declared_length.value_or(frame.payload.size()));
  const std::size_t header = wire.size();
  append(wire, frame.payload);
  if (masked) {
    for (std::size_t i = 0; i < frame.payload.size(); ++i) {
      wire[header + i] = static_cast<std::uint8_t>(wire[header + i] ^ frame.masking_key[i % 4]);
    }
  }
  return wire;
}

ByteString encode(std::initializer_list<Frame> frames, websocket::Side sender) {
  ByteString wire;
  for (const Frame& frame : frames) append(wire, encode(frame, sender));
  return wire;
}

}  // namespace support
