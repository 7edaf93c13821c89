#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "proxy/config.h"
#include "proxy/header_rules.h"
#include "proxy/options.h"
#include "websocket/close_code.h"

namespace {

void require(bool is_true) {
  if (!is_true) __builtin_trap();
}

// What the rest of the proxy relies on.
void expect_usable(const proxy::ProxyConfig& config) {
  const auto is_sendable = [](const proxy::CloseToSend& close) {
    return websocket::is_valid_status_code(close.code) && close.reason.size() <= 123;
  };
  require(is_sendable(config.drain.to_client) && is_sendable(config.drain.to_upstream));
  require(config.services.size() < 64);
  for (const proxy::ServiceOptions& service : config.services) {
    require(!service.name.empty() && !service.upstreams.empty());
    require(!service.on_upstream_lost || is_sendable(*service.on_upstream_lost));
  }
  for (const proxy::RouteOptions& route : config.routes) {
    require(problem_with(route.request_headers).empty());
    require(problem_with(route.response_headers).empty());
    require(route.service.empty() ||
            std::ranges::any_of(config.services, [&](const proxy::ServiceOptions& service) {
              return service.name == route.service;
            }));
  }
}

}  // namespace

// A configuration is read or refused, and what it is refused with is fit for a terminal.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::vector<std::string> problems;
  const std::string_view yaml(reinterpret_cast<const char*>(data), size);
  auto config = proxy::read_config(yaml, "fuzz.yaml", problems);
  if (config) {
    expect_usable(*config);
    override_config(proxy::Options{}, *config);
  }
  for (const std::string& sentence : problems) {
    require(std::ranges::all_of(sentence, [](char c) { return c >= 0x20 && c < 0x7f; }));
    require(!config || sentence.find(": warning: ") != std::string::npos);
  }
  require(config || !problems.empty());
  return 0;
}
