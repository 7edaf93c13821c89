#include "proxy/body.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/websocket/pieces.h"
#include "websocket/http_head.h"

namespace proxy {
namespace {

using Kind = BodyFraming::Kind;
using support::bytes_of;
using websocket::every_way_to_cut;

struct Walked {
  std::string body, payload, rest;
  bool done = false;
  std::optional<Malformed> reason;
};

Walked walk(const websocket::Pieces& pieces, BodyFraming framing) {
  BodyWalker walker{framing};
  Walked walked;
  for (const support::ByteString& piece : pieces) {
    const std::size_t taken = walker.take(piece, &walked.payload);
    const std::string_view text = websocket::as_text(piece);
    walked.body += text.substr(0, taken);
    walked.rest += text.substr(taken);
  }
  walked.done = walker.done();
  walked.reason = walker.malformed();
  return walked;
}

constexpr BodyFraming kChunked{Kind::chunked, 0};

TEST(BodyWalker, FindsTheEndInWhateverPieces) {
  struct Row {
    BodyFraming framing;
    std::string body, payload;
  };
  for (const Row& row :
       std::vector<Row>{{{}, "", ""},
                        {{Kind::length, 1}, "x", "x"},
                        {{Kind::length, 9}, {"ab\r\n\r\n\0\xffz", 9}, {"ab\r\n\r\n\0\xffz", 9}},
                        {kChunked, "0\r\n\r\n", ""},
                        {kChunked, "5\r\nabcde\r\n0\r\n\r\n", "abcde"},
                        {kChunked, "a\r\n0\r\n\r\nGET /\r\n0C\r\n0123456789ab\r\n000\r\n\r\n",
                         "0\r\n\r\nGET /0123456789ab"},
                        {kChunked, "00000000000000000000000001\r\nx\r\n0\r\n\r\n", "x"},
                        {kChunked, "1;a=b;c=\"\td\xff\"\r\nx\r\n0;last\r\n\r\n", "x"},
                        {kChunked, "1\r\nx\r\n0\r\nETag: y\r\nx-b:\r\nX: \tz\xff\r\n\r\n", "x"}}) {
    for (const std::string rest : {"", "GET / HTTP/1.1\r\n\r\n", "\r\n", "0"}) {
      for (const auto& pieces : every_way_to_cut(bytes_of(row.body + rest))) {
        const Walked walked = walk(pieces, row.framing);
        EXPECT_TRUE(walked.done) << row.body;
        EXPECT_FALSE(walked.reason);
        EXPECT_EQ(walked.body, row.body);
        EXPECT_EQ(walked.payload, row.payload);
        EXPECT_EQ(walked.rest, rest);
      }
    }
  }
}

TEST(BodyWalker, WaitsForTheEnd) {
  const std::string chunks = "3;x\r\nabc\r\n0\r\nA: b\r\n\r\n";
  for (std::size_t size = 0; size < chunks.size(); ++size) {
    BodyWalker walker{kChunked};
    EXPECT_EQ(walker.take(bytes_of(chunks.substr(0, size))), size);
    EXPECT_FALSE(walker.done());
    EXPECT_FALSE(walker.malformed());
    EXPECT_FALSE(walker.may_end_here());
  }
  BodyWalker walker{{Kind::length, 3}};
  EXPECT_EQ(walker.take(bytes_of("ab")), 2U);
  EXPECT_FALSE(walker.done());
  EXPECT_FALSE(walker.may_end_here());
}

TEST(BodyWalker, UntilCloseTakesEverything) {
  BodyWalker walker{{Kind::until_close, 0}};
  std::string payload;
  EXPECT_TRUE(walker.may_end_here());
  EXPECT_EQ(walker.take(bytes_of("0\r\n\r\n"), &payload), 5U);
  EXPECT_EQ(walker.take(bytes_of("x"), &payload), 1U);
  EXPECT_EQ(payload, "0\r\n\r\nx");
  EXPECT_FALSE(walker.done());
  EXPECT_TRUE(walker.may_end_here());
}

// The first byte of `flaw` is the one that must not stand there.
TEST(BodyWalker, RefusesMalformedChunks) {
  struct Row {
    std::string before, flaw;
    Malformed reason;
  };
  for (const Row& row : std::vector<Row>{
           {"", "\r\n", Malformed::bad_chunk_size},
           {"", ";x\r\n", Malformed::bad_chunk_size},
           {"", "-1\r\n", Malformed::bad_chunk_size},
           {"", "+1\r\n", Malformed::bad_chunk_size},
           {"", " 1\r\n", Malformed::bad_chunk_size},
           {"", "g\r\n", Malformed::bad_chunk_size},
           {"0", "x5\r\n", Malformed::bad_chunk_size},
           {"5", " \r\nabcde", Malformed::bad_chunk_size},
           {"5", " ;x\r\nabcde", Malformed::bad_chunk_size},
           {"5", "_0\r\n", Malformed::bad_chunk_size},
           {"5", {"\0", 1}, Malformed::bad_chunk_size},
           {"5", "\n", Malformed::bare_lf},
           {"", "\n", Malformed::bad_chunk_size},
           {"5\r", "a", Malformed::bare_cr},
           {"5\r", "\r\n", Malformed::bare_cr},
           {"5;x", "\n", Malformed::bare_lf},
           {"5;x\r", "y", Malformed::bare_cr},
           {"5;x", {"\0", 1}, Malformed::nul_byte},
           {"5;x", "\x0b", Malformed::control_character},
           {"5;\"x", "\n", Malformed::bare_lf},
           {"7fffffffffffffff", "0\r\n", Malformed::bad_chunk_size},
           {"07fffffffffffffff", "f\r\n", Malformed::bad_chunk_size},
           {"1\r\nx", "y\r\n", Malformed::bad_chunk},
           {"1\r\nx", "\n0\r\n", Malformed::bad_chunk},
           {"1\r\nx\r", "0\r\n", Malformed::bad_chunk},
           {"1\r\nx", "0\r\n", Malformed::bad_chunk},
           {"0\r\n\r", "\r", Malformed::bare_cr},
           {"0\r\n", "\n", Malformed::bad_trailer},
           {"0\r\n", " A: b\r\n", Malformed::bad_trailer},
           {"0\r\n", ": b\r\n", Malformed::bad_trailer},
           {"0\r\nA", " : b\r\n", Malformed::bad_trailer},
           {"0\r\nA", "\r\n", Malformed::bad_trailer},
           {"0\r\nA: b", "\n", Malformed::bare_lf},
           {"0\r\nA: b\r", "\r", Malformed::bare_cr},
           {"0\r\nA: b", {"\0", 1}, Malformed::nul_byte},
           {"0\r\nA: b", "\x7f", Malformed::control_character},
           {"0\r\nA: b\r\n", " fold", Malformed::bad_trailer},
           {"0\r\nContent-Length", ": 5\r\n", Malformed::bad_trailer},
           {"0\r\ntransfer-encoding", ": chunked\r\n", Malformed::bad_trailer},
           {"0\r\nTransfer_Encoding", ": chunked\r\n", Malformed::bad_trailer},
           {"0\r\nHost", ": b\r\n", Malformed::bad_trailer},
           {"0\r\nX-Forwarded-For-A-Very-Long-Way-And-More", ": b\r\n", Malformed::bad_trailer},
           {"0\r\nSec-WebSocket-Key", ": b\r\n", Malformed::bad_trailer}}) {
    for (const auto& pieces : every_way_to_cut(bytes_of(row.before + row.flaw))) {
      const Walked walked = walk(pieces, kChunked);
      EXPECT_EQ(walked.reason, row.reason) << row.before << "|" << row.flaw;
      EXPECT_EQ(walked.body, row.before) << row.flaw;
      EXPECT_FALSE(walked.done);
    }
  }
}

TEST(BodyWalker, SizesGoUpTo63Bits) {
  BodyWalker walker{kChunked};
  EXPECT_EQ(walker.take(bytes_of("7fffffffffffffff\r\n")), 18U);
  EXPECT_EQ(walker.take(bytes_of("abc")), 3U);
  EXPECT_FALSE(walker.malformed());
  for (const std::string size : {"8000000000000000", "ffffffffffffffff", "10000000000000005"}) {
    EXPECT_EQ(walk({bytes_of(size + "\r\n")}, kChunked).reason, Malformed::bad_chunk_size) << size;
  }
}

TEST(BodyWalker, LongLinesAndManyTrailersEnd) {
  const std::string line = "1;" + std::string(BodyWalker::kMaxChunkLine - 3, 'x');
  EXPECT_TRUE(walk({bytes_of(line + "\r\na\r\n0\r\n\r\n")}, kChunked).done);
  EXPECT_EQ(walk({bytes_of(line + "x\r\na\r\n")}, kChunked).reason, Malformed::bad_chunk);
  EXPECT_EQ(walk({bytes_of(std::string(100000, '0'))}, kChunked).reason, Malformed::bad_chunk);
  std::string trailers = "0\r\n";
  for (std::size_t i = 0; i < BodyWalker::kMaxTrailers; ++i) trailers += "A: b\r\n";
  EXPECT_TRUE(walk({bytes_of(trailers + "\r\n")}, kChunked).done);
  EXPECT_EQ(walk({bytes_of(trailers + "A: b\r\n\r\n")}, kChunked).reason, Malformed::bad_trailer);
  const std::string flood = "0\r\nA: " + std::string(BodyWalker::kMaxTrailerBytes, 'x');
  EXPECT_EQ(walk({bytes_of(flood)}, kChunked).reason, Malformed::bad_trailer);
}

// Each chunk's line has the limit for itself, so that a long body does not run into it.
TEST(BodyWalker, ALongBodyPasses) {
  std::string body;
  for (int i = 0; i < 5000; ++i) body += "1;x=y\r\nz\r\n";
  body += "0\r\n\r\n";
  const Walked walked = walk({bytes_of(body)}, kChunked);
  EXPECT_TRUE(walked.done);
  EXPECT_EQ(walked.payload, std::string(5000, 'z'));
}

}  // namespace
}  // namespace proxy
