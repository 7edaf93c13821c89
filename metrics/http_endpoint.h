#ifndef CLOSEWATCH_METRICS_HTTP_ENDPOINT_H_
#define CLOSEWATCH_METRICS_HTTP_ENDPOINT_H_

#include <chrono>
#include <cstddef>
#include <memory>

#include "config/listen_address.h"
#include "metrics/scrape_pages.h"

namespace metrics {

// Serves the pages over HTTP/1.1 from a thread of its own: GET and HEAD, nothing else. Neither slow
// nor idle clients keep others waiting: a request has a deadline, and the connection that has been
// silent longest makes room when there are too many.
class HttpEndpoint {
 public:
  struct Limits {
    std::size_t connections = 64;
    std::size_t header_bytes = 8192;
    std::chrono::milliseconds request = std::chrono::seconds{10};  // to read, and to answer
    std::chrono::milliseconds idle = std::chrono::minutes{2};      // between two requests
  };

  // Listens when it returns, and answers from serve() on. Throws std::runtime_error with one
  // sentence when it cannot. `pages` outlives this.
  HttpEndpoint(const ScrapePages& pages, const config::ListenAddress& address)
      : HttpEndpoint(pages, address, Limits{}) {}
  HttpEndpoint(const ScrapePages& pages, const config::ListenAddress& address,
               const Limits& limits);
  HttpEndpoint(const HttpEndpoint&) = delete;
  HttpEndpoint& operator=(const HttpEndpoint&) = delete;
  // Drops every connection at once.
  ~HttpEndpoint();

  // Begins its thread.
  void serve();

  // Where it listens: the port that the system chose if 0 was asked for.
  const config::ListenAddress& address() const;

 private:
  class Server;
  std::unique_ptr<Server> server_;
};

}  // namespace metrics

#endif  // CLOSEWATCH_METRICS_HTTP_ENDPOINT_H_
