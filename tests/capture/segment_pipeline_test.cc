// The pipeline only changes when segments are tracked, never what comes of them.

#include "capture/segment_pipeline.h"

#include "capture/packet_decoder.h"
#include "tests/support/conversation.h"
#include "tests/support/observed.h"
#include "tests/support/packet_edits.h"

namespace {

using support::Conversation;
using support::Observations;
using support::TestPacket;

// Through the pipeline, each packet in a buffer that the next one overwrites, as libpcap's is.
void track_through_pipeline(const std::vector<TestPacket>& packets, std::size_t flush_every,
                            Observations& observations) {
  const capture::ServiceTable services;
  capture::ConnectionTracker tracker{{}, {}, services, observations};
  capture::SegmentPipeline pipeline{tracker};
  capture::PacketDecoder decoder{capture::PacketDecoder::Limits{}};
  support::ByteString buffer;
  for (std::size_t i = 0; i < packets.size(); ++i) {
    std::fill(buffer.begin(), buffer.end(), std::uint8_t{0xee});
    buffer.assign(packets[i].bytes.begin(), packets[i].bytes.end());
    const auto length = static_cast<std::uint32_t>(buffer.size());
    if (decoder.decode(1, buffer, length, packets[i].time, pipeline.next())) pipeline.push();
    if ((i + 1) % flush_every == 0) pipeline.flush();
  }
  pipeline.flush();
  tracker.finish();
}

std::vector<TestPacket> many_conversations() {
  std::vector<TestPacket> all;
  for (int i = 0; i < 60; ++i) {
    Conversation c{{.client = "10.0.0.1:" + std::to_string(40000 + i)}};
    c.tcp_handshake();
    c.upgrade();
    const std::size_t size = i % 3 == 0 ? 3000 : 20;  // above what the pipeline copies, and below
    c.client_frame(support::text(std::string(size, 'x')));
    c.server_frame(support::text("answer"));
    c.server_close(i % 2 == 0 ? 1011 : 1000);
    if (i % 5 == 0) {
      c.client_rst();
    } else {
      c.client_close(1000);
      c.server_fin();
      c.client_fin();
    }
    all = support::interleaved(all, c.packets());
  }
  return all;
}

std::vector<std::string> verdicts(const Observations& observations) {
  std::vector<std::string> texts;
  for (const auto& connection : observations.connections) {
    texts.push_back(to_string(connection.client) + ' ' + connection.verdict() + ' ' +
                    connection.frames(websocket::Side::client) + ' ' +
                    connection.frames(websocket::Side::server));
  }
  return texts;
}

TEST(SegmentPipeline, ChangesNothing) {
  const std::vector<TestPacket> packets = many_conversations();
  Observations direct;
  support::track(packets, direct);
  ASSERT_EQ(direct.connections.size(), 60U);
  for (const std::size_t flush_every : {1U, 7U, 24U, 25U, 31U, 32U, 33U, 100U, 100'000U}) {
    Observations observations;
    track_through_pipeline(packets, flush_every, observations);
    EXPECT_EQ(verdicts(observations), verdicts(direct)) << "flushed every " << flush_every;
    EXPECT_EQ(observations.counters.by_sender[0].payload_bytes.value(),
              direct.counters.by_sender[0].payload_bytes.value());
  }
}

}  // namespace
