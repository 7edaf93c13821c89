#include "proxy/head_reader.h"

#include <gtest/gtest.h>

#include <string>

#include "tests/proxy/heads.h"

namespace proxy {
namespace {

using Of = HeadReader::Of;
using Status = HeadReader::Status;
using support::bytes_of;
using websocket::every_way_to_cut;

TEST(HeadReader, EndsAtTheBlankLineInWhateverPieces) {
  for (const std::string head :
       {"A\r\n\r\n", "A\r\nB: c\r\n\r\n", "A\r\nB:\tc\xff\r\nC:\r\n\r\n"}) {
    for (const std::string rest : {"", "\x81", "\n", "\r\n\r\nmore\r\n\r\n"}) {
      for (const auto& pieces : every_way_to_cut(bytes_of(head + rest))) {
        const ReadHead read = read_head(pieces, Of::response);
        EXPECT_EQ(read.status, Status::complete) << testing::PrintToString(head);
        EXPECT_EQ(read.text.view(), head);
        EXPECT_EQ(read.rest, rest);
      }
    }
  }
}

TEST(HeadReader, PassesOverOneEmptyLineBeforeARequest) {
  for (const auto& pieces : every_way_to_cut(bytes_of("\r\nA\r\n\r\nrest"))) {
    const ReadHead read = read_head(pieces, Of::request);
    EXPECT_EQ(read.status, Status::complete);
    EXPECT_EQ(read.text.view(), "A\r\n\r\n");
    EXPECT_EQ(read.rest, "rest");
    EXPECT_EQ(read_head(pieces, Of::response).reason, Malformed::invalid_status_line);
  }
  for (const auto& pieces : every_way_to_cut(bytes_of("\r\n\r\nA\r\n\r\n"))) {
    EXPECT_EQ(read_head(pieces, Of::request).reason, Malformed::invalid_method);
  }
}

TEST(HeadReader, WaitsForTheBlankLine) {
  for (const std::string part :
       {"", "A", "A\r", "A\r\n", "A\r\n\r", "A\r\nB: c\r\n", "\r", "\r\n"}) {
    for (const auto& pieces : every_way_to_cut(bytes_of(part))) {
      EXPECT_EQ(read_head(pieces, Of::request).status, Status::partial);
    }
  }
}

TEST(HeadReader, IsEmptyUntilAHeadBegins) {
  HeadReader reader{Of::request};
  for (const std::string text : {"\r", "\n"}) {
    const support::ByteString piece = bytes_of(text);
    Bytes bytes{piece};
    EXPECT_EQ(reader.take(bytes), Status::partial);
    EXPECT_TRUE(reader.empty());
  }
  const support::ByteString piece = bytes_of("G");
  Bytes bytes{piece};
  EXPECT_EQ(reader.take(bytes), Status::partial);
  EXPECT_FALSE(reader.empty());
}

// The byte that settles it is the last of each text: nothing behind it is waited for.
TEST(HeadReader, RefusesAtOnceWhatNoHeadCanHold) {
  struct Row {
    std::string text;
    Malformed reason;
  };
  for (const Row& row : std::vector<Row>{{"GET / HTTP/1.1\n", Malformed::bare_lf},
                                         {"\n", Malformed::bare_lf},
                                         {"A\r\nB: c\n", Malformed::bare_lf},
                                         {"A\r\n\n", Malformed::bare_lf},
                                         {"A\rB", Malformed::bare_cr},
                                         {"A\r\r", Malformed::bare_cr},
                                         {"A\r\nB: c\r\rn", Malformed::bare_cr},
                                         {"A\r\n\rB", Malformed::bare_cr},
                                         {"\rA", Malformed::bare_cr},
                                         {"\r\r", Malformed::bare_cr},
                                         {{"A\0", 2}, Malformed::nul_byte},
                                         {{"A\r\nB: \0", 8}, Malformed::nul_byte},
                                         {{"\0", 1}, Malformed::nul_byte},
                                         {"A\r\nB: \x0b", Malformed::control_character},
                                         {"A\r\nB: \x7f", Malformed::control_character},
                                         {"\x16\x03\x01", Malformed::control_character},
                                         {"A\r\n ", Malformed::obs_fold},
                                         {"A\r\nB: c\r\n\t", Malformed::obs_fold}}) {
    for (const auto& pieces : every_way_to_cut(bytes_of(row.text))) {
      EXPECT_EQ(read_head(pieces, Of::request).reason, row.reason)
          << testing::PrintToString(row.text);
    }
  }
}

TEST(HeadReader, KeepsItsLimits) {
  const HeadLimits limits{.bytes = 40, .fields = 3};
  const std::string full = "A\r\nB: " + std::string(30, 'x') + "\r\n\r\n";
  ASSERT_EQ(full.size(), limits.bytes);
  for (const auto& pieces : every_way_to_cut(bytes_of(full + "rest"))) {
    EXPECT_EQ(read_head(pieces, Of::request, limits).status, Status::complete);
  }
  for (const auto& pieces : every_way_to_cut(bytes_of("x" + full))) {
    EXPECT_EQ(read_head(pieces, Of::request, limits).reason, Malformed::head_too_large);
  }
  for (const auto& pieces : every_way_to_cut(bytes_of("A\r\nB:\r\nC:\r\nD:\r\n\r\n"))) {
    EXPECT_EQ(read_head(pieces, Of::request, limits).status, Status::complete);
  }
  for (const auto& pieces : every_way_to_cut(bytes_of("A\r\nB:\r\nC:\r\nD:\r\nE"))) {
    EXPECT_EQ(read_head(pieces, Of::request, limits).reason, Malformed::too_many_fields);
  }
}

TEST(HeadReader, StopsAt16KiBByDefault) {
  const std::string flood = "GET / HTTP/1.1\r\nA: " + std::string(100000, 'a');
  EXPECT_EQ(read_head(whole(flood), Of::request).reason, Malformed::head_too_large);
  EXPECT_EQ(read_head(websocket::byte_by_byte(bytes_of(flood)), Of::request).reason,
            Malformed::head_too_large);
}

TEST(HeadReader, ReadsOneHeadBehindTheOther) {
  HeadReader reader{Of::request, {.bytes = 12, .fields = 1}};
  const support::ByteString stream = bytes_of("A\r\nB: c\r\n\r\n\r\nD\r\nE: f\r\n\r\n");
  Bytes bytes{stream};
  ASSERT_EQ(reader.take(bytes), Status::complete);
  EXPECT_EQ(reader.take_text().view(), "A\r\nB: c\r\n\r\n");
  EXPECT_TRUE(reader.empty());
  ASSERT_EQ(reader.take(bytes), Status::complete);
  EXPECT_EQ(reader.take_text().view(), "D\r\nE: f\r\n\r\n");
  EXPECT_TRUE(bytes.empty());
}

}  // namespace
}  // namespace proxy
