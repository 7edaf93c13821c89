#include "websocket/opening_handshake.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/support/upgrade.h"
#include "tests/websocket/pieces.h"

namespace websocket {
namespace {

using Progress = OpeningHandshake::Progress;
using Field = HandshakeTexts::Field;
using support::bytes_of;

struct Read {
  Progress progress = Progress::partial;
  std::string rest;
};

Read read_request(OpeningHandshake& handshake, const Pieces& pieces) {
  Read read;
  for (const support::ByteString& piece : pieces) {
    Bytes bytes{piece};
    if (read.progress == Progress::partial) read.progress = handshake.read_request(bytes);
    read.rest += as_text(bytes);
  }
  return read;
}

Read read_response(OpeningHandshake& handshake, const Pieces& pieces) {
  Read read;
  for (const support::ByteString& piece : pieces) {
    Bytes bytes{piece};
    if (read.progress == Progress::partial) read.progress = handshake.read_response(bytes);
    read.rest += as_text(bytes);
  }
  return read;
}

// Answers a good request with `response`, in every way to cut it.
void expect_answer(const std::string& response, Progress progress, HandshakeResult result,
                   const std::string& rest = {}) {
  for (const Pieces& pieces : every_way_to_cut(bytes_of(response + rest))) {
    OpeningHandshake handshake;
    ASSERT_EQ(read_request(handshake, {bytes_of(support::upgrade_request({}))}).progress,
              Progress::upgrade);
    const Read read = read_response(handshake, pieces);
    ASSERT_EQ(read.progress, progress) << response;
    ASSERT_EQ(handshake.result(), result) << response << " but " << name(handshake.result());
    if (progress == Progress::upgrade) {
      ASSERT_EQ(read.rest, rest);
    }
  }
}

TEST(OpeningHandshake, IsReadInWhateverPieces) {
  const support::Upgrade upgrade{.path = "/chat?token=secret",
                                 .host = "chat.example",
                                 .subprotocol = "graphql-transport-ws",
                                 .extensions = "permessage-deflate; client_max_window_bits"};
  for (const Pieces& request :
       every_way_to_cut(bytes_of(support::upgrade_request(upgrade) + "x"))) {
    OpeningHandshake handshake;
    const Read read = read_request(handshake, request);
    ASSERT_EQ(read.progress, Progress::upgrade);
    ASSERT_EQ(read.rest, "x") << "a frame may follow at once";
    ASSERT_EQ(handshake.texts().get(Field::host), "chat.example");
    ASSERT_EQ(handshake.texts().get(Field::path), "/chat") << "a query may hold tokens";
    ASSERT_EQ(handshake.texts().get(Field::subprotocol), "") << "only offered yet";
    ASSERT_EQ(handshake.allowed_reserved_bits(), 0);
    ASSERT_EQ(read_response(handshake, {bytes_of(support::upgrade_response(upgrade))}).progress,
              Progress::upgrade);
    ASSERT_EQ(handshake.result(), HandshakeResult::opened);
    ASSERT_EQ(handshake.texts().get(Field::subprotocol), "graphql-transport-ws");
    ASSERT_EQ(handshake.allowed_reserved_bits(), 4);
  }
  expect_answer(support::upgrade_response({}), Progress::upgrade, HandshakeResult::opened,
                "\x88\x02\x03\xe8");
}

TEST(OpeningHandshake, RequestsAreToldFromOthers) {
  const auto progress = [](const std::string& text) {
    OpeningHandshake handshake;
    return read_request(handshake, {bytes_of(text)}).progress;
  };
  for (const std::string upgrade : {"websocket", "WebSocket", "WEBSOCKET", "h2c, websocket"}) {
    EXPECT_EQ(progress(support::upgrade_request({.upgrade = upgrade})), Progress::upgrade);
  }
  EXPECT_EQ(progress(support::upgrade_request({.connection = "keep-alive, Upgrade"})),
            Progress::upgrade);
  EXPECT_EQ(progress("GET / HTTP/1.1\nupgrade:websocket\n\n"), Progress::upgrade);
  for (const std::string text :
       {"GET / HTTP/1.1\r\nHost: x\r\n\r\n", "GET / HTTP/1.1\r\nUpgrade: h2c\r\n\r\n",
        "POST / HTTP/1.1\r\nUpgrade: websocket\r\n\r\n", "GET\r\nUpgrade: websocket\r\n\r\n",
        "GET  HTTP/1.1\r\nUpgrade: websocket\r\n\r\n", "\x16\x03\x01\n\n", "\r\n\r\n"}) {
    EXPECT_EQ(progress(text), Progress::no_websocket) << text;
  }
}

TEST(OpeningHandshake, AnswersThatOpenIt) {
  using enum HandshakeResult;
  const std::string ok = support::upgrade_response({});
  expect_answer("HTTP/1.1 100 Continue\r\n\r\n" + ok, Progress::upgrade, opened, "\x81");
  expect_answer("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 100\r\n\r\n" + ok,
                Progress::upgrade, opened);
  expect_answer(support::upgrade_response({.upgrade = "WebSocket", .connection = "x, upgrade"}),
                Progress::upgrade, opened);
  // Followed all the same: what endpoints made of it is seen in the frames.
  expect_answer(support::upgrade_response({.accept = "wrong"}), Progress::upgrade, bad_accept);
  expect_answer("HTTP/1.1 101 S\r\nUpgrade: websocket\r\n\r\n", Progress::upgrade, bad_accept);
}

TEST(OpeningHandshake, AnswersThatRefuseIt) {
  using enum HandshakeResult;
  struct Row {
    int status;
    HandshakeResult result;
  };
  for (const Row row : {Row{200, rejected_2xx},
                        {204, rejected_2xx},
                        {302, rejected_3xx},
                        {400, rejected_400},
                        {401, rejected_401},
                        {403, rejected_403},
                        {404, rejected_404},
                        {426, rejected_426},
                        {429, rejected_429},
                        {418, rejected_4xx},
                        {500, rejected_500},
                        {502, rejected_502},
                        {503, rejected_503},
                        {504, rejected_504},
                        {599, rejected_5xx},
                        {600, malformed},
                        {999, malformed}}) {
    expect_answer(support::upgrade_response({.status = row.status}), Progress::refused, row.result);
  }
  expect_answer("HTTP/1.1 101 S\r\nUpgrade: h2c\r\n\r\n", Progress::refused, malformed);
  expect_answer("HTTP/1.1 101 S\r\n\r\n", Progress::refused, malformed);
}

// Not after a blank line that may never come, and the same in whatever pieces it arrives.
TEST(OpeningHandshake, AnswersThatAreNoHttpRefuseItAtOnce) {
  for (const std::string text : {"SSH-2.0-OpenSSH\r\n", "HTTP/2 101\r\n", "HTTX", "\x16\x03\x03"}) {
    expect_answer(text, Progress::refused, HandshakeResult::malformed);
  }
  for (const std::string text : {"HTTP/1.1\r\n\r\n", "HTTP/1.1 \r\n\r\n", "HTTP/1.1 10\r\n\r\n",
                                 "HTTP/1.1 1x1 S\r\n\r\n", "HTTP/1.1 099 S\r\n\r\n"}) {
    expect_answer(text, Progress::refused, HandshakeResult::malformed);
  }
}

TEST(OpeningHandshake, WithoutItsRequestIsTakenAsItStands) {
  OpeningHandshake answered;
  EXPECT_EQ(read_response(answered, {bytes_of(support::upgrade_response({}))}).progress,
            Progress::upgrade);
  EXPECT_EQ(answered.result(), HandshakeResult::opened);
  OpeningHandshake no_accept;
  EXPECT_EQ(read_response(no_accept, {bytes_of("HTTP/1.1 101 S\nUpgrade: websocket\n\n")}).progress,
            Progress::upgrade);
  EXPECT_EQ(no_accept.result(), HandshakeResult::bad_accept);
}

TEST(OpeningHandshake, LimitsWhatAFloodCanMakeItKeep) {
  const std::string flood(64 * HeadCollector::kMaxBytes, 'x');
  OpeningHandshake request;
  EXPECT_EQ(read_request(request, {bytes_of("GET / HTTP/1.1\r\n" + flood)}).progress,
            Progress::no_websocket);
  EXPECT_LE(request.memory(), 2 * HeadCollector::kMaxBytes);

  OpeningHandshake response;
  EXPECT_EQ(read_response(response, {bytes_of("HTTP/1.1 101 S\r\n" + flood)}).progress,
            Progress::refused);
  EXPECT_EQ(response.result(), HandshakeResult::malformed);
  EXPECT_LE(response.memory(), 2 * HeadCollector::kMaxBytes);

  std::string many = "HTTP/1.1 101 S\r\nUpgrade: websocket\r\n";
  for (int i = 0; i < 100; ++i)
    many += "Sec-WebSocket-Extensions: x-" + std::string(100, 'e') + "\r\n";
  OpeningHandshake extensions;
  EXPECT_EQ(read_response(extensions, {bytes_of(many + "\r\n")}).progress, Progress::upgrade);
  EXPECT_EQ(extensions.texts().get(Field::extensions).size(), 256U);

  OpeningHandshake informed;
  for (int i = 0; i < 10000; ++i) {
    const auto hint = bytes_of("HTTP/1.1 103 Early Hints\r\n\r\n");
    EXPECT_EQ(read_response(informed, {hint}).progress, Progress::partial);
  }
  EXPECT_LE(informed.memory(), 1024U);
}

TEST(OpeningHandshake, KnowsWhichBitsItsExtensionsUse) {
  const auto bits = [](const std::string& accepted) {
    OpeningHandshake handshake;
    const support::Upgrade upgrade{.extensions = accepted,
                                   .offered_extensions = "permessage-deflate, other"};
    read_request(handshake, {bytes_of(support::upgrade_request(upgrade))});
    read_response(handshake, {bytes_of(support::upgrade_response(upgrade))});
    return int{handshake.allowed_reserved_bits()};
  };
  EXPECT_EQ(bits(""), 0) << "offered, not accepted";
  EXPECT_EQ(bits("permessage-deflate"), 4);
  EXPECT_EQ(bits("x-webkit-deflate-frame; a=b"), 4);
  EXPECT_EQ(bits("something-else; deflate"), 7);
  EXPECT_EQ(bits(" , ,"), 0);
}

TEST(OpeningHandshake, MayStartWithTheseBytes) {
  for (const std::string text : {"", "G", "GET", "GET ", "GET / HTTP/1.1\r\n"}) {
    EXPECT_TRUE(may_start_request(bytes_of(text))) << text;
  }
  for (const std::string text : {"g", "GETX", "POST / ", "HTTP/1.1"}) {
    EXPECT_FALSE(may_start_request(bytes_of(text))) << text;
  }
  EXPECT_TRUE(may_start_response(bytes_of("HTTP/1.")));
  EXPECT_TRUE(may_start_response(bytes_of("HTTP/1.1 101")));
  EXPECT_FALSE(may_start_response(bytes_of("HTTP/2 101")));
}

TEST(HandshakeTexts, AreFourThatCanBeSetAgain) {
  HandshakeTexts texts;
  texts.set(Field::subprotocol, "chat");
  texts.set(Field::host, "a");
  texts.set(Field::path, std::string(600, 'p'));
  texts.set(Field::host, "server.example");
  texts.set(Field::extensions, "e");
  EXPECT_EQ(texts.get(Field::host), "server.example");
  EXPECT_EQ(texts.get(Field::path), std::string(512, 'p'));
  EXPECT_EQ(texts.get(Field::subprotocol), "chat");
  EXPECT_EQ(texts.get(Field::extensions), "e");
  texts.set(Field::path, "");
  EXPECT_EQ(texts.get(Field::path), "");
  EXPECT_EQ(texts.get(Field::subprotocol), "chat");
}

TEST(HandshakeResult, IsSpelledAsItsLabel) {
  EXPECT_EQ(name(HandshakeResult::opened), "opened");
  EXPECT_EQ(name(HandshakeResult::rejected_5xx), "rejected_5xx");
  EXPECT_EQ(name(HandshakeResult::tls_failed), "tls_failed");
  EXPECT_EQ(name(HandshakeSeen::response_only), "response_only");
}

}  // namespace
}  // namespace websocket
