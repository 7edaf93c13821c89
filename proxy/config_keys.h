#ifndef CLOSEWATCH_PROXY_CONFIG_KEYS_H_
#define CLOSEWATCH_PROXY_CONFIG_KEYS_H_

#include <array>
#include <optional>
#include <string_view>
#include <vector>

#include "config/fields.h"
#include "config/value.h"
#include "proxy/config.h"

namespace proxy {

// The parts of a configuration, for the tables of keys. Each reads one value, complains of what is
// wrong with it, and returns nothing where there is nothing to go on with.

std::optional<ListenerOptions> listener(const config::Value& value);
std::optional<ServiceOptions> service(const config::Value& value);
std::optional<RouteOptions> route(const config::Value& value);
std::optional<CloseToSend> close_to_send(const config::Value& value);
// As close_to_send(); warns of codes that clients are known to take amiss.
std::optional<CloseToSend> close_to_client(const config::Value& value);
std::optional<UpstreamTls> upstream_tls(const config::Value& value);

// The `timeouts` of the proxy, and those of a service, without what holds before it is known.
void read_timeouts(const config::Value& value, Timeouts& timeouts);
void read_service_timeouts(const config::Value& value, Timeouts& timeouts);

// A name of a header field or a cookie (RFC 9110 section 5.6.2).
std::optional<std::string> token(const config::Value& value);

inline constexpr std::uint64_t kMaxThreads = 1024;

// Would two listeners get each other's connections? Every address is the same place as 0.0.0.0 and
// as ::, which are not the same.
bool is_same_place(const config::ListenAddress& one, const config::ListenAddress& other);

inline constexpr std::array<std::string_view, 2> kTlsVersions{"1.2", "1.3"};

// Can it be connected to: has it a host and a port?
bool is_upstream(const config::ListenAddress& address);
inline constexpr std::string_view kUpstreamForm =
    "HOST:PORT, such as 10.0.0.1:9000 or chat.internal:9000";

// What takes more than one key, once all are good: the services' timeouts over those of the proxy,
// and what names something else in the configuration.
void finish_config(const config::Value& root, ProxyConfig& config);

}  // namespace proxy

#endif  // CLOSEWATCH_PROXY_CONFIG_KEYS_H_
