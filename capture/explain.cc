#include "capture/explain.h"

#include <algorithm>
#include <array>
#include <vector>

#include "config/nearest.h"
#include "config/printable.h"
#include "config/quantity.h"
#include "websocket/close_code.h"

namespace capture {
namespace {

constexpr std::array<std::span<const Explanation> (*)(), 4> kTables{
    explained_codes, explained_causes, explained_violations, explained_alerts};

constexpr Explanation kPrivate{
    .term = "4000-4999",
    .means = "A code that an application gave a meaning of its own.",
    .who = "The application.",
    .causes = "what the application says",
    .look_at = "its documentation; `code_profiles` in the configuration give such codes names"};
constexpr Explanation kLibraries{
    .term = "3000-3999",
    .means = "A code for libraries and frameworks, registered with IANA.",
    .who = "The library or framework.",
    .causes = "what its documentation says",
    .look_at = "its documentation; `code_profiles` in the configuration give such codes names"};
constexpr Explanation kInvalid{
    .term = "invalid",
    .means = "A code that no endpoint may send (RFC 6455 section 7.4.2).",
    .who = "Nobody who keeps to RFC 6455.",
    .causes = "a broken library; an HTTP status or an errno passed on as a close code",
    .look_at = "websocket_protocol_violations_total{violation=\"invalid_close_code\"}"};
constexpr Explanation kUnknown{
    .term = "unknown",
    .means = "The bytes that would tell the code were not seen, and closewatch does not guess.",
    .who = "closewatch.",
    .causes = "dropped packets; a capture that began midway or saw one direction only",
    .look_at = "closewatch_capture_dropped_packets_total and _stream_gaps_total"};

const Explanation* find(std::string_view term) {
  for (const auto table : kTables) {
    const auto rows = table();
    const auto row = std::ranges::find(rows, term, &Explanation::term);
    if (row != rows.end()) return &*row;
  }
  if (term == kUnknown.term) return &kUnknown;
  if (term == kInvalid.term) return &kInvalid;
  const auto code = config::parse_number(term);
  if (!code || *code > 65'535) return nullptr;
  if (*code >= 4000 && *code <= 4999) return &kPrivate;
  return *code >= 3000 && *code <= 3999 ? &kLibraries : &kInvalid;
}

// `text` in lines of at most `width` columns, each behind `indent`; the first behind `first`.
std::string wrapped(std::string_view text, std::size_t width, std::string_view first,
                    std::string_view indent) {
  std::string out(first);
  std::size_t column = first.size();
  bool begins = true;
  while (!text.empty()) {
    const std::string_view word = text.substr(0, text.find(' '));
    text.remove_prefix(std::min(text.size(), word.size() + 1));
    if (!begins && column + 1 + word.size() > width) {
      out.append("\n").append(indent);
      column = indent.size();
      begins = true;
    }
    if (!begins) out += ' ';
    out += word;
    column += word.size() + (begins ? 0 : 1);
    begins = false;
  }
  return out + '\n';
}

std::string list(std::string_view items, std::size_t width) {
  std::string out;
  while (!items.empty()) {
    const std::size_t end = std::min(items.find("; "), items.size());
    out += wrapped(items.substr(0, end), width, "  - ", "    ");
    items.remove_prefix(std::min(items.size(), end + 2));
  }
  return out;
}

// "1006 Abnormal Closure (abnormal)"
std::string heading(std::string_view term) {
  const auto number = config::parse_number(term);
  if (!number || *number > 65'535) return std::string(term);
  const auto code = static_cast<websocket::CloseCode>(*number);
  std::string text(term);
  if (const auto name = websocket::registered_name(code); !name.empty()) {
    text.append(" ").append(name);
  }
  const auto by_client = websocket::classify(code, websocket::Side::client);
  const auto by_server = websocket::classify(code, websocket::Side::server);
  text.append(" (").append(name(by_client));
  // 1001: of a server to its clients a restart, of a client to the server a page that was left.
  if (by_server != by_client) {
    text.append(" where clients observe it, ").append(name(by_server)).append(" where servers do");
  }
  return text + ")";
}

}  // namespace

std::optional<std::string> explain(std::string_view term, std::size_t columns) {
  constexpr std::size_t kUsual = 80;
  constexpr std::size_t kReadable = 100;  // longer lines are hard to follow
  const Explanation* row = find(term);
  if (row == nullptr) return std::nullopt;
  const std::size_t width = columns == 0 ? kUsual : std::min(columns, kReadable);
  return heading(term) + "\n\n" + wrapped(row->means, width, "  ", "  ") +
         wrapped(row->who, width, "  By whom: ", "  ") + "\nUsual causes\n" +
         list(row->causes, width) + "\nLook at\n" + list(row->look_at, width);
}

std::string unknown_term(std::string_view term) {
  std::vector<std::string_view> known;
  for (const auto table : kTables) {
    for (const Explanation& row : table()) known.push_back(row.term);
  }
  std::string text =
      '"' + config::printable(term, 60) + "\" is no close code, cause, violation or alert";
  const auto nearest = config::nearest(term, known);
  return nearest ? text.append("; did you mean ").append(*nearest).append("?") : text + '.';
}

}  // namespace capture
