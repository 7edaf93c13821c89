#include "proxy/request_head.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/proxy/heads.h"

namespace proxy {
namespace {

using support::bytes_of;
using websocket::every_way_to_cut;
using Kind = BodyFraming::Kind;

constexpr std::string_view kGet = "GET / HTTP/1.1\r\nHost: a\r\n";
constexpr std::string_view kPost = "POST / HTTP/1.1\r\nHost: a\r\n";

struct Row {
  std::string head;
  std::string_view told;
};

void expect_told(const std::vector<Row>& rows) {
  for (const Row& row : rows) {
    for (const auto& pieces : every_way_to_cut(bytes_of(row.head + "\r\n"))) {
      ASSERT_EQ(told(read_request(pieces)), row.told) << row.head;
    }
  }
}

std::string get(std::string_view fields) { return std::string{kGet} + std::string{fields}; }
std::string post(std::string_view fields) { return std::string{kPost} + std::string{fields}; }

TEST(RequestHead, IsReadInFull) {
  const std::string text =
      "POST /a/b%20c?d=e HTTP/1.1\r\nhOST: a.example:8080\r\nX:  y \t\r\nEmpty:\r\n"
      "Connection: keep-alive, X\r\nContent-Length: 17\r\nExpect: 100-Continue\r\nx: z\r\n\r\n";
  for (const auto& pieces : every_way_to_cut(bytes_of(text))) {
    auto read = read_request(pieces);
    ASSERT_EQ(told(read), "accepted");
    // Moved twice: the views must not have pointed into what was moved.
    const RequestHead first = std::get<RequestHead>(std::move(read));
    const RequestHead head = [](RequestHead moved) { return moved; }(request(text));
    EXPECT_EQ(first.target, head.target);
    EXPECT_EQ(head.method, "POST");
    EXPECT_EQ(head.target, "/a/b%20c?d=e");
    EXPECT_EQ(head.path, "/a/b%20c");
    EXPECT_EQ(head.query, "?d=e");
    EXPECT_EQ(head.routing_path, "/a/b c");
    EXPECT_EQ(head.version, HttpVersion::http_1_1);
    EXPECT_EQ(head.host, "a.example:8080");
    EXPECT_EQ(head.body, (BodyFraming{Kind::length, 17}));
    EXPECT_TRUE(head.keep_alive);
    EXPECT_TRUE(head.expect_continue);
    EXPECT_EQ(head.connection, (std::vector<std::string_view>{"keep-alive", "X"}));
    EXPECT_TRUE(head.upgrade.empty());
    EXPECT_EQ(head.fields.size(), 7U);
    EXPECT_EQ(head.fields.values("X"), (std::vector<std::string_view>{"y", "z"}));
    EXPECT_EQ(head.fields.only("X"), std::nullopt);
    EXPECT_EQ(head.fields.only("empty"), "");
    EXPECT_EQ(head.fields.only("nothing"), std::nullopt);
  }
}

TEST(RequestHead, RequestLineIsStrict) {
  expect_told({{"GET / HTTP/1.1\r\nHost: a\r\n", "accepted"},
               {"\r\nGET / HTTP/1.1\r\nHost: a\r\n", "accepted"},
               {"get / HTTP/1.1\r\nHost: a\r\n", "accepted"},
               {" GET / HTTP/1.1\r\nHost: a\r\n", "invalid_method"},
               {"GE(T / HTTP/1.1\r\nHost: a\r\n", "invalid_method"},
               {"\tGET / HTTP/1.1\r\nHost: a\r\n", "invalid_method"},
               {"CONNECT a:443 HTTP/1.1\r\nHost: a\r\n", "invalid_method"},
               {"GET\r\nHost: a\r\n", "invalid_version"},
               {"GET /\r\nHost: a\r\n", "invalid_version"},
               {"GET / \r\nHost: a\r\n", "invalid_version"},
               {"GET  / HTTP/1.1\r\nHost: a\r\n", "invalid_target"},
               {"GET /  HTTP/1.1\r\nHost: a\r\n", "invalid_target"},
               {"GET /\tHTTP/1.1\r\nHost: a\r\n", "invalid_version"},
               {"GET /a b HTTP/1.1\r\nHost: a\r\n", "invalid_target"},
               {"GET / HTTP/1.1 \r\nHost: a\r\n", "invalid_version"},
               {"GET / http/1.1\r\nHost: a\r\n", "invalid_version"},
               {"GET / HTTP/11\r\nHost: a\r\n", "invalid_version"},
               {"GET / HTTP/1.10\r\nHost: a\r\n", "invalid_version"},
               {"GET / HTTP/1,1\r\nHost: a\r\n", "invalid_version"},
               {"GET / HTTP/1.2\r\nHost: a\r\n", "unsupported_version"},
               {"GET / HTTP/0.9\r\nHost: a\r\n", "unsupported_version"},
               {"GET / HTTP/2.0\r\nHost: a\r\n", "unsupported_version"},
               {"PRI * HTTP/2.0\r\n", "unsupported_version"},
               {"GET a:443 HTTP/1.1\r\nHost: a\r\n", "invalid_target"},
               {"GET * HTTP/1.1\r\nHost: a\r\n", "invalid_target"},
               {"OPTIONS * HTTP/1.1\r\nHost: a\r\n", "accepted"},
               {"GET /x/../admin HTTP/1.1\r\nHost: a\r\n", "invalid_target"},
               {"GET /#x HTTP/1.1\r\nHost: a\r\n", "invalid_target"}});
}

TEST(RequestHead, FieldLinesAreStrict) {
  expect_told({{get("A_b.c~!: x\xff\ty\r\n"), "accepted"},
               {get("A : x\r\n"), "space_before_colon"},
               {get("A\t: x\r\n"), "space_before_colon"},
               {get("Transfer-Encoding : chunked\r\n"), "space_before_colon"},
               {get("A b: x\r\n"), "invalid_field_name"},
               {get("A\xc3: x\r\n"), "invalid_field_name"},
               {get("(A): x\r\n"), "invalid_field_name"},
               {get(": x\r\n"), "invalid_field_name"},
               {get("A\r\n"), "invalid_field_name"},
               {get("A: x\r\n folded\r\n"), "obs_fold"},
               {get("A: x\r\n\tfolded\r\n"), "obs_fold"},
               {"GET / HTTP/1.1\r\n Host: a\r\n", "obs_fold"},
               {get("A: x\ny\r\n"), "bare_lf"},
               {get("A: x\rTransfer-Encoding: chunked\r\n"), "bare_cr"},
               {get("A: x\x01\r\n"), "control_character"},
               {get({"A: x\0y\r\n", 8}), "nul_byte"}});
}

TEST(RequestHead, HasOneValidHost) {
  expect_told({{"GET / HTTP/1.1\r\n", "missing_host"},
               {"GET http://b/ HTTP/1.1\r\n", "missing_host"},
               {"GET / HTTP/1.0\r\n", "accepted"},
               {get("Host: a\r\n"), "several_hosts"},
               {get("hOST: b\r\n"), "several_hosts"},
               {"GET / HTTP/1.0\r\nHost: a\r\nHost: a\r\n", "several_hosts"},
               {"GET / HTTP/1.1\r\nHost:\r\n", "invalid_host"},
               {"GET / HTTP/1.1\r\nHost: a, b\r\n", "invalid_host"},
               {"GET / HTTP/1.1\r\nHost: a@b\r\n", "invalid_host"},
               {"GET / HTTP/1.1\r\nHost: a/b\r\n", "invalid_host"},
               {"GET / HTTP/1.1\r\nHost: a:99999\r\n", "invalid_host"},
               {"GET http://b/ HTTP/1.1\r\nHost: b c\r\n", "invalid_host"},
               {"GET / HTTP/1.1\r\nHost: [::1]:80\r\n", "accepted"}});
}

// CL.TE, TE.CL, TE.TE and their disguises: whatever could be framed in two ways is refused.
TEST(RequestHead, BodyIsFramedInOneWay) {
  expect_told(
      {{post("Content-Length: 5\r\n"), "accepted"},
       {post("Transfer-Encoding: chunked\r\n"), "accepted"},
       {post("Transfer-Encoding: CHUNKED\r\n"), "accepted"},
       {post("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n"), "length_and_chunked"},
       {post("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n"), "length_and_chunked"},
       {post("Transfer-Encoding: x\r\nContent-Length: 5\r\n"), "length_and_chunked"},
       {post("Content-Length: 5\r\nContent-Length: 5\r\n"), "several_lengths"},
       {post("Content-Length: 5\r\ncontent-length: 6\r\n"), "several_lengths"},
       {post("Content-Length: 5, 5\r\n"), "several_lengths"},
       {post("Content-Length: 5,6\r\n"), "several_lengths"},
       {post("Content-Length:\r\n"), "invalid_length"},
       {post("Content-Length: +5\r\n"), "invalid_length"},
       {post("Content-Length: -1\r\n"), "invalid_length"},
       {post("Content-Length: 0x5\r\n"), "invalid_length"},
       {post("Content-Length: 5 5\r\n"), "invalid_length"},
       {post("Content-Length: 5a\r\n"), "invalid_length"},
       {post("Content-Length: 9223372036854775808\r\n"), "invalid_length"},
       {post("Content-Length: 18446744073709551616\r\n"), "invalid_length"},
       {post("Content-Length: 18446744073709551621\r\n"), "invalid_length"},
       {post("Content-Length: 9223372036854775807\r\n"), "accepted"},
       {post("Transfer-Encoding:\r\n"), "invalid_transfer_coding"},
       {post("Transfer-Encoding: xchunked\r\n"), "invalid_transfer_coding"},
       {post("Transfer-Encoding: chunked, chunked\r\n"), "invalid_transfer_coding"},
       {post("Transfer-Encoding: chunked\r\nTransfer-Encoding: x\r\n"), "invalid_transfer_coding"},
       {post("Transfer-Encoding: x\r\nTransfer-Encoding: chunked\r\n"), "invalid_transfer_coding"},
       {post("Transfer-Encoding: chunked\r\nTransfer-encoding: chunked\r\n"),
        "invalid_transfer_coding"},
       {post("Transfer-Encoding: identity, chunked\r\n"), "invalid_transfer_coding"},
       {post("Transfer-Encoding: gzip, chunked\r\n"), "invalid_transfer_coding"},
       {post("Transfer-Encoding: identity\r\n"), "invalid_transfer_coding"},
       {post("Transfer-Encoding: chunked;x=y\r\n"), "invalid_transfer_coding"},
       {post("Transfer-Encoding: \"chunked\"\r\n"), "invalid_transfer_coding"},
       {post("Transfer-Encoding: chunked,\r\n"), "invalid_transfer_coding"},
       {post("Transfer-Encoding: \x0b"
             "chunked\r\n"),
        "control_character"},
       {post("Transfer-Encoding:\r\n chunked\r\n"), "obs_fold"},
       {post("X: y\nTransfer-Encoding: chunked\r\n"), "bare_lf"},
       {"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n", "invalid_transfer_coding"}});
}

TEST(RequestHead, FramingIsWhatTheFieldsSay) {
  EXPECT_EQ(request(get("\r\n")).body, BodyFraming{});
  EXPECT_EQ(request(post("Content-Length: 0\r\n\r\n")).body, BodyFraming{});
  EXPECT_EQ(request(post("Content-Length: 0042\r\n\r\n")).body, (BodyFraming{Kind::length, 42}));
  EXPECT_EQ(request(get("Transfer-Encoding: chunked\r\n\r\n")).body,
            (BodyFraming{Kind::chunked, 0}));
}

TEST(RequestHead, ConnectionEndsWhenEitherSideSaysSo) {
  EXPECT_TRUE(request(get("\r\n")).keep_alive);
  EXPECT_FALSE(request(get("Connection: x,Close\r\n\r\n")).keep_alive);
  EXPECT_FALSE(request(get("Connection: keep-alive\r\nConnection: close\r\n\r\n")).keep_alive);
  EXPECT_FALSE(request("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n").keep_alive);
}

TEST(RequestHead, VersionOneZeroKnowsNoExpectation) {
  EXPECT_FALSE(request("POST / HTTP/1.0\r\nExpect: 100-continue\r\n\r\n").expect_continue);
  EXPECT_FALSE(request(get("Expect: something\r\n\r\n")).expect_continue);
}

TEST(RequestHead, TargetOverridesHost) {
  const RequestHead head = request("GET http://b.example:81?x HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_EQ(head.host, "b.example:81");
  EXPECT_EQ(head.path, "/");
  EXPECT_EQ(head.query, "?x");
  EXPECT_EQ(head.routing_path, "/");
  EXPECT_EQ(request("OPTIONS http://b HTTP/1.1\r\nHost: a\r\n\r\n").path, "*");
  EXPECT_EQ(request("OPTIONS http://b/b HTTP/1.1\r\nHost: a\r\n\r\n").path, "/b");
  EXPECT_EQ(request("OPTIONS http://b?b HTTP/1.1\r\nHost: a\r\n\r\n").path, "/");
}

TEST(RequestHead, KeepsTheLimitOfFields) {
  std::string fields;
  for (int i = 0; i < 99; ++i) fields += "F: x\r\n";
  EXPECT_EQ(told(read_request(whole(get(fields + "\r\n")))), "accepted");
  EXPECT_EQ(told(read_request(whole(get(fields + "F: x\r\n\r\n")))), "too_many_fields");
  EXPECT_EQ(told(parse_request_head(HeadText{get("F: x\r\n\r\n")}, {.bytes = 1000, .fields = 1})),
            "too_many_fields");
}

// The reader has looked at every byte before; a text that skipped it must still be safe to parse.
TEST(RequestHead, AnyTextIsSafeToParse) {
  for (const std::string_view text : {"", "\r\n", "\r\n\r\n", "GET", "GET / HTTP/1.1", "\n", " ",
                                      "\r", "GET / HTTP/1.1\r\n:\r\n\r\n", "A B C\r\n\r\n"}) {
    EXPECT_NE(told(parse_request_head(HeadText{text})), "accepted") << text;
    EXPECT_NE(told(parse_response_head(HeadText{text}, {"GET", false})), "accepted") << text;
  }
}

}  // namespace
}  // namespace proxy
