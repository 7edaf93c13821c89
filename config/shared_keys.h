#ifndef CLOSEWATCH_CONFIG_SHARED_KEYS_H_
#define CLOSEWATCH_CONFIG_SHARED_KEYS_H_

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "config/code_profile.h"
#include "config/fields.h"
#include "config/listen_address.h"

namespace config {

// What the configurations of several programs have in common, for their tables of keys. Each of
// these reads one value, or complains and returns nothing.

std::optional<std::string> not_empty(const Value& value);

// A name that is_service_name() and not `other`, which no configuration may take.
std::optional<std::string> service_name(const Value& value);

// A pattern for host_matches(), as it was written.
std::optional<std::string> host_pattern(const Value& value);

// A prefix for path_matches().
std::optional<std::string> path_prefix(const Value& value);

// {4001: session-expired}: the codes that an application may give a meaning, 3000 to 4999
// (RFC 6455 section 7.4.2).
std::optional<std::vector<CodeName>> code_names(const Value& value);

std::optional<CodeProfile> code_profile(const Value& value);

// The `metrics` section.
struct MetricsOptions {
  ListenAddress listen;
};
inline constexpr auto kMetricsKeys = std::to_array<Key<MetricsOptions>>({
    {"listen", field<&MetricsOptions::listen, listen_address>},
});

}  // namespace config

#endif  // CLOSEWATCH_CONFIG_SHARED_KEYS_H_
