#ifndef CLOSEWATCH_WEBSOCKET_HTTP_HEAD_H_
#define CLOSEWATCH_WEBSOCKET_HTTP_HEAD_H_

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "websocket/bytes.h"

namespace websocket {

inline std::string_view as_text(Bytes bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// Case-insensitive for ASCII.
bool equals_ignoring_case(std::string_view a, std::string_view b);
// Does a comma-separated list (RFC 9110 section 5.6.1) hold this token?
bool list_has_token(std::string_view list, std::string_view token);

// A field line of an HTTP/1.1 head (RFC 9112 section 5), without surrounding white space.
struct HttpField {
  std::string_view name;
  std::string_view value;
};

// Reads a complete head line by line; lines that are no fields are passed over. Lenient, since it
// observes: what endpoints made of a malformed head is seen in what they did next.
class HttpHead {
 public:
  explicit HttpHead(std::string_view text);
  std::string_view start_line() const { return start_line_; }
  std::optional<HttpField> next_field();

 private:
  std::string_view next_line();

  std::string_view rest_;
  std::string_view start_line_;
};

// Collects one head from the pieces in which it arrives; a head that is whole in one piece is not
// copied.
class HeadCollector {
 public:
  enum class Status : std::uint8_t { partial, complete, too_large };
  static constexpr std::size_t kMaxBytes = 16384;

  // Advances `bytes` past what belongs to the head. When complete, text() is the head with its
  // blank line, valid until the next call and as long as `bytes`.
  Status take(Bytes& bytes);
  std::string_view text() const { return text_; }
  // What there is of a head that is still partial.
  std::string_view collected() const { return collected_; }
  bool empty() const { return collected_.empty(); }
  std::size_t memory() const { return collected_.capacity(); }
  void clear() { collected_.clear(); }

 private:
  std::string collected_;
  std::string_view text_;
};

}  // namespace websocket

#endif  // CLOSEWATCH_WEBSOCKET_HTTP_HEAD_H_
