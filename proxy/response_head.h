#ifndef CLOSEWATCH_PROXY_RESPONSE_HEAD_H_
#define CLOSEWATCH_PROXY_RESPONSE_HEAD_H_

#include <string_view>
#include <variant>
#include <vector>

#include "proxy/fields.h"
#include "proxy/head_reader.h"
#include "proxy/malformed.h"

namespace proxy {

// A response head that is valid by RFC 9112, read strictly. All views belong to `text`; it can be
// moved, not copied.
struct ResponseHead {
  HeadText text;
  HttpVersion version = HttpVersion::http_1_1;
  unsigned status = 0;  // 100 to 999
  std::string_view reason;
  Fields fields;
  BodyFraming body;  // none for a request of HEAD and for 1xx, 204 and 304, whatever the fields say
  // May the upstream connection be used again after the body? Never with until_close or HTTP/1.0.
  bool keep_alive = false;
  std::vector<std::string_view> connection;
  std::vector<std::string_view> upgrade;

  // 1xx but 101: another head follows for the same request.
  bool is_interim() const { return status < 200 && status != 101; }
};

// What a response is the answer to.
struct RequestAsked {
  std::string_view method;
  bool upgrade = false;
};

// The response head in a complete text of HeadReader's. A 101 where no upgrade was asked for is
// malformed.
std::variant<ResponseHead, Malformed> parse_response_head(HeadText text, RequestAsked asked,
                                                          const HeadLimits& limits = {});

}  // namespace proxy

#endif  // CLOSEWATCH_PROXY_RESPONSE_HEAD_H_
