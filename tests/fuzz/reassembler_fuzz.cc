// Segments of one stream whose bytes follow from their place, so that all copies agree: what comes
// out must be the stream, in order, each byte once, with what is missing said.
//
// The first four bytes are the initial sequence number; each record is five bytes: what, where (two
// bytes, steps of three), length, extra.

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <vector>

#include "capture/reassembler.h"

namespace {

using capture::Reassembler;

std::uint8_t byte_at(std::uint64_t offset) {
  return static_cast<std::uint8_t>(offset * 7 + (offset >> 8U) * 13);
}

// Holds what comes out against what the stream must hold there.
class Expected {
 public:
  void check(const Reassembler::Piece& piece) {
    offset_ += piece.missing;
    for (const std::uint8_t byte : piece.bytes) {
      if (byte != byte_at(offset_++)) std::abort();
    }
  }
  void check_rest(Reassembler& reassembler) {
    while (const auto piece = reassembler.next()) check(*piece);
    if (reassembler.offset() != offset_) std::abort();
  }

 private:
  std::uint64_t offset_ = 0;
};

struct Record {
  unsigned what;
  std::uint32_t place;
  std::uint32_t length;
  unsigned extra;
};

void play(const Record& record, std::uint32_t first, capture::Time at, std::uint32_t arrival,
          Reassembler& reassembler, Expected& expected) {
  switch (record.what % 8) {
    case 5:
      reassembler.acknowledged(first + record.place);
      break;
    case 6:
      reassembler.reset_at(first + record.place);
      break;
    case 7:
      if (record.extra == 0) reassembler.flush();
      break;
    default: {
      // At the very end of its own memory, where reading on is seen.
      const std::uint32_t captured = record.length - std::min(record.length, record.extra % 16);
      const std::unique_ptr<std::uint8_t[]> bytes{new std::uint8_t[captured]};
      for (std::uint32_t i = 0; i < captured; ++i) bytes[i] = byte_at(record.place + i);
      capture::Segment segment;
      segment.sequence_number = first + record.place;
      segment.flags = record.what % 8 == 4 ? capture::kAck | capture::kFin : capture::kAck;
      segment.has_timestamp = record.extra >= 128;
      segment.timestamp_value = record.extra;
      segment.payload = {bytes.get(), captured};
      segment.payload_length = record.length;
      segment.at = at;
      if (const auto piece = reassembler.accept(segment, arrival)) expected.check(*piece);
      break;
    }
  }
  reassembler.wait_for_hole(at);
  expected.check_rest(reassembler);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 4) return 0;
  std::uint32_t first = 0;
  for (int i = 0; i < 4; ++i) first = first << 8U | *data++;
  size -= 4;
  capture::BufferBudget budget;
  budget.max_bytes = 4096;
  budget.max_segments_per_stream = 16;
  {
    Reassembler reassembler{&budget};
    reassembler.start(first);
    Expected expected;
    capture::Time at{};
    std::uint32_t arrival = 0;
    for (; size >= 5; data += 5, size -= 5) {
      at += std::chrono::milliseconds{20};
      const std::uint32_t place = (std::uint32_t{data[1]} << 8U | data[2]) * 3;
      play({data[0], place, data[3], data[4]}, first, at, ++arrival, reassembler, expected);
      // One segment may go over the limit before it gives up, and it is given up at once.
      if (budget.bytes.value() > budget.max_bytes + 256) std::abort();
    }
    reassembler.flush();
    expected.check_rest(reassembler);
    if (reassembler.has_hole() || budget.bytes.value() != 0) std::abort();
  }
  return 0;
}
