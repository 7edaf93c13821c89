#include "websocket/http_head.h"

#include <algorithm>

namespace websocket {
namespace {

constexpr char to_lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

std::string_view trim(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t\r");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r") - first + 1);
}

// The length of the head with its blank line, searched for from `from`; 0 when it is not all there.
std::size_t head_length(std::string_view text, std::size_t from) {
  for (std::size_t at = text.find('\n', from); at != std::string_view::npos;
       at = text.find('\n', at + 1)) {
    if (text.substr(at + 1, 1) == "\n") return at + 2;
    if (text.substr(at + 1, 2) == "\r\n") return at + 3;
  }
  return 0;
}

}  // namespace

bool equals_ignoring_case(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, {}, to_lower, to_lower);
}

bool list_has_token(std::string_view list, std::string_view token) {
  while (!list.empty()) {
    const std::size_t comma = std::min(list.find(','), list.size());
    if (equals_ignoring_case(trim(list.substr(0, comma)), token)) return true;
    list.remove_prefix(std::min(comma + 1, list.size()));
  }
  return false;
}

HttpHead::HttpHead(std::string_view text) : rest_(text) { start_line_ = trim(next_line()); }

std::string_view HttpHead::next_line() {
  const std::size_t end = std::min(rest_.find('\n'), rest_.size());
  const std::string_view line = rest_.substr(0, end);
  rest_.remove_prefix(std::min(end + 1, rest_.size()));
  return line;
}

std::optional<HttpField> HttpHead::next_field() {
  while (!rest_.empty()) {
    const std::string_view line = next_line();
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos || colon == 0) continue;
    return HttpField{trim(line.substr(0, colon)), trim(line.substr(colon + 1))};
  }
  return std::nullopt;
}

HeadCollector::Status HeadCollector::take(Bytes& bytes) {
  const std::string_view piece = as_text(bytes);
  if (collected_.empty()) {
    if (const std::size_t length = head_length(piece, 0); length > 0 && length <= kMaxBytes) {
      text_ = piece.substr(0, length);
      bytes = bytes.subspan(length);
      return Status::complete;
    }
  }
  const std::size_t before = collected_.size();
  const std::size_t room = kMaxBytes - before;
  collected_.append(piece.substr(0, room));
  const std::size_t length = head_length(collected_, before < 3 ? 0 : before - 3);
  if (length > 0) {
    bytes = bytes.subspan(length - before);
    collected_.resize(length);
    text_ = collected_;
    return Status::complete;
  }
  bytes = {};
  return piece.size() > room ? Status::too_large : Status::partial;
}

}  // namespace websocket
