// A body behind two bytes that choose its framing and how it is cut. Whole and cut must be told the
// same; what of it was taken must be taken again; and its payload in one chunk must come out again.

#include <cstdint>
#include <string>
#include <string_view>

#include "proxy/body.h"
#include "tests/fuzz/http_heads.h"

namespace {

using fuzz::require;
using proxy::BodyFraming;
using proxy::BodyWalker;
using websocket::Bytes;
using Kind = BodyFraming::Kind;

struct Walked {
  std::size_t taken = 0;
  std::string payload;
  std::string end;  // "done", the reason of a refusal, or empty

  friend bool operator==(const Walked&, const Walked&) = default;
};

Walked walk(Bytes stream, std::size_t longest, BodyFraming framing) {
  BodyWalker walker{framing};
  Walked walked;
  fuzz::give_in_pieces(stream, longest, [&](Bytes piece) {
    const std::size_t taken = walker.take(piece, &walked.payload);
    walked.taken += taken;
    const bool stopped = walker.done() || walker.malformed().has_value();
    require(stopped || taken == piece.size());
    require(!stopped || walker.take(piece) == 0);
    return !stopped;
  });
  if (walker.done()) walked.end = "done";
  if (walker.malformed()) walked.end = name(*walker.malformed());
  return walked;
}

Bytes bytes_of(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

std::string in_one_chunk(const std::string& payload) {
  if (payload.empty()) return "0\r\n\r\n";
  std::string digits;
  for (std::size_t size = payload.size(); size > 0; size /= 16) {
    digits.insert(digits.begin(), "0123456789abcdef"[size % 16]);
  }
  return digits + "\r\n" + payload + "\r\n0\r\n\r\n";
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const auto kind = static_cast<Kind>(data[0] % 4U);
  const BodyFraming framing{kind, kind == Kind::length ? data[0] / 4U : 0U};
  const Bytes stream{data + 2, size - 2};
  const Walked whole = walk(stream, SIZE_MAX, framing);
  require(whole == walk(stream, std::size_t{1} + data[1] % 32U, framing));
  require(whole.payload.size() <= whole.taken);
  if (kind != Kind::chunked || whole.end != "done") return 0;
  require(walk(stream.first(whole.taken), SIZE_MAX, framing) == whole);
  const std::string again = in_one_chunk(whole.payload);
  const Walked walked = walk(bytes_of(again), SIZE_MAX, framing);
  require(walked.end == "done" && walked.taken == again.size());
  require(walked.payload == whole.payload);
  return 0;
}
