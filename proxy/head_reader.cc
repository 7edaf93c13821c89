#include "proxy/head_reader.h"

#include <algorithm>

#include "websocket/http_head.h"

namespace proxy {

HeadText::HeadText(std::string_view text)
    : text_(std::make_unique<char[]>(text.size())), size_(text.size()) {
  std::ranges::copy(text, text_.get());
}

HeadReader::HeadReader(Of of, HeadLimits limits) : of_(of), limits_(limits) {}

HeadReader::Status HeadReader::take(Bytes& bytes) {
  const std::string_view piece = websocket::as_text(bytes);
  std::size_t first = 0;  // of the piece's bytes that belong to the head
  std::size_t at = 0;
  while (at < piece.size() && place_ != Place::complete) {
    if (collected_.size() + (at - first) == limits_.bytes) {
      refuse(Malformed::head_too_large);
      return Status::malformed;
    }
    if (!step(piece[at])) return Status::malformed;
    ++at;
    if (place_ == Place::before || place_ == Place::skipped_cr) first = at;
  }
  collected_.append(piece.substr(first, at - first));
  bytes = bytes.subspan(at);
  return place_ == Place::complete ? Status::complete : Status::partial;
}

bool HeadReader::refuse(Malformed reason) {
  malformed_ = reason;
  return false;
}

bool HeadReader::step(char byte) {
  switch (place_) {
    case Place::before:
      if (byte == '\r') return begin_empty_line();
      place_ = Place::in_line;
      break;
    case Place::skipped_cr:
      place_ = Place::before;
      return byte == '\n' || refuse(Malformed::bare_cr);
    case Place::after_cr:
      place_ = Place::line_start;
      return byte == '\n' || refuse(Malformed::bare_cr);
    case Place::blank_cr:
      place_ = Place::complete;
      return byte == '\n' || refuse(Malformed::bare_cr);
    case Place::line_start:
      if (byte == ' ' || byte == '\t') return refuse(Malformed::obs_fold);
      if (byte == '\r') {
        place_ = Place::blank_cr;
        return true;
      }
      if (++fields_ > limits_.fields) return refuse(Malformed::too_many_fields);
      place_ = Place::in_line;
      break;
    default:
      break;
  }
  if (byte == '\r') {
    place_ = Place::after_cr;
    return true;
  }
  if (byte == '\n') return refuse(Malformed::bare_lf);
  if (byte == '\0') return refuse(Malformed::nul_byte);
  const auto value = static_cast<unsigned char>(byte);
  return (value >= 0x20 && value != 0x7f) || byte == '\t' || refuse(Malformed::control_character);
}

bool HeadReader::begin_empty_line() {
  if (of_ == Of::response) return refuse(Malformed::invalid_status_line);
  if (skipped_line_) return refuse(Malformed::invalid_method);
  skipped_line_ = true;
  place_ = Place::skipped_cr;
  return true;
}

HeadText HeadReader::take_text() {
  HeadText text{collected_};
  std::string{}.swap(collected_);
  place_ = Place::before;
  skipped_line_ = false;
  fields_ = 0;
  return text;
}

}  // namespace proxy
