#include "proxy/fields.h"

#include <algorithm>
#include <charconv>
#include <limits>

namespace proxy {
namespace {

constexpr std::string_view kLineEnd = "\r\n";

constexpr bool is_tchar(char c) {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
         std::string_view{"!#$%&'*+-.^_`|~"}.find(c) != std::string_view::npos;
}

constexpr bool is_value_byte(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte == '\t' || (byte >= 0x20 && byte != 0x7f);
}

constexpr bool is_white_space(char c) { return c == ' ' || c == '\t'; }

std::variant<HttpField, Malformed> parse_field(std::string_view line) {
  if (!line.empty() && is_white_space(line.front())) return Malformed::obs_fold;
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos || colon == 0) return Malformed::invalid_field_name;
  const std::string_view name = line.substr(0, colon);
  if (is_white_space(name.back())) return Malformed::space_before_colon;
  if (!is_token(name)) return Malformed::invalid_field_name;
  const std::string_view value = trim_whitespace(line.substr(colon + 1));
  if (!is_field_value(value)) return Malformed::control_character;
  return HttpField{name, value};
}

std::variant<BodyFraming, Malformed> parse_length(std::string_view value) {
  constexpr std::uint64_t kMost = std::numeric_limits<std::int64_t>::max();
  std::uint64_t length = 0;
  const char* end = value.data() + value.size();
  const auto parsed = std::from_chars(value.data(), end, length);
  if (parsed.ec != std::errc{} || parsed.ptr != end || length > kMost) {
    return Malformed::invalid_length;
  }
  if (length == 0) return BodyFraming{};
  return BodyFraming{BodyFraming::Kind::length, length};
}

}  // namespace

bool is_token(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, is_tchar);
}

bool is_field_value(std::string_view text) { return std::ranges::all_of(text, is_value_byte); }

std::string_view trim_whitespace(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

std::vector<std::string_view> list_elements(std::string_view list) {
  std::vector<std::string_view> elements;
  while (!list.empty()) {
    const std::size_t comma = std::min(list.find(','), list.size());
    const std::string_view element = trim_whitespace(list.substr(0, comma));
    if (!element.empty()) elements.push_back(element);
    list.remove_prefix(std::min(comma + 1, list.size()));
  }
  return elements;
}

std::variant<Fields, Malformed> Fields::parse(std::string_view lines, std::size_t most) {
  Fields fields;
  while (!lines.empty()) {
    if (fields.size() == most) return Malformed::too_many_fields;
    const std::size_t end = std::min(lines.find(kLineEnd), lines.size());
    const auto field = parse_field(lines.substr(0, end));
    if (const auto* reason = std::get_if<Malformed>(&field)) return *reason;
    fields.fields_.push_back(std::get<HttpField>(field));
    lines.remove_prefix(std::min(end + kLineEnd.size(), lines.size()));
  }
  return fields;
}

std::size_t Fields::count(std::string_view name) const {
  return static_cast<std::size_t>(std::ranges::count_if(fields_, [name](const HttpField& field) {
    return websocket::equals_ignoring_case(field.name, name);
  }));
}

std::optional<std::string_view> Fields::only(std::string_view name) const {
  const std::vector<std::string_view> found = values(name);
  if (found.size() != 1) return std::nullopt;
  return found.front();
}

std::vector<std::string_view> Fields::values(std::string_view name) const {
  std::vector<std::string_view> found;
  for (const HttpField& field : fields_) {
    if (websocket::equals_ignoring_case(field.name, name)) found.push_back(field.value);
  }
  return found;
}

std::vector<std::string_view> Fields::elements(std::string_view name) const {
  std::vector<std::string_view> found;
  for (const std::string_view value : values(name)) {
    for (const std::string_view element : list_elements(value)) found.push_back(element);
  }
  return found;
}

bool Fields::lists_token(std::string_view name, std::string_view token) const {
  return std::ranges::any_of(fields_, [name, token](const HttpField& field) {
    return websocket::equals_ignoring_case(field.name, name) &&
           websocket::list_has_token(field.value, token);
  });
}

std::variant<BodyFraming, Malformed> body_framing(const Fields& fields, HttpVersion version,
                                                  BodyFraming::Kind otherwise) {
  const std::vector<std::string_view> lengths = fields.values("Content-Length");
  const std::vector<std::string_view> codings = fields.values("Transfer-Encoding");
  if (!lengths.empty() && !codings.empty()) return Malformed::length_and_chunked;
  if (!codings.empty()) {
    const bool chunked =
        codings.size() == 1 && websocket::equals_ignoring_case(codings.front(), "chunked");
    if (!chunked || version != HttpVersion::http_1_1) return Malformed::invalid_transfer_coding;
    return BodyFraming{BodyFraming::Kind::chunked, 0};
  }
  if (lengths.empty()) return BodyFraming{otherwise, 0};
  if (lengths.size() > 1 || lengths.front().find(',') != std::string_view::npos) {
    return Malformed::several_lengths;
  }
  return parse_length(lengths.front());
}

}  // namespace proxy
