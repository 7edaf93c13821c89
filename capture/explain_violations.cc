#include <array>

#include "capture/explain.h"

namespace capture {
namespace {

constexpr std::string_view kLibrary = "a broken or home-made library";
constexpr std::string_view kStream =
    "a proxy that changed, cut or joined the stream; bytes that are no WebSocket";
constexpr std::string_view kWho = "The sender that the label names; its receiver must fail it.";
constexpr std::string_view kEvents = "close events with it: always the same peers, or all";

constexpr auto kViolations = std::to_array<Explanation>({
    {"unmasked_client_frame", "A client sent a frame without a mask (RFC 6455 section 5.1).", kWho,
     kLibrary, kEvents},
    {"masked_server_frame", "A server sent a frame with a mask (RFC 6455 section 5.1).", kWho,
     kLibrary, kEvents},
    {"reserved_bits", "A reserved bit was set that no extension allows (RFC 6455 section 5.2).",
     kWho,
     "compression that only one end agreed to; a proxy that dropped the header field of "
     "the extension",
     "extensions in the close event"},
    {"reserved_opcode", "A frame had an opcode that is not defined (RFC 6455 section 5.2).", kWho,
     kStream, kEvents},
    {"control_frame_too_long", "A Close, Ping or Pong had more than 125 bytes (section 5.5).", kWho,
     "a reason that is too long; a broken library", kEvents},
    {"fragmented_control_frame", "A Close, Ping or Pong was fragmented (section 5.5).", kWho,
     kLibrary, kEvents},
    {"length_not_minimal", "A length was written in more bytes than it needs (section 5.2).", kWho,
     kLibrary, kEvents},
    {"length_out_of_range", "A length of 2^63 or more (section 5.2).", kWho, kStream, kEvents},
    {"unexpected_continuation", "A continuation with nothing to continue (section 5.4).", kWho,
     "frames lost or reordered by a proxy; two threads that send at once", kEvents},
    {"message_interrupted", "A new message began inside a fragmented one (section 5.4).", kWho,
     "two threads that send at once", kEvents},
    {"one_byte_close", "A Close with one byte, which is no status code (section 5.5.1).", kWho,
     kLibrary, kEvents},
    {"invalid_close_code", "A Close with a code that may not be sent (section 7.4).", kWho,
     "an application that passes on 1005 or 1006, or an HTTP status", kEvents},
    {"close_reason_not_utf8", "The reason of a Close is not UTF-8 (section 5.5.1).", kWho,
     "a reason that was cut inside a character", kEvents},
    {"data_after_close", "Frames were sent behind a Close (section 5.5.1).", kWho,
     "an application that goes on sending while its library closes", kEvents},
});

}  // namespace

std::span<const Explanation> explained_violations() { return kViolations; }

}  // namespace capture
