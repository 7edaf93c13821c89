#include "proxy/body.h"

#include <algorithm>
#include <limits>
#include <string_view>

#include "proxy/field_names.h"

namespace proxy {
namespace {

constexpr std::uint64_t kMostBeforeDigit = std::numeric_limits<std::int64_t>::max() >> 4U;

// The value of a hexadecimal digit; 16 for anything else.
constexpr unsigned hex_value(char c) {
  if (c >= '0' && c <= '9') return static_cast<unsigned>(c - '0');
  if (c >= 'a' && c <= 'f') return static_cast<unsigned>(c - 'a') + 10;
  if (c >= 'A' && c <= 'F') return static_cast<unsigned>(c - 'A') + 10;
  return 16;
}

}  // namespace

BodyWalker::BodyWalker(BodyFraming framing) : left_(framing.length) {
  switch (framing.kind) {
    case BodyFraming::Kind::none:
      place_ = Place::done;
      break;
    case BodyFraming::Kind::length:
      place_ = left_ > 0 ? Place::length : Place::done;
      break;
    case BodyFraming::Kind::chunked:
      place_ = Place::size_first;
      break;
    case BodyFraming::Kind::until_close:
      place_ = Place::until_close;
      break;
  }
}

std::size_t BodyWalker::take(Bytes bytes, std::string* payload) {
  std::size_t at = 0;
  while (at < bytes.size() && !done() && !malformed_) {
    if (is_content()) {
      const Bytes content = take_content(bytes.subspan(at));
      if (payload) payload->append(websocket::as_text(content));
      at += content.size();
    } else if (step(static_cast<char>(bytes[at]))) {
      ++at;
    }
  }
  return at;
}

bool BodyWalker::is_content() const {
  return place_ == Place::until_close || place_ == Place::length || place_ == Place::data;
}

Bytes BodyWalker::take_content(Bytes bytes) {
  if (place_ == Place::until_close) return bytes;
  const Bytes content = bytes.first(std::min<std::uint64_t>(left_, bytes.size()));
  left_ -= content.size();
  if (left_ == 0) place_ = place_ == Place::length ? Place::done : Place::data_cr;
  return content;
}

bool BodyWalker::refuse(Malformed reason) {
  malformed_ = reason;
  return false;
}

bool BodyWalker::expect(char byte, char expected, Place next, Malformed otherwise) {
  if (byte != expected) return refuse(otherwise);
  place_ = next;
  return true;
}

bool BodyWalker::step(char byte) {
  switch (place_) {
    case Place::size_first:
    case Place::size:
    case Place::extension:
      return step_size_line(byte);
    case Place::size_lf:
      line_ = 0;
      return expect(byte, '\n', left_ > 0 ? Place::data : Place::trailer_start, Malformed::bare_cr);
    case Place::data_cr:
      return expect(byte, '\r', Place::data_lf, Malformed::bad_chunk);
    case Place::data_lf:
      return expect(byte, '\n', Place::size_first, Malformed::bad_chunk);
    case Place::trailer_lf:
      return expect(byte, '\n', Place::trailer_start, Malformed::bare_cr);
    case Place::last_lf:
      return expect(byte, '\n', Place::done, Malformed::bare_cr);
    default:
      return step_trailer(byte);
  }
}

bool BodyWalker::step_size_line(char byte) {
  if (++line_ > kMaxChunkLine) return refuse(Malformed::bad_chunk);
  if (place_ != Place::size_first && byte == '\r') {
    place_ = Place::size_lf;
    return true;
  }
  if (place_ == Place::extension) return step_text(byte);
  if (place_ == Place::size && byte == ';') {
    place_ = Place::extension;
    return true;
  }
  if (place_ == Place::size && byte == '\n') return refuse(Malformed::bare_lf);
  const unsigned digit = hex_value(byte);
  if (digit > 15 || left_ > kMostBeforeDigit) return refuse(Malformed::bad_chunk_size);
  left_ = left_ * 16 + digit;
  place_ = Place::size;
  return true;
}

// A byte of an extension or of a trailer's value.
bool BodyWalker::step_text(char byte) {
  if (byte == '\n') return refuse(Malformed::bare_lf);
  if (byte == '\0') return refuse(Malformed::nul_byte);
  return is_field_value({&byte, 1}) || refuse(Malformed::control_character);
}

bool BodyWalker::step_trailer(char byte) {
  if (++trailer_bytes_ > kMaxTrailerBytes) return refuse(Malformed::bad_trailer);
  if (place_ == Place::trailer_value) {
    if (byte != '\r') return step_text(byte);
    place_ = Place::trailer_lf;
    return true;
  }
  if (place_ == Place::trailer_start) {
    if (byte == '\r') {
      place_ = Place::last_lf;
      return true;
    }
    if (++trailers_ > kMaxTrailers) return refuse(Malformed::bad_trailer);
    name_length_ = 0;
    place_ = Place::trailer_name;
  }
  return step_trailer_name(byte);
}

bool BodyWalker::step_trailer_name(char byte) {
  if (byte == ':' && name_length_ > 0) {
    place_ = Place::trailer_value;
    // Fields that frame, route or open something come too late behind a body (RFC 9110 section
    // 6.5.1); whoever merges them into the head would be led astray.
    const std::string_view name{name_.data(), name_length_};
    return !(is_protected_field(name) || imitates_other_field(name)) ||
           refuse(Malformed::bad_trailer);
  }
  if (!is_token({&byte, 1})) return refuse(Malformed::bad_trailer);
  if (name_length_ < name_.size()) name_[name_length_++] = byte;
  return true;
}

}  // namespace proxy
