#ifndef CLOSEWATCH_PROXY_MALFORMED_H_
#define CLOSEWATCH_PROXY_MALFORMED_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace proxy {

// Why a head or a body is refused. RFC 9112 and RFC 6455 leave a recipient some of these to repair;
// nothing is repaired here, since what two recipients repair differently is how requests are
// smuggled.
enum class Malformed : std::uint8_t {
  bare_cr,
  bare_lf,
  nul_byte,
  control_character,
  obs_fold,            // a field line that begins with white space (RFC 9112 section 5.2)
  space_before_colon,  // RFC 9112 section 5.1
  invalid_field_name,  // no token, or a line without a colon
  invalid_method,      // no token, or CONNECT
  invalid_target,      // no origin-form, absolute-form or asterisk-form; dot segments; bad escapes
  invalid_version,
  unsupported_version,  // HTTP, but neither 1.0 nor 1.1
  invalid_status_line,
  missing_host,
  several_hosts,
  invalid_host,
  several_lengths,  // also where they agree
  length_and_chunked,
  invalid_length,
  invalid_transfer_coding,  // anything but exactly "chunked" in HTTP/1.1
  bad_chunk_size,
  bad_chunk,    // the data of a chunk does not end where its size says, or its line is too long
  bad_trailer,  // no field line, too many, or a field that must not stand behind a body
  too_many_fields,
  head_too_large,
  unsupported_upgrade,  // an Upgrade that is not exactly one "websocket"
  upgrade_without_connection,
  upgrade_not_get,
  upgrade_not_http_1_1,
  body_with_upgrade,
  websocket_version,      // no single Sec-WebSocket-Version of 13
  websocket_key,          // no single Sec-WebSocket-Key of 16 bytes
  websocket_accept,       // no single Sec-WebSocket-Accept, or the wrong one
  websocket_subprotocol,  // answered, but not offered
  websocket_extension,    // answered, but not offered
  unexpected_upgrade      // 101 to a request that asked for none
};
inline constexpr std::array<std::string_view, 35> kMalformedNames{"bare_cr",
                                                                  "bare_lf",
                                                                  "nul_byte",
                                                                  "control_character",
                                                                  "obs_fold",
                                                                  "space_before_colon",
                                                                  "invalid_field_name",
                                                                  "invalid_method",
                                                                  "invalid_target",
                                                                  "invalid_version",
                                                                  "unsupported_version",
                                                                  "invalid_status_line",
                                                                  "missing_host",
                                                                  "several_hosts",
                                                                  "invalid_host",
                                                                  "several_lengths",
                                                                  "length_and_chunked",
                                                                  "invalid_length",
                                                                  "invalid_transfer_coding",
                                                                  "bad_chunk_size",
                                                                  "bad_chunk",
                                                                  "bad_trailer",
                                                                  "too_many_fields",
                                                                  "head_too_large",
                                                                  "unsupported_upgrade",
                                                                  "upgrade_without_connection",
                                                                  "upgrade_not_get",
                                                                  "upgrade_not_http_1_1",
                                                                  "body_with_upgrade",
                                                                  "websocket_version",
                                                                  "websocket_key",
                                                                  "websocket_accept",
                                                                  "websocket_subprotocol",
                                                                  "websocket_extension",
                                                                  "unexpected_upgrade"};
inline constexpr std::size_t kMalformedCount = kMalformedNames.size();

constexpr std::string_view name(Malformed reason) {
  return kMalformedNames[static_cast<std::size_t>(reason)];
}

// The same for people: one sentence for the text of an answer.
std::string_view sentence(Malformed reason);

// The status that answers a request which is malformed in this way: 400, 426, 431 or 505. What an
// upstream sent malformed is answered with 502.
unsigned status_for(Malformed reason);

}  // namespace proxy

#endif  // CLOSEWATCH_PROXY_MALFORMED_H_
