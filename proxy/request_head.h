#ifndef CLOSEWATCH_PROXY_REQUEST_HEAD_H_
#define CLOSEWATCH_PROXY_REQUEST_HEAD_H_

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "proxy/fields.h"
#include "proxy/head_reader.h"
#include "proxy/malformed.h"

namespace proxy {

// A request head that is valid by RFC 9112 sections 2 to 6, read strictly. All views belong to
// `text`; it can be moved, not copied.
struct RequestHead {
  HeadText text;
  std::string_view method;
  std::string_view target;   // as it came
  std::string_view path;     // "/" at least, or "*"; what is sent upstream is path and query
  std::string_view query;    // with its "?", or empty
  std::string routing_path;  // see request_target.h
  HttpVersion version = HttpVersion::http_1_1;
  // host[:port] of the target where that is in absolute-form, else the Host field's (RFC 9112
  // section 3.2.2). Empty only in HTTP/1.0.
  std::string_view host;
  Fields fields;
  BodyFraming body;  // never until_close
  // May another request follow on the connection? Never with HTTP/1.0.
  bool keep_alive = false;
  // Does the client wait for 100 (Continue) before it sends the body? Never with HTTP/1.0.
  bool expect_continue = false;
  std::vector<std::string_view> connection;  // the options of all Connection fields
  std::vector<std::string_view> upgrade;     // the protocols of all Upgrade fields
};

// The request head in a complete text of HeadReader's. Host and target are valid; there is at most
// one length; Transfer-Encoding is "chunked" or not there. Refuses CONNECT.
std::variant<RequestHead, Malformed> parse_request_head(HeadText text,
                                                        const HeadLimits& limits = {});

}  // namespace proxy

#endif  // CLOSEWATCH_PROXY_REQUEST_HEAD_H_
