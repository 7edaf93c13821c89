#include "proxy/upgrade.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/proxy/heads.h"

namespace proxy {
namespace {

using websocket::HandshakeResult;

constexpr std::string_view kKey = "dGhlIHNhbXBsZSBub25jZQ==";
constexpr std::string_view kAccept = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

std::string verdict(std::string_view text) {
  const RequestHead head = request(text);
  const UpgradeVerdict judged = judge_upgrade(head);
  switch (judged.kind) {
    case UpgradeVerdict::Kind::not_upgrade:
      return "not_upgrade";
    case UpgradeVerdict::Kind::websocket:
      EXPECT_EQ(judged.key, head.fields.only("sec-websocket-key"));
      return "websocket";
    case UpgradeVerdict::Kind::refused:
      break;
  }
  return std::string{name(judged.reason)};
}

// A valid opening handshake in which the line that begins with `line`'s name is replaced by it.
std::string handshake(std::string_view start_line, std::string_view name = {},
                      std::string_view lines = {}) {
  std::string text{start_line};
  text += "\r\n";
  for (const std::string_view line :
       {"Host: a.example", "Upgrade: websocket", "Connection: Upgrade",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Version: 13"}) {
    if (name.empty() || !line.starts_with(name)) text.append(line).append("\r\n");
  }
  return text.append(lines).append("\r\n");
}

std::string with(std::string_view name, std::string_view lines) {
  return handshake("GET /chat HTTP/1.1", name, lines);
}

TEST(Upgrade, OpensAWebSocket) {
  for (const std::string& text :
       {handshake("GET /chat HTTP/1.1"), handshake("GET http://a.example/chat HTTP/1.1"),
        with("Upgrade", "Upgrade: WebSocket\r\n"),
        with("Connection", "connection: keep-alive, upgrade\r\n"),
        with("Connection", "Connection: keep-alive\r\nConnection: Upgrade\r\n"),
        with("Origin", "Origin: null\r\nSec-WebSocket-Protocol: a, b\r\n"),
        with("Content", "Content-Length: 0\r\n"),
        with("Sec-WebSocket-Key", "Sec-WebSocket-Key: x3JJHMbDL1EzLkh9GBhX/+==\r\n")}) {
    EXPECT_EQ(verdict(text), "websocket") << text;
  }
}

TEST(Upgrade, IsNotAskedForWithoutUpgrade) {
  EXPECT_EQ(verdict("GET / HTTP/1.1\r\nHost: a\r\n\r\n"), "not_upgrade");
  EXPECT_EQ(verdict("POST / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\n\r\n"), "not_upgrade");
  EXPECT_EQ(verdict(with("Upgrade", "Upgrade-Insecure-Requests: 1\r\n")), "not_upgrade");
}

// RFC 6455 section 4.2.1, and whatever else would let an upstream see something else than we do.
TEST(Upgrade, RefusesMalformedOnes) {
  struct Row {
    std::string text;
    std::string_view reason;
  };
  const std::string key = "Sec-WebSocket-Key: " + std::string{kKey} + "\r\n";
  for (const Row& row : std::vector<Row>{
           {handshake("POST /chat HTTP/1.1"), "upgrade_not_get"},
           {handshake("get /chat HTTP/1.1"), "upgrade_not_get"},
           {handshake("HEAD /chat HTTP/1.1"), "upgrade_not_get"},
           {handshake("GET /chat HTTP/1.0"), "upgrade_not_http_1_1"},
           {with("Upgrade", "Upgrade: h2c\r\n"), "unsupported_upgrade"},
           {with("Upgrade", "Upgrade: TLS/1.2\r\n"), "unsupported_upgrade"},
           {with("Upgrade", "Upgrade:\r\n"), "unsupported_upgrade"},
           {with("Upgrade", "Upgrade: ,\r\n"), "unsupported_upgrade"},
           {with("Upgrade", "Upgrade: websocket, h2c\r\n"), "unsupported_upgrade"},
           {with("Upgrade", "Upgrade: h2c, websocket\r\n"), "unsupported_upgrade"},
           {with("Upgrade", "Upgrade: websocket\r\nUpgrade: h2c\r\n"), "unsupported_upgrade"},
           {with("Upgrade", "Upgrade: websocket\r\nUpgrade: websocket\r\n"), "unsupported_upgrade"},
           {with("Upgrade", "Upgrade: websocket/13\r\n"), "unsupported_upgrade"},
           {with("Upgrade", "Upgrade: xwebsocket\r\n"), "unsupported_upgrade"},
           {with("Connection", ""), "upgrade_without_connection"},
           {with("Connection", "Connection: keep-alive\r\n"), "upgrade_without_connection"},
           {with("Connection", "Connection: xupgrade\r\n"), "upgrade_without_connection"},
           {with("Content", "Content-Length: 5\r\n"), "body_with_upgrade"},
           {with("Transfer", "Transfer-Encoding: chunked\r\n"), "body_with_upgrade"},
           {with("Sec-WebSocket-Version", ""), "websocket_version"},
           {with("Sec-WebSocket-Version", "Sec-WebSocket-Version: 8\r\n"), "websocket_version"},
           {with("Sec-WebSocket-Version", "Sec-WebSocket-Version: 777\r\n"), "websocket_version"},
           {with("Sec-WebSocket-Version", "Sec-WebSocket-Version: 13, 8\r\n"), "websocket_version"},
           {with("Sec-WebSocket-Version", "Sec-WebSocket-Version: 013\r\n"), "websocket_version"},
           {with("X", "Sec-WebSocket-Version: 13\r\n"), "websocket_version"},
           {with("X", "Sec-WebSocket-Version: 8\r\n"), "websocket_version"},
           {with("Sec-WebSocket-Key", ""), "websocket_key"},
           {with("X", key), "websocket_key"},
           {with("Sec-WebSocket-Key", "Sec-WebSocket-Key:\r\n"), "websocket_key"},
           {with("Sec-WebSocket-Key", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ\r\n"),
            "websocket_key"},
           {with("Sec-WebSocket-Key", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25j\r\n"),
            "websocket_key"},
           {with("Sec-WebSocket-Key", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQA=\r\n"),
            "websocket_key"},
           {with("Sec-WebSocket-Key", "Sec-WebSocket-Key: dGhlIHNhbXBs*SBub25jZQ==\r\n"),
            "websocket_key"},
           {with("Sec-WebSocket-Key", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==, x\r\n"),
            "websocket_key"}}) {
    EXPECT_EQ(verdict(row.text), row.reason) << row.text;
  }
}

TEST(Upgrade, RefusalsAreAnsweredByTheirStatus) {
  const auto status_of = [](const std::string& text) {
    return status_for(judge_upgrade(request(text)).reason);
  };
  EXPECT_EQ(status_of(with("Sec-WebSocket-Version", "Sec-WebSocket-Version: 8\r\n")), 426U);
  EXPECT_EQ(status_of(with("Sec-WebSocket-Key", "")), 400U);
  EXPECT_EQ(status_of(with("Upgrade", "Upgrade: h2c\r\n")), 400U);
}

// "opened", or the result and for a refusal its reason.
std::string answer(std::string_view answered, std::string_view offered = "") {
  const RequestHead asked = request(with("X", offered));
  const ResponseHead head = response(answered, {"GET", true});
  const UpgradeAnswer judged = judge_upgrade_response(head, asked, kKey);
  std::string told{name(judged.result)};
  EXPECT_EQ(judged.kind == UpgradeAnswer::Kind::opened, told == "opened");
  if (judged.kind == UpgradeAnswer::Kind::refused) told.append(" ").append(name(judged.reason));
  return told;
}

std::string switching(std::string_view lines, std::string_view version = "HTTP/1.1") {
  return std::string{version} + " 101 Switching Protocols\r\n" + std::string{lines} + "\r\n";
}

TEST(UpgradeAnswer, OpensOnlyWithTheRightAccept) {
  const std::string upgrade = "Upgrade: websocket\r\nConnection: Upgrade\r\n";
  const std::string accept = "Sec-WebSocket-Accept: " + std::string{kAccept} + "\r\n";
  EXPECT_EQ(answer(switching(upgrade + accept)), "opened");
  EXPECT_EQ(answer(switching("upgrade: WebSocket\r\nconnection: x, upgrade\r\n" + accept)),
            "opened");
  EXPECT_EQ(answer(switching(upgrade + accept + "Content-Length: 0\r\n")), "opened");
  EXPECT_EQ(answer(switching(upgrade)), "bad_accept websocket_accept");
  EXPECT_EQ(answer(switching(upgrade + accept + accept)), "bad_accept websocket_accept");
  EXPECT_EQ(answer(switching(upgrade + "Sec-WebSocket-Accept: S3PPLMBITXAQ9KYGZZHZRBK+XOO=\r\n")),
            "bad_accept websocket_accept");
  EXPECT_EQ(answer(switching(upgrade + "Sec-WebSocket-Accept: " + std::string{kKey} + "\r\n")),
            "bad_accept websocket_accept");
  EXPECT_EQ(answer(switching(accept)), "malformed unsupported_upgrade");
  EXPECT_EQ(answer(switching("Connection: Upgrade\r\nUpgrade: h2c\r\n" + accept)),
            "malformed unsupported_upgrade");
  EXPECT_EQ(answer(switching("Connection: Upgrade\r\nUpgrade: websocket, h2c\r\n" + accept)),
            "malformed unsupported_upgrade");
  EXPECT_EQ(answer(switching("Upgrade: websocket\r\n" + accept)),
            "malformed upgrade_without_connection");
  EXPECT_EQ(answer(switching(upgrade + accept, "HTTP/1.0")), "malformed upgrade_not_http_1_1");
}

TEST(UpgradeAnswer, TakesOnlyWhatWasOffered) {
  const std::string opened =
      "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: " + std::string{kAccept} +
      "\r\n";
  const std::string protocols = "Sec-WebSocket-Protocol: a, b\r\nSec-WebSocket-Protocol: c\r\n";
  EXPECT_EQ(answer(switching(opened), protocols), "opened");
  for (const std::string chosen : {"a", "b", "c"}) {
    EXPECT_EQ(answer(switching(opened + "Sec-WebSocket-Protocol: " + chosen + "\r\n"), protocols),
              "opened");
  }
  for (const std::string chosen : {"d", "A", "a, b", "a\r\nSec-WebSocket-Protocol: b", ""}) {
    EXPECT_EQ(answer(switching(opened + "Sec-WebSocket-Protocol: " + chosen + "\r\n"), protocols),
              "malformed websocket_subprotocol")
        << chosen;
  }
  EXPECT_EQ(answer(switching(opened + "Sec-WebSocket-Protocol: a\r\n")),
            "malformed websocket_subprotocol");
  const std::string offered =
      "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits, x-y\r\n";
  const std::string taken =
      "Sec-WebSocket-Extensions: permessage-deflate;server_no_context_takeover\r\n";
  EXPECT_EQ(answer(switching(opened + taken), offered), "opened");
  EXPECT_EQ(answer(switching(opened + taken)), "malformed websocket_extension");
  EXPECT_EQ(answer(switching(opened + "Sec-WebSocket-Extensions: x-y, z\r\n"), offered),
            "malformed websocket_extension");
}

TEST(UpgradeAnswer, OtherStatusesArePassedOn) {
  for (const unsigned status : {200U, 302U, 400U, 401U, 403U, 404U, 426U, 500U, 503U}) {
    const std::string text =
        "HTTP/1.1 " + std::to_string(status) + " x\r\nContent-Length: 0\r\n\r\n";
    const RequestHead asked = request(with("X", ""));
    const UpgradeAnswer judged = judge_upgrade_response(response(text, {"GET", true}), asked, kKey);
    EXPECT_EQ(judged.kind, UpgradeAnswer::Kind::answered);
    EXPECT_EQ(judged.result, websocket::rejected_with(status));
    EXPECT_NE(judged.result, HandshakeResult::opened);
  }
}

}  // namespace
}  // namespace proxy
