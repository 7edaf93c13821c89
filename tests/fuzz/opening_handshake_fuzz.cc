// A request head and an answer, divided by the first NUL behind the first byte, which chooses how
// they are cut: whole and cut must be judged the same.

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>

#include "websocket/opening_handshake.h"

namespace {

using websocket::Bytes;
using websocket::HandshakeTexts;
using websocket::OpeningHandshake;
using Progress = OpeningHandshake::Progress;
using Read = Progress (OpeningHandshake::*)(Bytes&);

// Reads `stream` in pieces of at most `longest` bytes until it is decided; what is left then.
struct Decided {
  Progress progress = Progress::partial;
  std::size_t rest = 0;
};

Decided read(OpeningHandshake& handshake, Read next, Bytes stream, std::size_t longest) {
  Decided decided;
  while (!stream.empty() && decided.progress == Progress::partial) {
    const std::size_t size = std::min(longest, stream.size());
    const std::unique_ptr<std::uint8_t[]> own{new std::uint8_t[size]};
    std::copy_n(stream.begin(), size, own.get());
    Bytes piece{own.get(), size};
    decided.progress = (handshake.*next)(piece);
    stream = stream.subspan(size);
    decided.rest = piece.size() + stream.size();
    if (handshake.memory() > 4 * websocket::HeadCollector::kMaxBytes) std::abort();
  }
  return decided;
}

// What is told of the two heads.
std::string judge(Bytes request, Bytes answer, std::size_t longest) {
  OpeningHandshake handshake;
  const Decided asked = read(handshake, &OpeningHandshake::read_request, request, longest);
  std::string told = std::to_string(static_cast<int>(asked.progress));
  if (asked.progress == Progress::upgrade) told += " " + std::to_string(asked.rest);
  const Decided answered = read(handshake, &OpeningHandshake::read_response, answer, longest);
  told += " " + std::to_string(static_cast<int>(answered.progress));
  if (answered.progress == Progress::upgrade) told += " " + std::to_string(answered.rest);
  told += " " + std::string{name(handshake.result())};
  for (const auto field : {HandshakeTexts::Field::host, HandshakeTexts::Field::path,
                           HandshakeTexts::Field::subprotocol, HandshakeTexts::Field::extensions}) {
    told += "\n" + std::string{handshake.texts().get(field)};
  }
  return told + std::to_string(handshake.allowed_reserved_bits());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const Bytes heads{data + 1, size - 1};
  const auto divider = std::find(heads.begin(), heads.end(), std::uint8_t{0});
  const Bytes request{heads.begin(), divider};
  const Bytes answer{divider == heads.end() ? divider : divider + 1, heads.end()};
  const std::size_t longest = std::size_t{1} + data[0] % 32U;
  if (judge(request, answer, SIZE_MAX) != judge(request, answer, longest)) std::abort();
  return 0;
}
