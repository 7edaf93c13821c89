#ifndef CLOSEWATCH_PROXY_FIELDS_H_
#define CLOSEWATCH_PROXY_FIELDS_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <variant>
#include <vector>

#include "proxy/malformed.h"
#include "websocket/http_head.h"

namespace proxy {

using websocket::HttpField;

// One or more tchar (RFC 9110 section 5.6.2).
bool is_token(std::string_view text);
// May stand in a field's value: HTAB, SP, visible ASCII and bytes above it (RFC 9110 section 5.5).
bool is_field_value(std::string_view text);
// Without the spaces and tabs around it.
std::string_view trim_whitespace(std::string_view text);
// The elements of a comma-separated list, trimmed; empty ones are left out (RFC 9110
// section 5.6.1).
std::vector<std::string_view> list_elements(std::string_view list);

// The field lines of a head, in their order. Names compare case-insensitively. The views belong to
// the text that was parsed.
class Fields {
 public:
  // `lines`: every field line with its CRLF, without the blank line.
  static std::variant<Fields, Malformed> parse(std::string_view lines, std::size_t most);

  std::size_t count(std::string_view name) const;
  bool has(std::string_view name) const { return count(name) > 0; }
  // The value where the field is there exactly once.
  std::optional<std::string_view> only(std::string_view name) const;
  std::vector<std::string_view> values(std::string_view name) const;
  // The elements of all the lists with this name.
  std::vector<std::string_view> elements(std::string_view name) const;
  // Does one of the lists with this name hold the token?
  bool lists_token(std::string_view name, std::string_view token) const;

  std::size_t size() const { return fields_.size(); }
  auto begin() const { return fields_.begin(); }
  auto end() const { return fields_.end(); }

 private:
  std::vector<HttpField> fields_;
};

enum class HttpVersion : std::uint8_t { http_1_0, http_1_1 };

// Where the body behind a head ends (RFC 9112 section 6.3).
struct BodyFraming {
  enum class Kind : std::uint8_t { none, length, chunked, until_close };
  Kind kind = Kind::none;
  std::uint64_t length = 0;  // bytes, for Kind::length only; never 0 there, at most 2^63 - 1

  friend bool operator==(const BodyFraming&, const BodyFraming&) = default;
};

// What Content-Length and Transfer-Encoding say; `otherwise` when neither is there. A length of 0
// is Kind::none.
std::variant<BodyFraming, Malformed> body_framing(const Fields& fields, HttpVersion version,
                                                  BodyFraming::Kind otherwise);

}  // namespace proxy

#endif  // CLOSEWATCH_PROXY_FIELDS_H_
