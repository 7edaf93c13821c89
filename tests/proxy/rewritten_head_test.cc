#include "proxy/rewritten_head.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "proxy/address_range.h"
#include "tests/proxy/heads.h"

namespace proxy {
namespace {

ClientLeg client(std::string_view address, bool trusted = false, bool tls = false) {
  ClientLeg leg{.peer_is_trusted = trusted, .tls = tls};
  leg.peer = parse_address(address).value();
  leg.peer.port = 5555;
  return leg;
}

std::string upstream(std::string_view text, const ClientLeg& leg = client("192.0.2.7"),
                     const HeaderRules& rules = {},
                     const UpstreamHeadChoices& choices = {.keep_alive = true}) {
  return head_for_upstream(request(text), leg, rules, choices);
}

// "Name: value" lines, without the start line and the blank line, that name one of `names`.
std::vector<std::string> lines_of(std::string_view head, std::vector<std::string_view> names) {
  std::vector<std::string> lines;
  const std::size_t start = head.find("\r\n") + 2;
  auto parsed = Fields::parse(head.substr(start, head.size() - start - 2), 200);
  const Fields fields = std::get<Fields>(parsed);
  for (const HttpField& field : fields) {
    for (const std::string_view name : names) {
      if (websocket::equals_ignoring_case(field.name, name)) {
        lines.push_back(std::string{field.name} + ": " + std::string{field.value});
      }
    }
  }
  return lines;
}

using Lines = std::vector<std::string>;

TEST(HeadForUpstream, IsRebuilt) {
  EXPECT_EQ(
      upstream("GET http://b.example/a?b HTTP/1.1\r\nAccept:  */*\t\r\nHost: a\r\nX: y\r\n\r\n"),
      "GET /a?b HTTP/1.1\r\nHost: b.example\r\nAccept: */*\r\nX: y\r\n"
      "Connection: keep-alive\r\nX-Forwarded-For: 192.0.2.7\r\nX-Forwarded-Proto: http\r\n"
      "X-Forwarded-Host: b.example\r\n"
      "Forwarded: for=192.0.2.7;host=b.example;proto=http\r\n\r\n");
}

TEST(HeadForUpstream, AsksForTheUpgradeItself) {
  const std::string head = upstream(
      "GET /chat HTTP/1.1\r\nHost: a\r\nConnection: keep-alive, UPGRADE, Sec-WebSocket-Key, Host, "
      "X\r\n"
      "Upgrade: WebSocket\r\nX: y\r\nContent-Length: 0\r\nSec-WebSocket-Key: k\r\n"
      "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: a, b\r\nOrigin: o\r\n\r\n",
      client("192.0.2.7", false, true), {}, {.upgrade = true});
  EXPECT_EQ(head,
            "GET /chat HTTP/1.1\r\nHost: a\r\nSec-WebSocket-Key: k\r\nSec-WebSocket-Version: 13\r\n"
            "Sec-WebSocket-Protocol: a, b\r\nOrigin: o\r\nUpgrade: websocket\r\n"
            "Connection: Upgrade\r\nX-Forwarded-For: 192.0.2.7\r\nX-Forwarded-Proto: https\r\n"
            "X-Forwarded-Host: a\r\nForwarded: for=192.0.2.7;host=a;proto=https\r\n\r\n");
}

TEST(HeadForUpstream, LeavesOutWhatBelongsToTheConnection) {
  const std::string head = upstream(
      "POST / HTTP/1.1\r\nHost: a\r\nConnection: X-Secret, close, Authorization\r\nX-Secret: 1\r\n"
      "x-secret: 2\r\nAuthorization: a\r\nKeep-Alive: timeout=5\r\nProxy-Connection: x\r\n"
      "Proxy-Authorization: b\r\nProxy: http://evil/\r\nTE: gzip\r\nUpgrade: h2c\r\n"
      "HTTP2-Settings: x\r\nTrailer: T\r\nTransfer-Encoding: Chunked\r\nCookie: c\r\n\r\n");
  EXPECT_EQ(lines_of(head, {"X-Secret", "Authorization", "Keep-Alive", "Proxy-Connection",
                            "Proxy-Authorization", "Proxy", "TE", "Upgrade", "HTTP2-Settings"}),
            Lines{});
  EXPECT_EQ(
      lines_of(head, {"Connection", "Trailer", "Transfer-Encoding", "Cookie"}),
      (Lines{"Trailer: T", "Cookie: c", "Connection: keep-alive", "Transfer-Encoding: chunked"}));
}

TEST(HeadForUpstream, ConnectionCannotNominateWhatIsNeeded) {
  const std::string head = upstream(
      "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 007\r\nOrigin: o\r\nExpect: 100-continue\r\n"
      "X-Forwarded-Prefix: /p\r\n"
      "Connection: Host, Content-Length, Transfer-Encoding, Origin, Expect, X-Forwarded-For\r\n"
      "Connection: X-Forwarded-Proto, X-Forwarded-Host, Forwarded, X-Forwarded-Prefix, "
      "Connection\r\n"
      "\r\n",
      client("10.0.0.1", true));
  EXPECT_EQ(lines_of(head, {"Host", "Content-Length", "Origin", "Expect", "X-Forwarded-Prefix",
                            "X-Forwarded-For", "X-Forwarded-Proto", "Forwarded", "Connection"}),
            (Lines{"Host: a", "Origin: o", "Expect: 100-continue", "X-Forwarded-Prefix: /p",
                   "Connection: keep-alive", "Content-Length: 7", "X-Forwarded-For: 10.0.0.1",
                   "X-Forwarded-Proto: http", "Forwarded: for=10.0.0.1;host=a;proto=http"}));
}

TEST(HeadForUpstream, KeepsTheFraming) {
  const auto framing = [](std::string_view fields) {
    return lines_of(upstream("POST / HTTP/1.1\r\nHost: a\r\n" + std::string{fields} + "\r\n"),
                    {"Content-Length", "Transfer-Encoding"});
  };
  EXPECT_EQ(framing(""), Lines{});
  EXPECT_EQ(framing("Content-Length: 0\r\n"), Lines{"Content-Length: 0"});
  EXPECT_EQ(framing("Content-Length: 5\r\n"), Lines{"Content-Length: 5"});
  EXPECT_EQ(framing("Transfer-Encoding: CHUNKED\r\n"), Lines{"Transfer-Encoding: chunked"});
}

TEST(HeadForUpstream, SaysWhetherTheConnectionLasts) {
  const std::string_view get =
      "GET / HTTP/1.1\r\nHost: a\r\nTE: gzip;q=0.5, trailers\r\nConnection: TE\r\n\r\n";
  EXPECT_EQ(lines_of(upstream(get), {"Connection", "TE"}),
            (Lines{"TE: trailers", "Connection: keep-alive, TE"}));
  EXPECT_EQ(lines_of(upstream(get, client("::1"), {}, {}), {"Connection"}),
            Lines{"Connection: close, TE"});
}

TEST(HeadForUpstream, GivesAnOldRequestAHost) {
  const std::string head = upstream("GET / HTTP/1.0\r\nExpect: 100-continue\r\n\r\n",
                                    client("192.0.2.7"), {}, {.default_host = "backend:9000"});
  EXPECT_TRUE(head.starts_with("GET / HTTP/1.1\r\nHost: backend:9000\r\n"));
  EXPECT_EQ(lines_of(head, {"Expect", "X-Forwarded-Host", "Forwarded"}),
            Lines{"Forwarded: for=192.0.2.7;proto=http"});
}

constexpr std::string_view kForwarded =
    "GET / HTTP/1.1\r\nHost: a:80\r\nX-Forwarded-For: 198.51.100.1\r\nX-Forwarded-Proto: https\r\n"
    "X-Forwarded-Host: public.example\r\nForwarded: for=198.51.100.1\r\nX-Forwarded-Port: 443\r\n"
    "x-forwarded-for: 198.51.100.2\r\n\r\n";
const std::vector<std::string_view> kForwardingNames{
    "X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host", "X-Forwarded-Port", "Forwarded"};

TEST(HeadForUpstream, BelievesOnlyATrustedHop) {
  EXPECT_EQ(lines_of(upstream(kForwarded, client("10.0.0.1", false)), kForwardingNames),
            (Lines{"X-Forwarded-For: 10.0.0.1", "X-Forwarded-Proto: http", "X-Forwarded-Host: a:80",
                   "Forwarded: for=10.0.0.1;host=\"a:80\";proto=http"}));
  EXPECT_EQ(lines_of(upstream(kForwarded, client("10.0.0.1", true)), kForwardingNames),
            (Lines{"X-Forwarded-Proto: https", "X-Forwarded-Host: public.example",
                   "X-Forwarded-Port: 443", "X-Forwarded-For: 198.51.100.1, 198.51.100.2, 10.0.0.1",
                   "Forwarded: for=198.51.100.1, for=10.0.0.1;host=\"a:80\";proto=http"}));
}

TEST(HeadForUpstream, WritesIpv6AsForwardedWantsIt) {
  EXPECT_EQ(lines_of(upstream("GET / HTTP/1.1\r\nHost: [::1]\r\n\r\n", client("2001:db8::1")),
                     {"X-Forwarded-For", "Forwarded"}),
            (Lines{"X-Forwarded-For: 2001:db8::1",
                   "Forwarded: for=\"[2001:db8::1]\";host=\"[::1]\";proto=http"}));
  EXPECT_EQ(lines_of(upstream("GET / HTTP/1.1\r\nHost: a\r\n\r\n", client("::ffff:192.0.2.7")),
                     {"X-Forwarded-For", "Forwarded"}),
            (Lines{"X-Forwarded-For: 192.0.2.7", "Forwarded: for=192.0.2.7;host=a;proto=http"}));
}

// CGI, WSGI and their like cannot tell "X_Forwarded_For" from "X-Forwarded-For".
TEST(HeadForUpstream, LeavesOutImitations) {
  const std::string head = upstream(
      "GET / HTTP/1.1\r\nHost: a\r\nX_Forwarded_For: 1.1.1.1\r\nX-Forwarded_For: 1.1.1.1\r\n"
      "Content_Length: 5\r\nTransfer_Encoding: chunked\r\nSec_WebSocket-Key: k\r\n"
      "my_own: kept\r\n\r\n",
      client("10.0.0.1", true));
  EXPECT_EQ(head.find("1.1.1.1"), std::string::npos);
  EXPECT_EQ(lines_of(head, {"Content_Length", "Transfer_Encoding", "Sec_WebSocket-Key"}), Lines{});
  EXPECT_EQ(lines_of(head, {"my_own"}), Lines{"my_own: kept"});
}

TEST(HeadForUpstream, ObeysTheRules) {
  const HeaderRules rules{.set = {{"X-Service", "chat"},
                                  {"host", "internal"},
                                  {"Accept", "x"},
                                  {"X-Forwarded-Proto", "https"}},
                          .remove = {"Cookie", "forwarded"}};
  const std::string head = upstream(
      "GET / HTTP/1.1\r\nHost: a\r\nx-service: evil\r\nCookie: c\r\nCOOKIE: d\r\nAccept: 1\r\n"
      "accept: 2\r\n\r\n",
      client("192.0.2.7"), rules);
  EXPECT_TRUE(head.starts_with("GET / HTTP/1.1\r\nHost: internal\r\n")) << head;
  EXPECT_EQ(lines_of(head, {"X-Service", "Host", "Cookie", "Accept", "X-Forwarded-Proto",
                            "X-Forwarded-Host", "Forwarded"}),
            (Lines{"Host: internal", "X-Forwarded-Host: a", "X-Service: chat", "Accept: x",
                   "X-Forwarded-Proto: https"}));
}

std::string to_client(std::string_view text, RequestAsked asked = {"GET", false},
                      const ClientHeadChoices& choices = {.keep_alive = true},
                      const HeaderRules& rules = {}) {
  return head_for_client(response(text, asked), rules, choices);
}

TEST(HeadForClient, IsRebuilt) {
  EXPECT_EQ(
      to_client("HTTP/1.0 404 Not  here\r\nServer: s\r\nConnection: X\r\nX: y\r\nKeep-Alive: t\r\n"
                "Content-Length: 5\r\nUpgrade: h2c\r\nSet-Cookie: a_b\r\nmy_field: z\r\n\r\n"),
      "HTTP/1.1 404 Not  here\r\nServer: s\r\nSet-Cookie: a_b\r\nmy_field: z\r\n"
      "Content-Length: 5\r\nConnection: keep-alive\r\n\r\n");
  EXPECT_EQ(
      to_client("HTTP/1.1 200\r\nTransfer-Encoding: chunked\r\nTrailer: T\r\n\r\n", {"GET", false},
                {}),
      "HTTP/1.1 200 \r\nTrailer: T\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n");
}

TEST(HeadForClient, KeepsALengthWithoutABodyWhereItMeansSomething) {
  const std::vector<std::string_view> names{"Content-Length", "Transfer-Encoding"};
  EXPECT_EQ(
      lines_of(to_client("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", {"HEAD", false}), names),
      Lines{"Content-Length: 5"});
  EXPECT_EQ(lines_of(to_client("HTTP/1.1 304 x\r\nContent-Length: 5\r\n\r\n"), names),
            Lines{"Content-Length: 5"});
  EXPECT_EQ(lines_of(to_client("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"), names),
            Lines{"Content-Length: 0"});
  EXPECT_EQ(lines_of(to_client("HTTP/1.1 204 x\r\nContent-Length: 5\r\n\r\n"), names), Lines{});
  EXPECT_EQ(lines_of(to_client("HTTP/1.1 304 x\r\nTransfer-Encoding: chunked\r\n\r\n"), names),
            Lines{});
}

TEST(HeadForClient, InterimHeadsSayNothingOfTheConnection) {
  EXPECT_EQ(
      to_client(
          "HTTP/1.1 103 Early Hints\r\nLink: x\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"),
      "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n");
}

TEST(HeadForClient, AnOldClientGetsNoChunks) {
  EXPECT_EQ(to_client("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", {"GET", false},
                      {.version = HttpVersion::http_1_0}),
            "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n");
}

TEST(HeadForClient, UpgradeRequiredNamesTheProtocol) {
  EXPECT_EQ(
      to_client("HTTP/1.1 426 Upgrade Required\r\nUpgrade: websocket\r\nContent-Length: 0\r\n\r\n"),
      "HTTP/1.1 426 Upgrade Required\r\nContent-Length: 0\r\nUpgrade: websocket\r\n"
      "Connection: keep-alive, Upgrade\r\n\r\n");
}

TEST(HeadForClient, ObeysTheRules) {
  EXPECT_EQ(
      to_client("HTTP/1.1 200 OK\r\nServer: s\r\nX-Powered-By: p\r\nContent-Length: 0\r\n\r\n",
                {"GET", false}, {.keep_alive = true},
                {.set = {{"Server", "edge"}}, .remove = {"x-powered-by"}}),
      "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: keep-alive\r\nServer: edge\r\n\r\n");
}

TEST(SwitchingHeadForClient, IsRebuilt) {
  const ResponseHead head = response(
      "HTTP/1.1 101 Web Socket Protocol Handshake\r\nupgrade: WebSocket\r\n"
      "connection: X, Sec-WebSocket-Accept, upgrade\r\nX: y\r\nSec-WebSocket-Accept: a\r\n"
      "Sec-WebSocket-Extensions: permessage-deflate\r\nContent-Length: 0\r\nSet-Cookie: c\r\n\r\n",
      {"GET", true});
  EXPECT_EQ(switching_head_for_client(head, {}),
            "HTTP/1.1 101 Web Socket Protocol Handshake\r\nUpgrade: websocket\r\n"
            "Connection: Upgrade\r\nSec-WebSocket-Accept: a\r\n"
            "Sec-WebSocket-Extensions: permessage-deflate\r\nSet-Cookie: c\r\n\r\n");
}

}  // namespace
}  // namespace proxy
