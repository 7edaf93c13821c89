#ifndef CLOSEWATCH_PROXY_BODY_H_
#define CLOSEWATCH_PROXY_BODY_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "proxy/fields.h"
#include "proxy/malformed.h"
#include "websocket/bytes.h"

namespace proxy {

using websocket::Bytes;

// Finds the end of a message body in the bytes that pass (RFC 9112 sections 6 and 7). Keeps none of
// them. Chunk sizes, chunk ends and trailers are read strictly; the line of a chunk's size may have
// kMaxChunkLine bytes, all trailers together what a head may have.
class BodyWalker {
 public:
  static constexpr std::size_t kMaxChunkLine = 256;
  static constexpr std::size_t kMaxTrailerBytes = 16384;
  static constexpr std::size_t kMaxTrailers = 100;

  explicit BodyWalker(BodyFraming framing);

  // How many of `bytes` belong to the body. The walk stops at the end of the body and at the first
  // byte that is malformed; that byte is not counted. `payload`, when given, has the body's content
  // appended without the chunks around it.
  std::size_t take(Bytes bytes, std::string* payload = nullptr);

  // The last byte of the body was taken. True from the start when there is none; never with
  // until_close.
  bool done() const { return place_ == Place::done; }
  std::optional<Malformed> malformed() const { return malformed_; }
  // The sender ended its stream: was that the end of the body, too?
  bool may_end_here() const { return done() || place_ == Place::until_close; }

 private:
  enum class Place : std::uint8_t {
    until_close,
    length,
    size_first,
    size,
    extension,
    size_lf,
    data,
    data_cr,
    data_lf,
    trailer_start,
    trailer_name,
    trailer_value,
    trailer_lf,
    last_lf,
    done
  };

  bool is_content() const;
  Bytes take_content(Bytes bytes);
  // All move over one byte; false when it must not stand there, and malformed_ says why.
  bool step(char byte);
  bool step_size_line(char byte);
  bool step_text(char byte);
  bool step_trailer(char byte);
  bool step_trailer_name(char byte);
  bool expect(char byte, char expected, Place next, Malformed otherwise);
  bool refuse(Malformed reason);

  Place place_;
  std::optional<Malformed> malformed_;
  std::uint64_t left_ = 0;  // bytes of the length or of the chunk
  std::size_t line_ = 0;    // bytes of the chunk's line so far
  std::size_t trailer_bytes_ = 0;
  std::size_t trailers_ = 0;
  std::array<char, 32> name_{};  // the start of a trailer's name
  std::size_t name_length_ = 0;
};

}  // namespace proxy

#endif  // CLOSEWATCH_PROXY_BODY_H_
