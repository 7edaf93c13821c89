#include "websocket/opening_handshake.h"

#include <algorithm>
#include <charconv>

#include "websocket/sha1.h"

namespace websocket {
namespace {

constexpr std::string_view kMethod = "GET ";
constexpr std::string_view kVersion = "HTTP/1.";

constexpr std::array<std::size_t, 4> kMaxTextSizes{255, 512, 128, 256};

// "GET /chat?token=x HTTP/1.1" without query; empty when it is no GET.
std::string_view path_of(std::string_view start_line) {
  if (!start_line.starts_with(kMethod)) return {};
  std::string_view target = start_line.substr(kMethod.size());
  target = target.substr(0, target.find(' '));
  return target.substr(0, target.find_first_of("?#"));
}

// "HTTP/1.1 101 Switching Protocols"; 0 when it is no status line.
unsigned status_of(std::string_view start_line) {
  const std::size_t space = start_line.find(' ');
  if (!start_line.starts_with(kVersion) || space == std::string_view::npos) return 0;
  const std::string_view digits = start_line.substr(space + 1, 3);
  unsigned status = 0;
  const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), status);
  return parsed.ptr == digits.data() + 3 && status >= 100 ? status : 0;
}

bool starts_with_prefix(std::string_view text, std::string_view prefix) {
  return text.substr(0, prefix.size()) == prefix.substr(0, std::min(text.size(), prefix.size()));
}

}  // namespace

void HandshakeTexts::set(Field field, std::string_view text) {
  const auto index = static_cast<std::size_t>(field);
  std::size_t start = 0;
  for (std::size_t i = 0; i < index; ++i) start += sizes_[i];
  text = text.substr(0, kMaxTextSizes[index]);
  texts_.replace(start, sizes_[index], text);
  sizes_[index] = static_cast<std::uint16_t>(text.size());
}

std::string_view HandshakeTexts::get(Field field) const {
  const auto index = static_cast<std::size_t>(field);
  std::size_t start = 0;
  for (std::size_t i = 0; i < index; ++i) start += sizes_[i];
  return std::string_view{texts_}.substr(start, sizes_[index]);
}

bool may_start_request(Bytes bytes) { return starts_with_prefix(as_text(bytes), kMethod); }
bool may_start_response(Bytes bytes) { return starts_with_prefix(as_text(bytes), kVersion); }

OpeningHandshake::Progress OpeningHandshake::read_request(Bytes& bytes) {
  switch (collector_.take(bytes)) {
    case HeadCollector::Status::partial:
      return Progress::partial;
    case HeadCollector::Status::too_large:
      return Progress::no_websocket;
    case HeadCollector::Status::complete:
      break;
  }
  const Progress progress = judge_request(collector_.text());
  collector_.clear();
  return progress;
}

OpeningHandshake::Progress OpeningHandshake::judge_request(std::string_view text) {
  HttpHead head{text};
  const std::string_view path = path_of(head.start_line());
  if (path.empty()) return Progress::no_websocket;
  bool asks_for_websocket = false;
  std::string_view host;
  while (const auto field = head.next_field()) {
    if (equals_ignoring_case(field->name, "Upgrade")) {
      asks_for_websocket = asks_for_websocket || list_has_token(field->value, "websocket");
    } else if (equals_ignoring_case(field->name, "Sec-WebSocket-Key")) {
      key_ = field->value;
    } else if (equals_ignoring_case(field->name, "Host")) {
      host = field->value;
    }
  }
  if (!asks_for_websocket) return Progress::no_websocket;
  request_seen_ = true;
  texts_.set(HandshakeTexts::Field::host, host);
  texts_.set(HandshakeTexts::Field::path, path);
  return Progress::upgrade;
}

OpeningHandshake::Progress OpeningHandshake::read_response(Bytes& bytes) {
  while (true) {
    // A byte that cannot belong to a status line ends the wait for a blank line at once.
    if (response_collector_.empty() && !may_start_response(bytes)) {
      result_ = HandshakeResult::malformed;
      return Progress::refused;
    }
    switch (response_collector_.take(bytes)) {
      case HeadCollector::Status::partial:
        if (starts_with_prefix(response_collector_.collected(), kVersion)) return Progress::partial;
        result_ = HandshakeResult::malformed;
        return Progress::refused;
      case HeadCollector::Status::too_large:
        result_ = HandshakeResult::malformed;
        return Progress::refused;
      case HeadCollector::Status::complete:
        break;
    }
    const Progress progress = judge_response(response_collector_.text());
    response_collector_.clear();
    if (progress != Progress::partial || bytes.empty()) return progress;
  }
}

OpeningHandshake::Progress OpeningHandshake::judge_response(std::string_view text) {
  HttpHead head{text};
  const unsigned status = status_of(head.start_line());
  if (status >= 100 && status < 200 && status != 101) return Progress::partial;
  if (status != 101) {
    result_ = rejected_with(status);
    return Progress::refused;
  }
  bool upgraded = false;
  std::string_view accept;
  while (const auto field = head.next_field()) {
    if (equals_ignoring_case(field->name, "Upgrade")) {
      upgraded = upgraded || list_has_token(field->value, "websocket");
    } else if (equals_ignoring_case(field->name, "Sec-WebSocket-Accept")) {
      accept = field->value;
    } else if (equals_ignoring_case(field->name, "Sec-WebSocket-Protocol")) {
      texts_.set(HandshakeTexts::Field::subprotocol, field->value);
    } else if (equals_ignoring_case(field->name, "Sec-WebSocket-Extensions")) {
      accept_extensions(field->value);
    }
  }
  if (!upgraded) {
    result_ = HandshakeResult::malformed;
    return Progress::refused;
  }
  const bool accepted = request_seen_ ? accept == accept_for(key_) : !accept.empty();
  result_ = accepted ? HandshakeResult::opened : HandshakeResult::bad_accept;
  return Progress::upgrade;
}

// permessage-deflate (RFC 7692) and its predecessors use RSV1; of an extension we do not know every
// bit is taken as agreed.
void OpeningHandshake::accept_extensions(std::string_view list) {
  const std::string_view before = texts_.get(HandshakeTexts::Field::extensions);
  texts_.set(HandshakeTexts::Field::extensions,
             before.empty() ? std::string{list} : std::string{before} + ", " + std::string{list});
  while (!list.empty()) {
    const std::size_t comma = std::min(list.find(','), list.size());
    std::string_view extension = list.substr(0, std::min(comma, list.find(';')));
    extension.remove_prefix(std::min(extension.find_first_not_of(" \t"), extension.size()));
    const bool deflates = extension.find("deflate") != std::string_view::npos;
    const unsigned bits = extension.empty() ? 0U : deflates ? 4U : 7U;
    allowed_reserved_bits_ = static_cast<std::uint8_t>(allowed_reserved_bits_ | bits);
    list.remove_prefix(std::min(comma + 1, list.size()));
  }
}

}  // namespace websocket
