#ifndef CLOSEWATCH_PROXY_ROUTING_H_
#define CLOSEWATCH_PROXY_ROUTING_H_

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "proxy/config.h"
#include "proxy/counters.h"

namespace proxy {

// Where a request goes.
struct RouteMatch {
  const RouteOptions* options = nullptr;  // of the Routes that was asked, never null
  std::size_t service = 0;                // index into ProxyConfig::services
};

// The routes of one configuration. Never changes; any thread may ask. Shared by whoever still
// serves a request by it while a reload makes a new one.
//
// A path can be read in two ways: as it stands in the request, with no more than escapes of
// unreserved characters undone (RFC 3986 section 6.2.2.2), and as an upstream may read it: decoded,
// slashes merged, "\" for "/", parameters left out (routing_path() in proxy/request_target.h).
// Where the two lead to different routes, one that refuses wins, then one that checks the Origin
// while the other does not, then the second reading. A path with a segment "." or ".." in either
// reading is denied: nobody can tell where it leads.
class Routes {
 public:
  // A route to a service that `config` does not have denies.
  explicit Routes(const ProxyConfig& config);
  Routes(const Routes&) = delete;
  Routes& operator=(const Routes&) = delete;

  // `host`: host[:port] of the request in any case, perhaps empty. `path`: as it came, without
  // query. `path_as_decoded`: routing_path() of it. Rejection::denied or Rejection::no_route where
  // it goes nowhere.
  std::variant<RouteMatch, Rejection> match(std::string_view host, std::string_view path,
                                            std::string_view path_as_decoded) const;

 private:
  // How a path is read; also the index of Route::paths.
  enum Reading : std::size_t { as_it_stands, decoded };
  struct Route {
    RouteOptions options;
    std::vector<std::string> hosts;                 // in normal form
    std::array<std::vector<std::string>, 2> paths;  // by Reading
    std::optional<std::size_t> service;             // absent: deny
  };

  const Route* first_match(std::string_view host, std::string_view path, Reading reading) const;

  std::vector<Route> routes_;
};

// May a WebSocket whose Origin field has this value come in? Schemes and hosts compare
// case-insensitively (RFC 6454 section 4); without a list, always; with one, not without an Origin.
bool allows_origin(const RouteOptions& route, std::optional<std::string_view> origin);

}  // namespace proxy

#endif  // CLOSEWATCH_PROXY_ROUTING_H_
