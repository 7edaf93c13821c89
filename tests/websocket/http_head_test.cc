#include "websocket/http_head.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "tests/support/byte_string.h"
#include "tests/websocket/pieces.h"

namespace websocket {
namespace {

using Status = HeadCollector::Status;
using Fields = std::vector<std::pair<std::string, std::string>>;

Fields fields_of(std::string_view text) {
  HttpHead head{text};
  Fields fields;
  while (const auto field = head.next_field()) fields.emplace_back(field->name, field->value);
  return fields;
}

TEST(HttpHead, IsReadLineByLine) {
  const std::string_view text =
      "GET /a?b HTTP/1.1\r\nHost: x\r\nEmpty:\r\nSpaces :\t a b \r\nColons: a:b\r\n\r\n";
  EXPECT_EQ(HttpHead{text}.start_line(), "GET /a?b HTTP/1.1");
  EXPECT_EQ(fields_of(text),
            (Fields{{"Host", "x"}, {"Empty", ""}, {"Spaces", "a b"}, {"Colons", "a:b"}}));
}

TEST(HttpHead, PassesOverWhatIsNoField) {
  EXPECT_EQ(fields_of("X\nno field\n: no name\na:1\n folded\n\nb:2"),
            (Fields{{"a", "1"}, {"b", "2"}}));
  EXPECT_EQ(fields_of(""), Fields{});
  EXPECT_EQ(HttpHead{""}.start_line(), "");
  EXPECT_EQ(HttpHead{"only"}.start_line(), "only");
}

TEST(ListHasToken, IgnoresCaseAndSpace) {
  for (const std::string_view list :
       {"websocket", "WebSocket", "h2c, websocket", "a,\tWEBSOCKET ,b", ",,websocket,"}) {
    EXPECT_TRUE(list_has_token(list, "websocket")) << list;
  }
  for (const std::string_view list : {"", ",", "websockets", "web socket", "websocket/13", "h2c"}) {
    EXPECT_FALSE(list_has_token(list, "websocket")) << list;
  }
}

struct Collected {
  Status status = Status::partial;
  std::string text;
  std::string rest;
};

Collected collect(const Pieces& pieces) {
  HeadCollector collector;
  Collected result;
  for (const support::ByteString& piece : pieces) {
    Bytes bytes{piece};
    if (result.status == Status::partial) {
      result.status = collector.take(bytes);
      if (result.status == Status::complete) result.text = collector.text();
      EXPECT_LE(collector.memory(), 2 * HeadCollector::kMaxBytes);
    }
    result.rest += as_text(bytes);
  }
  return result;
}

TEST(HeadCollector, EndsAtTheBlankLineInWhateverPieces) {
  for (const std::string head :
       {"A\r\nB: c\r\n\r\n", "A\nB: c\n\n", "A\r\n\n", "A\n\r\n", "\r\n\r\n", "A\r\r\nB\n\n"}) {
    for (const std::string rest : {"", "\x81", "\n", "\r\n\r\nmore\r\n\r\n"}) {
      for (const Pieces& pieces : every_way_to_cut(support::bytes_of(head + rest))) {
        const Collected collected = collect(pieces);
        EXPECT_EQ(collected.status, Status::complete) << testing::PrintToString(head);
        EXPECT_EQ(collected.text, head);
        EXPECT_EQ(collected.rest, rest);
      }
    }
  }
}

TEST(HeadCollector, WaitsForTheBlankLine) {
  for (const std::string part : {"", "A", "A\r\n", "A\r\n\r", "A\r\nB: c\r\n", "\n\r"}) {
    for (const Pieces& pieces : every_way_to_cut(support::bytes_of(part))) {
      EXPECT_EQ(collect(pieces).status, Status::partial);
    }
  }
}

TEST(HeadCollector, GivesUpBeyondItsLimit) {
  const std::string full = "A\r\n" + std::string(HeadCollector::kMaxBytes - 7, 'x') + "\r\n\r\n";
  ASSERT_EQ(full.size(), HeadCollector::kMaxBytes);
  const std::string larger = "x" + full;
  for (const std::size_t cut : {0U, 1U, 8000U, 16382U, 16383U}) {
    const Collected fits = collect(cut_at(support::bytes_of(full), cut));
    EXPECT_EQ(fits.status, Status::complete) << cut;
    EXPECT_EQ(fits.text, full);
    EXPECT_EQ(collect(cut_at(support::bytes_of(larger), cut)).status, Status::too_large) << cut;
  }
  EXPECT_EQ(collect(byte_by_byte(support::bytes_of(full))).status, Status::complete);
  EXPECT_EQ(collect(byte_by_byte(support::bytes_of(larger))).status, Status::too_large);
  // What comes behind a complete head does not count.
  EXPECT_EQ(collect({support::bytes_of("A\n\n" + larger)}).status, Status::complete);
}

}  // namespace
}  // namespace websocket
