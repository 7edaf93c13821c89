#ifndef CLOSEWATCH_METRICS_HTTP_POST_H_
#define CLOSEWATCH_METRICS_HTTP_POST_H_

#include <memory>
#include <string>
#include <string_view>

#include "config/web_address.h"
#include "websocket/bytes.h"

namespace metrics {

// Posts JSON to one server over HTTP/1.1, with TLS verified where the address is https, over a new
// connection each time. Blocks its thread, at most for the timeout. Not thread-safe.
class HttpPost {
 public:
  struct Options {
    config::WebAddress address;
    std::string ca_file;   // of https; empty: the system's
    std::string username;  // empty: no basic authentication
    std::string password;
    websocket::Duration timeout;
  };
  struct Result {
    unsigned status = 0;  // of the response; 0: there was none
    std::string error;    // then one sentence
  };

  // Throws std::runtime_error with one sentence when the CA file cannot be used.
  explicit HttpPost(Options options);
  HttpPost(const HttpPost&) = delete;
  HttpPost& operator=(const HttpPost&) = delete;
  ~HttpPost();

  // `target` is appended to the address's path.
  Result post(std::string_view target, std::string body);

 private:
  class Client;
  std::unique_ptr<Client> client_;
};

}  // namespace metrics

#endif  // CLOSEWATCH_METRICS_HTTP_POST_H_
