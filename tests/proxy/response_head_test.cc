#include "proxy/response_head.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/proxy/heads.h"

namespace proxy {
namespace {

using support::bytes_of;
using websocket::every_way_to_cut;
using Kind = BodyFraming::Kind;

struct Row {
  std::string head;
  std::string_view told;
};

TEST(ResponseHead, IsReadStrictly) {
  const std::string ok = "HTTP/1.1 200 OK\r\n";
  for (const Row& row : std::vector<Row>{
           {ok, "accepted"},
           {"HTTP/1.0 200 OK\r\n", "accepted"},
           {"HTTP/1.1 200\r\n", "accepted"},
           {"HTTP/1.1 200 \r\n", "accepted"},
           {"HTTP/1.1 404 Not  Found \xff\r\n", "accepted"},
           {"HTTP/1.1 999 x\r\n", "accepted"},
           {"\r\nHTTP/1.1 200 OK\r\n", "invalid_status_line"},
           {"HTTP/1.1  200 OK\r\n", "invalid_status_line"},
           {"HTTP/1.1 20 OK\r\n", "invalid_status_line"},
           {"HTTP/1.1 2000 OK\r\n", "invalid_status_line"},
           {"HTTP/1.1 099 OK\r\n", "invalid_status_line"},
           {"HTTP/1.1 +20 OK\r\n", "invalid_status_line"},
           {"HTTP/1.1 200OK\r\n", "invalid_status_line"},
           {"HTTP/1.1\r\n", "invalid_status_line"},
           {"HTTP/1.2 200 OK\r\n", "invalid_status_line"},
           {"HTTP/2 200 OK\r\n", "invalid_status_line"},
           {"http/1.1 200 OK\r\n", "invalid_status_line"},
           {"ICY 200 OK\r\n", "invalid_status_line"},
           {"garbage\r\n", "invalid_status_line"},
           {"HTTP/1.1 200 OK\n", "bare_lf"},
           {"HTTP/1.1 200 O\rK\r\n", "bare_cr"},
           {{"HTTP/1.1 200 O\0K\r\n", 18}, "nul_byte"},
           {"HTTP/1.1 200 O\x01K\r\n", "control_character"},
           {ok + "A : x\r\n", "space_before_colon"},
           {ok + "A: x\r\n folded\r\n", "obs_fold"},
           {ok + "A\r\n", "invalid_field_name"},
           {ok + "A: x\n", "bare_lf"},
           {ok + "Content-Length: 1\r\nContent-Length: 1\r\n", "several_lengths"},
           {ok + "Content-Length: 1, 1\r\n", "several_lengths"},
           {ok + "Content-Length: x\r\n", "invalid_length"},
           {ok + "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n", "length_and_chunked"},
           {ok + "Transfer-Encoding: gzip, chunked\r\n", "invalid_transfer_coding"},
           {"HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n", "invalid_transfer_coding"},
           {"HTTP/1.1 204 x\r\nContent-Length: x\r\n", "invalid_length"},
           {"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n", "unexpected_upgrade"}}) {
    for (const auto& pieces : every_way_to_cut(bytes_of(row.head + "\r\n"))) {
      ASSERT_EQ(told(read_response(pieces, {"GET", false})), row.told) << row.head;
    }
  }
}

TEST(ResponseHead, IsReadInFull) {
  const ResponseHead head = response(
      "HTTP/1.1 503 Try later\r\nConnection: close, X\r\nUpgrade: h2c\r\nContent-Length: "
      "9\r\n\r\n");
  EXPECT_EQ(head.version, HttpVersion::http_1_1);
  EXPECT_EQ(head.status, 503U);
  EXPECT_EQ(head.reason, "Try later");
  EXPECT_EQ(head.connection, (std::vector<std::string_view>{"close", "X"}));
  EXPECT_EQ(head.upgrade, (std::vector<std::string_view>{"h2c"}));
  EXPECT_EQ(head.fields.size(), 3U);
  EXPECT_FALSE(head.keep_alive);
  EXPECT_FALSE(head.is_interim());
}

// RFC 9112 section 6.3.
TEST(ResponseHead, BodyEndsWhereTheRequestAndTheFieldsSay) {
  struct Framed {
    std::string_view method, head;
    BodyFraming body;
    bool keep_alive;
  };
  for (const Framed& row : std::vector<Framed>{
           {"GET", "HTTP/1.1 200 OK\r\n\r\n", {Kind::until_close, 0}, false},
           {"GET",
            "HTTP/1.1 200 OK\r\nConnection: keep-alive\r\n\r\n",
            {Kind::until_close, 0},
            false},
           {"GET", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", {Kind::length, 5}, true},
           {"GET", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", {}, true},
           {"GET",
            "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\n",
            {Kind::length, 5},
            false},
           {"GET",
            "HTTP/1.0 200 OK\r\nContent-Length: 5\r\nConnection: keep-alive\r\n\r\n",
            {Kind::length, 5},
            false},
           {"GET",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n",
            {Kind::chunked, 0},
            true},
           {"HEAD", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", {}, true},
           {"HEAD", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", {}, true},
           {"HEAD", "HTTP/1.1 200 OK\r\n\r\n", {}, true},
           {"head", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", {Kind::length, 5}, true},
           {"GET", "HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n", {}, true},
           {"GET", "HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n", {}, true},
           {"GET", "HTTP/1.1 304 Not Modified\r\nTransfer-Encoding: chunked\r\n\r\n", {}, true},
           {"POST", "HTTP/1.1 100 Continue\r\n\r\n", {}, true},
           {"POST", "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n", {}, true},
           {"POST", "HTTP/1.1 205 Reset Content\r\n\r\n", {Kind::until_close, 0}, false}}) {
    const ResponseHead head = response(row.head, {row.method, false});
    EXPECT_EQ(head.body, row.body) << row.method << " " << row.head;
    EXPECT_EQ(head.keep_alive, row.keep_alive) << row.method << " " << row.head;
  }
}

TEST(ResponseHead, InterimHeadsAreFollowedByAnother) {
  EXPECT_TRUE(response("HTTP/1.1 100 Continue\r\n\r\n").is_interim());
  EXPECT_TRUE(response("HTTP/1.1 199 x\r\n\r\n").is_interim());
  EXPECT_FALSE(response("HTTP/1.1 101 x\r\n\r\n", {"GET", true}).is_interim());
  EXPECT_FALSE(response("HTTP/1.1 200 OK\r\n\r\n").is_interim());
}

}  // namespace
}  // namespace proxy
