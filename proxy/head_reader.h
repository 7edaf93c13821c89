#ifndef CLOSEWATCH_PROXY_HEAD_READER_H_
#define CLOSEWATCH_PROXY_HEAD_READER_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "proxy/malformed.h"
#include "websocket/bytes.h"

namespace proxy {

using websocket::Bytes;

// The text of a head with its blank line. Views into it stay valid when it is moved.
class HeadText {
 public:
  HeadText() = default;
  explicit HeadText(std::string_view text);
  std::string_view view() const { return {text_.get(), size_}; }

 private:
  std::unique_ptr<char[]> text_;
  std::size_t size_ = 0;
};

struct HeadLimits {
  std::size_t bytes = 16384;  // with the blank line
  std::size_t fields = 100;
};

// Collects one head from the pieces in which it arrives, and refuses bytes that no head can hold as
// soon as they come: every line ends with CRLF, and no other control character than HTAB stands in
// it. One empty line before a request is passed over (RFC 9112 section 2.2), none before a
// response.
class HeadReader {
 public:
  enum class Status : std::uint8_t { partial, complete, malformed };
  enum class Of : std::uint8_t { request, response };

  explicit HeadReader(Of of, HeadLimits limits = {});

  // Advances `bytes` past what belongs to the head. Not to be called again before take_text() or
  // after `malformed`.
  Status take(Bytes& bytes);
  Malformed malformed() const { return malformed_; }
  // The complete head; the reader is then ready for the next one.
  HeadText take_text();

  // Has nothing of a head come yet? An empty line before it does not count.
  bool empty() const { return collected_.empty(); }
  std::size_t memory() const { return collected_.capacity(); }
  const HeadLimits& limits() const { return limits_; }

 private:
  enum class Place : std::uint8_t {
    before,
    skipped_cr,  // of the empty line before a request
    in_line,
    after_cr,
    line_start,
    blank_cr,  // of the blank line
    complete
  };

  // Both move over one byte; false when it must not stand there, and malformed_ says why.
  bool step(char byte);
  bool begin_empty_line();
  bool refuse(Malformed reason);

  Of of_;
  HeadLimits limits_;
  std::string collected_;
  Place place_ = Place::before;
  bool skipped_line_ = false;
  std::size_t fields_ = 0;
  Malformed malformed_{};
};

}  // namespace proxy

#endif  // CLOSEWATCH_PROXY_HEAD_READER_H_
