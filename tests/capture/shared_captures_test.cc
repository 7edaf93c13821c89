// Captures that other projects made, and what was derived from them.

#include <gtest/gtest.h>

#include <filesystem>
#include <ostream>
#include <string>
#include <vector>

#include "capture/packet_decoder.h"
#include "capture/packet_source.h"

namespace capture {
namespace {

namespace fs = std::filesystem;

const fs::path kCaptures = CLOSEWATCH_SHARED_CAPTURES;

struct Piece {
  std::uint32_t sequence_number = 0;
  std::uint32_t payload_length = 0;
  std::uint8_t flags = 0;
  std::vector<std::uint8_t> payload;

  friend bool operator==(const Piece&, const Piece&) = default;
};

std::vector<Piece> segments_of(const fs::path& path) {
  std::vector<Piece> pieces;
  PacketDecoder decoder{{}};
  PacketSource source = PacketSource::open_savefile(path.string(), "");
  const auto take = [&](const Packet& packet) {
    Segment segment;
    if (!decoder.decode(packet.link_type, packet.bytes, packet.wire_length, packet.at, segment)) {
      return;
    }
    EXPECT_LE(segment.payload.size(), segment.payload_length);
    pieces.push_back({segment.sequence_number,
                      segment.payload_length,
                      segment.flags,
                      {segment.payload.begin(), segment.payload.end()}});
  };
  while (source.dispatch(1000, take) > 0) {
  }
  return pieces;
}

class SharedCapturesTest : public testing::Test {
 protected:
  void SetUp() override {
    if (!fs::exists(kCaptures)) GTEST_SKIP() << "the shared captures are absent: " << kCaptures;
  }
};

TEST_F(SharedCapturesTest, EveryEncapsulationHoldsTheSameSegments) {
  const auto expected = segments_of(kCaptures / "zeek/message-too-big-status.pcap");
  ASSERT_EQ(expected.size(), 14U);
  int compared = 0;
  for (const auto& entry : fs::directory_iterator(kCaptures / "derived")) {
    const std::string name = entry.path().filename().string();
    SCOPED_TRACE(name);
    const bool whole = name.starts_with("enc_") || name.starts_with("link_") ||
                       name.starts_with("ip_frag") || name == "fmt_bigendian.pcap" ||
                       name == "fmt_nsec.pcap";
    const bool cut = name == "fmt_cut_midpacket.pcap";
    if (!whole && !cut) continue;
    auto here = expected;
    if (cut) here.pop_back();
    EXPECT_EQ(segments_of(entry.path()), here);
    ++compared;
  }
  EXPECT_GE(compared, 19);
}

TEST_F(SharedCapturesTest, ACutPacketStillMovesTheSequenceSpace) {
  std::uint64_t on_the_wire = 0;
  std::size_t captured = 0;
  for (const Piece& piece : segments_of(kCaptures / "derived/fmt_snap96.pcap")) {
    on_the_wire += piece.payload_length;
    captured += piece.payload.size();
    EXPECT_LE(piece.payload.size(), 30U);
  }
  EXPECT_EQ(on_the_wire, 87718U);
  EXPECT_GT(captured, 0U);
}

// No crash and no segment longer than its packet, whatever the file; libpcap refuses some of them.
TEST_F(SharedCapturesTest, EveryFileIsReadOrRefusedInOneSentence) {
  int read = 0;
  for (const auto& entry : fs::recursive_directory_iterator(kCaptures)) {
    if (!entry.is_regular_file()) continue;
    try {
      segments_of(entry.path());
      ++read;
    } catch (const CaptureError& error) {
      EXPECT_EQ(std::string{error.what()}.find('\n'), std::string::npos);
    }
  }
  EXPECT_GT(read, 300);
}

}  // namespace
}  // namespace capture
