#ifndef CLOSEWATCH_TESTS_PROXY_HEADS_H_
#define CLOSEWATCH_TESTS_PROXY_HEADS_H_

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "proxy/head_reader.h"
#include "proxy/request_head.h"
#include "proxy/response_head.h"
#include "tests/websocket/pieces.h"

namespace proxy {

// What became of a stream that begins with a head.
struct ReadHead {
  HeadReader::Status status = HeadReader::Status::partial;
  std::optional<Malformed> reason;
  HeadText text;
  std::string rest;
};

inline ReadHead read_head(const websocket::Pieces& pieces, HeadReader::Of of,
                          HeadLimits limits = {}) {
  HeadReader reader{of, limits};
  ReadHead read;
  for (const support::ByteString& piece : pieces) {
    Bytes bytes{piece};
    if (read.status == HeadReader::Status::partial) {
      read.status = reader.take(bytes);
      if (read.status == HeadReader::Status::complete) read.text = reader.take_text();
      if (read.status == HeadReader::Status::malformed) read.reason = reader.malformed();
      EXPECT_LE(reader.memory(), 2 * limits.bytes);
    }
    if (read.status != HeadReader::Status::partial) read.rest += websocket::as_text(bytes);
  }
  return read;
}

inline websocket::Pieces whole(std::string_view text) { return {support::bytes_of(text)}; }

using ReadRequest = std::variant<RequestHead, Malformed>;
using ReadResponse = std::variant<ResponseHead, Malformed>;

inline ReadRequest read_request(const websocket::Pieces& pieces, HeadLimits limits = {}) {
  ReadHead read = read_head(pieces, HeadReader::Of::request, limits);
  if (read.reason) return *read.reason;
  EXPECT_EQ(read.status, HeadReader::Status::complete);
  return parse_request_head(std::move(read.text), limits);
}

inline ReadResponse read_response(const websocket::Pieces& pieces, RequestAsked asked,
                                  HeadLimits limits = {}) {
  ReadHead read = read_head(pieces, HeadReader::Of::response, limits);
  if (read.reason) return *read.reason;
  EXPECT_EQ(read.status, HeadReader::Status::complete);
  return parse_response_head(std::move(read.text), asked, limits);
}

// The reason's name; "accepted" when there is none.
template <typename Head>
std::string told(const std::variant<Head, Malformed>& read) {
  const auto* reason = std::get_if<Malformed>(&read);
  return std::string{reason ? name(*reason) : "accepted"};
}

// The head in `text`, which must be valid.
inline RequestHead request(std::string_view text) {
  ReadRequest read = read_request(whole(text));
  EXPECT_EQ(told(read), "accepted") << text;
  return std::holds_alternative<RequestHead>(read) ? std::get<RequestHead>(std::move(read))
                                                   : RequestHead{};
}

inline ResponseHead response(std::string_view text, RequestAsked asked = {"GET", false}) {
  ReadResponse read = read_response(whole(text), asked);
  EXPECT_EQ(told(read), "accepted") << text;
  return std::holds_alternative<ResponseHead>(read) ? std::get<ResponseHead>(std::move(read))
                                                    : ResponseHead{};
}

}  // namespace proxy

#endif  // CLOSEWATCH_TESTS_PROXY_HEADS_H_
