// A stream of frames, whole and cut: the first byte chooses how, the rest is the stream. Both ways
// must give the same frames.

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <optional>
#include <vector>

#include "websocket/frame.h"

namespace {

using websocket::Bytes;

struct Seen {
  std::optional<websocket::Opcode> opcode;
  std::uint64_t length = 0;
  std::uint32_t digest = 0;
  std::vector<std::uint8_t> body;
  websocket::Violations violations;

  friend bool operator==(const Seen&, const Seen&) = default;
};

// Frames of `bytes`, copied to the very end of their own memory, are added to `seen`.
void walk(websocket::FrameWalker& walker, Bytes piece, std::vector<Seen>& seen) {
  const std::unique_ptr<std::uint8_t[]> own{new std::uint8_t[piece.size()]};
  std::copy(piece.begin(), piece.end(), own.get());
  Bytes bytes{own.get(), piece.size()};
  while (const std::optional<websocket::Frame> frame = walker.next(bytes)) {
    const Bytes body = frame->close_body();
    seen.push_back({frame->header.opcode,
                    frame->header.payload_length,
                    frame->digest,
                    {body.begin(), body.end()},
                    websocket::violations_of(frame->header, websocket::Side::client, 0)});
  }
  if (!bytes.empty()) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const Bytes stream{data + 1, size - 1};
  websocket::FrameWalker whole;
  std::vector<Seen> seen_whole;
  walk(whole, stream, seen_whole);

  websocket::FrameWalker cut;
  std::vector<Seen> seen_cut;
  std::uint32_t state = data[0];
  for (Bytes rest = stream; !rest.empty();) {
    // Pieces of 1 to 16 bytes; 0 as the first byte of the input: byte by byte.
    state = state == 0 ? 0 : state * 1664525U + 1013904223U;
    const std::size_t piece = std::min<std::size_t>(1 + (state >> 28U), rest.size());
    walk(cut, rest.first(piece), seen_cut);
    rest = rest.subspan(piece);
  }
  if (seen_whole != seen_cut || whole.payload_bytes() != cut.payload_bytes() ||
      whole.at_frame_boundary() != cut.at_frame_boundary() ||
      whole.payload_bytes() > stream.size()) {
    std::abort();
  }
  return 0;
}
