#include "proxy/own_answer.h"

#include <gtest/gtest.h>

#include <string>

#include "proxy/upgrade.h"
#include "tests/proxy/heads.h"

namespace proxy {
namespace {

TEST(OwnAnswer, SaysWhyAndCloses) {
  EXPECT_EQ(to_text({.status = 403, .sentence = "This route is denied."}),
            "HTTP/1.1 403 Forbidden\r\nContent-Type: text/plain; charset=utf-8\r\n"
            "Content-Length: 22\r\nConnection: close\r\n\r\nThis route is denied.\n");
  EXPECT_EQ(to_text({.status = 503, .sentence = "Full.", .retry_after = std::chrono::seconds{7}}),
            "HTTP/1.1 503 Service Unavailable\r\nContent-Type: text/plain; charset=utf-8\r\n"
            "Content-Length: 6\r\nRetry-After: 7\r\nConnection: close\r\n\r\nFull.\n");
  EXPECT_EQ(to_text({.status = 426, .sentence = "x"}),
            "HTTP/1.1 426 Upgrade Required\r\nContent-Type: text/plain; charset=utf-8\r\n"
            "Content-Length: 2\r\nSec-WebSocket-Version: 13\r\nUpgrade: websocket\r\n"
            "Connection: close, Upgrade\r\n\r\nx\n");
}

TEST(OwnAnswer, IsAValidResponse) {
  for (const unsigned status :
       {400U, 403U, 404U, 408U, 413U, 421U, 426U, 429U, 431U, 500U, 502U, 503U, 504U, 505U}) {
    const std::string text = to_text({.status = status, .sentence = "A sentence."});
    const ReadHead read = read_head(whole(text), HeadReader::Of::response);
    const ResponseHead head = response(text);
    EXPECT_EQ(head.status, status);
    EXPECT_NE(head.reason, "Unknown");
    EXPECT_FALSE(head.keep_alive);
    EXPECT_EQ(head.body.length, read.rest.size());
    EXPECT_EQ(read.rest, "A sentence.\n");
    EXPECT_EQ(to_text({.status = status, .sentence = "A sentence.", .to_head = true}),
              text.substr(0, text.size() - read.rest.size()));
  }
}

TEST(OwnSwitchingHead, OpensTheWebSocket) {
  const RequestHead asked = request(
      "GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
      "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
      "Sec-WebSocket-Protocol: graphql-transport-ws, graphql-ws\r\n"
      "Sec-WebSocket-Extensions: permessage-deflate\r\n\r\n");
  const std::string_view key = judge_upgrade(asked).key;
  const std::string text = own_switching_head(asked, key);
  EXPECT_EQ(text,
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"
            "Sec-WebSocket-Protocol: graphql-transport-ws\r\n\r\n");
  EXPECT_EQ(judge_upgrade_response(response(text, {"GET", true}), asked, key).kind,
            UpgradeAnswer::Kind::opened);
}

}  // namespace
}  // namespace proxy
