#ifndef CLOSEWATCH_CONFIG_HOST_AND_PATH_H_
#define CLOSEWATCH_CONFIG_HOST_AND_PATH_H_

#include <string>
#include <string_view>

namespace config {

// A Host header field's host in lower case, without its port and without the dot of the root. An
// IPv6 address keeps its brackets.
std::string normal_host(std::string_view host);

// A pattern as in the configuration: a host name, an address ("[::1]" for IPv6), or "*." and a
// name.
bool is_host_pattern(std::string_view pattern);

// Both normal_host(); "*.example.com" matches every name below example.com at any depth.
bool host_matches(std::string_view pattern, std::string_view host);

// Is `prefix` the path or one of the directories above it? A query is no part of the path.
bool path_matches(std::string_view prefix, std::string_view path);

}  // namespace config

#endif  // CLOSEWATCH_CONFIG_HOST_AND_PATH_H_
