#include "proxy/routing.h"

#include <gtest/gtest.h>

#include <string>
#include <variant>
#include <vector>

#include "proxy/request_target.h"

namespace proxy {
namespace {

ServiceOptions service(const std::string& name) {
  ServiceOptions options;
  options.name = name;
  return options;
}

RouteOptions route(std::vector<std::string> hosts, std::vector<std::string> paths,
                   const std::string& service_name) {
  RouteOptions options;
  options.hosts = std::move(hosts);
  options.paths = std::move(paths);
  options.service = service_name;
  return options;
}

ProxyConfig config_with(std::vector<RouteOptions> routes) {
  ProxyConfig config;
  config.services = {service("chat"), service("files"), service("site")};
  config.routes = std::move(routes);
  return config;
}

// The service's name, "denied", "no_route"; "400" where the request's target is refused before.
std::string where(const ProxyConfig& config, std::string_view host, std::string_view target) {
  const std::optional<RequestTarget> parsed = parse_request_target(target);
  const auto decoded = parsed ? routing_path(parsed->path) : std::nullopt;
  if (!decoded) return "400";
  const Routes routes{config};
  const auto match = routes.match(host, parsed->path, *decoded);
  if (const auto* refused = std::get_if<Rejection>(&match)) {
    return std::string{kRejectionNames[static_cast<std::size_t>(*refused)]};
  }
  return config.services[std::get<RouteMatch>(match).service].name;
}

TEST(Routes, WithoutRoutesEverythingGoesToTheFirstService) {
  const ProxyConfig config = config_with({});
  EXPECT_EQ(where(config, "anything.example", "/any/path?x=1"), "chat");
  EXPECT_EQ(where(config, "", "*"), "chat");
}

TEST(Routes, TheFirstThatMatchesTakesTheRequest) {
  const ProxyConfig config =
      config_with({route({"chat.example.com"}, {"/ws", "/socket.io/"}, "chat"),
                   route({}, {"/files"}, "files"), route({"*.example.com"}, {}, "site")});
  const struct {
    std::string_view host, target, goes_to;
  } cases[] = {
      {"chat.example.com", "/ws", "chat"},
      {"chat.example.com", "/ws/room?x", "chat"},
      {"chat.example.com", "/socket.io", "chat"},
      {"chat.example.com", "/socket.io/?EIO=4", "chat"},
      {"chat.example.com", "/wss", "site"},
      {"CHAT.Example.COM:8443", "/ws", "chat"},
      {"chat.example.com.", "/ws", "chat"},
      {"chat.example.com.:80", "/ws", "chat"},
      {"other.test", "/files/a", "files"},
      {"other.test", "/filesystem", "no_route"},
      {"a.b.example.com", "/", "site"},
      {"example.com", "/", "no_route"},
      {"notexample.com", "/", "no_route"},
      {"", "/files", "files"},
      {"", "/ws", "no_route"},
      {"chat.example.com", "*", "site"},
      {"other.test", "*", "no_route"},
  };
  for (const auto& one : cases) {
    EXPECT_EQ(where(config, one.host, one.target), one.goes_to) << one.host << one.target;
  }
}

// Every spelling of /admin that some upstream takes for /admin, and those that only look like it.
TEST(Routes, NoSpellingSlipsPastADeny) {
  const ProxyConfig config = config_with({route({}, {"/admin"}, ""), route({}, {}, "site")});
  const struct {
    std::string_view target, goes_to;
  } cases[] = {
      {"/admin", "denied"},
      {"/admin/", "denied"},
      {"/admin?x", "denied"},
      {"/admin/users", "denied"},
      {"http://any.example/admin", "denied"},
      {"/%61dmin", "denied"},
      {"/%61%64%6D%69%6e", "denied"},
      {"//admin", "denied"},
      {"///admin//x", "denied"},
      {"/%2fadmin", "denied"},
      {"/%2Fadmin", "denied"},
      {"/%5cadmin", "denied"},
      {"/admin%2fusers", "denied"},
      {"/admin%5Cusers", "denied"},
      {"/admin;x=1", "denied"},
      {"/admin;x=1/users", "denied"},
      {"/;x/admin", "denied"},
      {"/admin%3bx", "denied"},
      {"/admin%3fx", "denied"},
      {"/public/../admin", "400"},
      {"/public/%2e%2e/admin", "400"},
      {"/public/.%2E/admin", "400"},
      {"/public/..%2fadmin", "400"},
      {"/public%2f..%2fadmin", "400"},
      {"/public/..%5cadmin", "400"},
      {"/public/..;/admin", "400"},
      {"/public/..;x=1/admin", "400"},
      {"/./admin", "400"},
      {"/%2e/admin", "400"},
      {"/public\\..\\admin", "400"},
      {"/admin%00", "400"},
      {"/admin%", "400"},
      {"/admin%zz", "400"},
      {"/administrator", "site"},
      {"/public/admin", "site"},
      {"/public?/../admin", "site"},
      {"/", "site"},
  };
  for (const auto& one : cases)
    EXPECT_EQ(where(config, "a.example", one.target), one.goes_to) << one.target;
}

TEST(Routes, DotSegmentsAreDeniedWhoeverAsks) {
  const Routes routes{config_with({route({}, {}, "site")})};
  for (const auto& [raw, decoded] : std::vector<std::pair<std::string, std::string>>{
           {"/a/../b", "/b"}, {"/a/%2e%2E/b", "/b"}, {"/a", "/a/.."}, {"/.", "/"}}) {
    const auto match = routes.match("a.example", raw, decoded);
    ASSERT_TRUE(std::holds_alternative<Rejection>(match)) << raw;
    EXPECT_EQ(std::get<Rejection>(match), Rejection::denied);
  }
  EXPECT_TRUE(std::holds_alternative<RouteMatch>(routes.match("a.example", "/a..b/.c/d.", "/x")));
}

// A deny that stands behind a service which takes only a part of it.
TEST(Routes, WhatIsPermittedInADeniedFolderMustBeInBothReadings) {
  const ProxyConfig config = config_with(
      {route({}, {"/admin/login"}, "chat"), route({}, {"/admin"}, ""), route({}, {}, "site")});
  EXPECT_EQ(where(config, "h", "/admin/login"), "chat");
  EXPECT_EQ(where(config, "h", "/admin/%6Cogin"), "chat");
  EXPECT_EQ(where(config, "h", "/admin//login"), "denied");
  EXPECT_EQ(where(config, "h", "/admin///login/x"), "denied");
  EXPECT_EQ(where(config, "h", "/admin/login;/../x"), "400");
  // One segment that is not "admin", or what is permitted.
  EXPECT_EQ(where(config, "h", "/admin%2flogin"), "chat");
  EXPECT_EQ(where(config, "h", "/admin;/login"), "chat");
}

TEST(Routes, AnAmbiguousPathBetweenServicesGoesWhereItIsDecodedTo) {
  const ProxyConfig config =
      config_with({route({}, {"/socket.io"}, "chat"), route({}, {}, "site")});
  EXPECT_EQ(where(config, "h", "//socket.io/"), "chat");
  EXPECT_EQ(where(config, "h", "/socket%2Eio"), "chat");
  EXPECT_EQ(where(config, "h", "/a%2fsocket.io"), "site");
}

TEST(Routes, PrefixesMayBeWrittenEscaped) {
  const ProxyConfig config =
      config_with({route({}, {"/a%20b", "/x%2fy"}, "chat"), route({}, {"/%7euser"}, "files")});
  EXPECT_EQ(where(config, "h", "/a%20b/c"), "chat");
  EXPECT_EQ(where(config, "h", "/x%2Fy"), "chat");
  EXPECT_EQ(where(config, "h", "/~user"), "files");
  EXPECT_EQ(where(config, "h", "/%7Euser/"), "files");
}

TEST(Routes, AmbiguityDoesNotGetRidOfAnOriginList) {
  RouteOptions strict = route({}, {"/app"}, "chat");
  strict.allowed_origins = {"https://example.com"};
  const ProxyConfig config =
      config_with({route({}, {"/app/public"}, "chat"), strict, route({}, {}, "site")});
  const Routes routes{config};
  for (const std::string path : {"/app/x", "//app/x", "/%2fapp", "/app//public", "/app;x"}) {
    const auto match = routes.match("h", path, routing_path(path).value());
    ASSERT_TRUE(std::holds_alternative<RouteMatch>(match)) << path;
    EXPECT_EQ(std::get<RouteMatch>(match).options->allowed_origins, strict.allowed_origins) << path;
  }
  const auto open = routes.match("h", "/app/public", "/app/public");
  EXPECT_TRUE(std::get<RouteMatch>(open).options->allowed_origins.empty());
}

TEST(Routes, NoSpellingOfAHostSlipsPastADeny) {
  const ProxyConfig config =
      config_with({route({"internal.example", "*.secret.example"}, {}, ""), route({}, {}, "site")});
  for (const std::string_view host :
       {"internal.example", "INTERNAL.example", "internal.example.", "internal.example..",
        "internal.example:81", "internal.example.:81", "a.secret.example", "a.b.Secret.Example."}) {
    EXPECT_EQ(where(config, host, "/"), "denied") << host;
  }
  EXPECT_EQ(where(config, "secret.example", "/"), "site");
}

TEST(Routes, AServiceThatIsNotThereDenies) {
  EXPECT_EQ(where(config_with({route({}, {}, "nowhere")}), "h", "/"), "denied");
}

TEST(AllowsOrigin, ByItsList) {
  RouteOptions options;
  EXPECT_TRUE(allows_origin(options, std::nullopt));
  EXPECT_TRUE(allows_origin(options, "https://evil.example"));
  options.allowed_origins = {"https://app.example.com", "http://localhost:3000"};
  EXPECT_TRUE(allows_origin(options, "https://app.example.com"));
  EXPECT_TRUE(allows_origin(options, "HTTPS://App.Example.com"));
  EXPECT_TRUE(allows_origin(options, "http://localhost:3000"));
  for (const std::string_view origin :
       {"", "null", "https://evil.example", "http://app.example.com", "https://app.example.com:444",
        "https://app.example.com.evil.example", "https://xapp.example.com", "http://localhost"}) {
    EXPECT_FALSE(allows_origin(options, origin)) << origin;
  }
  EXPECT_FALSE(allows_origin(options, std::nullopt));
}

}  // namespace
}  // namespace proxy
