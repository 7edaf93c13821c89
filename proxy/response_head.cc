#include "proxy/response_head.h"

#include <algorithm>
#include <optional>
#include <utility>

namespace proxy {
namespace {

constexpr std::string_view kLineEnd = "\r\n";
constexpr std::size_t kStatusAt = 9;  // behind "HTTP/1.1 "

using Flaw = std::optional<Malformed>;

constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }

// The space behind the status may be missing when there is no reason; the line is rebuilt anyway.
Flaw read_status_line(std::string_view line, ResponseHead& head) {
  const std::string_view version = line.substr(0, kStatusAt);
  if (version != "HTTP/1.1 " && version != "HTTP/1.0 ") return Malformed::invalid_status_line;
  head.version = version == "HTTP/1.1 " ? HttpVersion::http_1_1 : HttpVersion::http_1_0;
  const std::string_view digits = line.substr(kStatusAt, 3);
  if (digits.size() != 3 || !std::ranges::all_of(digits, is_digit) || digits.front() == '0') {
    return Malformed::invalid_status_line;
  }
  for (const char digit : digits)
    head.status = 10 * head.status + static_cast<unsigned>(digit - '0');
  line.remove_prefix(kStatusAt + digits.size());
  if (!line.empty() && line.front() != ' ') return Malformed::invalid_status_line;
  head.reason = line.substr(std::min(line.size(), std::size_t{1}));
  return is_field_value(head.reason) ? Flaw{} : Malformed::control_character;
}

bool has_no_body(const ResponseHead& head, std::string_view method) {
  return method == "HEAD" || head.status < 200 || head.status == 204 || head.status == 304;
}

Flaw read_fields(std::string_view lines, std::string_view method, const HeadLimits& limits,
                 ResponseHead& head) {
  auto fields = Fields::parse(lines, limits.fields);
  if (const auto* reason = std::get_if<Malformed>(&fields)) return *reason;
  head.fields = std::get<Fields>(std::move(fields));
  const auto framing = body_framing(head.fields, head.version, BodyFraming::Kind::until_close);
  if (const auto* reason = std::get_if<Malformed>(&framing)) return *reason;
  if (!has_no_body(head, method)) head.body = std::get<BodyFraming>(framing);
  head.keep_alive = head.version == HttpVersion::http_1_1 &&
                    !head.fields.lists_token("Connection", "close") &&
                    head.body.kind != BodyFraming::Kind::until_close;
  head.connection = head.fields.elements("Connection");
  head.upgrade = head.fields.elements("Upgrade");
  return std::nullopt;
}

}  // namespace

std::variant<ResponseHead, Malformed> parse_response_head(HeadText text, RequestAsked asked,
                                                          const HeadLimits& limits) {
  ResponseHead head;
  head.text = std::move(text);
  std::string_view rest = head.text.view();
  const std::string_view line = rest.substr(0, rest.find(kLineEnd));
  rest.remove_prefix(std::min(line.size() + kLineEnd.size(), rest.size()));
  if (rest.ends_with(kLineEnd)) rest.remove_suffix(kLineEnd.size());
  if (const Flaw flaw = read_status_line(line, head)) return *flaw;
  if (const Flaw flaw = read_fields(rest, asked.method, limits, head)) return *flaw;
  if (head.status == 101 && !asked.upgrade) return Malformed::unexpected_upgrade;
  return head;
}

}  // namespace proxy
