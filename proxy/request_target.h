#ifndef CLOSEWATCH_PROXY_REQUEST_TARGET_H_
#define CLOSEWATCH_PROXY_REQUEST_TARGET_H_

#include <optional>
#include <string>
#include <string_view>

namespace proxy {

// A request target (RFC 9112 section 3.2) in its parts, which are views of the text parsed.
struct RequestTarget {
  std::string_view authority;  // of an absolute-form; empty otherwise
  std::string_view path;       // "*" for asterisk-form; empty where an absolute-form has none
  std::string_view query;      // with its "?"; empty when there is none
};

// Origin-form, absolute-form of http and https, asterisk-form. Refused: authority-form, userinfo, a
// fragment, a raw backslash, anything but visible ASCII.
std::optional<RequestTarget> parse_request_target(std::string_view text);

// The path by which a route is chosen, so that no spelling of a path escapes the route it means for
// some upstream: percent-decoded once, "\" taken as "/", repeated slashes merged, parameters (";x")
// left out of each segment. Absent: a bad escape, an escaped NUL, or a dot segment in any of these
// spellings, which no client's URL parser leaves in.
std::optional<std::string> routing_path(std::string_view path);

// host[:port] as in Host and in an absolute-form: a name, an IPv4 address, or an IPv6 address in
// brackets; a port of 1 to 65535.
bool is_authority(std::string_view text);
// The host of a valid authority, without its port; an IPv6 address keeps its brackets.
std::string_view host_of(std::string_view authority);

}  // namespace proxy

#endif  // CLOSEWATCH_PROXY_REQUEST_TARGET_H_
