#include "capture/packet_source.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>
#include <zlib.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "capture/link_type.h"
#include "tests/support/packet_builder.h"

namespace capture {
namespace {

using namespace support::layers;
using testing::HasSubstr;
using websocket::Duration;
using websocket::Time;

constexpr std::uint32_t kMicroseconds = 0xa1b2c3d4;
constexpr std::uint32_t kNanoseconds = 0xa1b23c4d;

Octets packet(unsigned number) {
  return ethernet(kIpv4Type, ipv4({}, tcp({.sequence_number = number}, text("hello"))));
}

// A pcap savefile in big-endian byte order with `count` packets, one a second.
Octets savefile(unsigned count, std::uint32_t magic = kNanoseconds) {
  Octets file;
  append32(file, magic);
  append16(file, 2);
  append16(file, 4);
  for (const std::uint32_t field : {0U, 0U, 65535U, 1U}) append32(file, field);
  for (unsigned i = 0; i < count; ++i) {
    const Octets bytes = packet(i);
    append32(file, 1000 + i);
    append32(file, 7);
    append32(file, static_cast<std::uint32_t>(bytes.size()));
    append32(file, static_cast<std::uint32_t>(bytes.size()) + 3);
    file = std::move(file) + bytes;
  }
  return file;
}

Octets block(std::uint32_t type, const Octets& body) {
  const auto size = static_cast<std::uint32_t>(12 + body.size());
  Octets octets;
  append32(octets, type);
  append32(octets, size);
  octets = octets + body;
  append32(octets, size);
  return octets;
}
Octets section_header() {
  return block(0x0a0d0d0a,
               {0x1a, 0x2b, 0x3c, 0x4d, 0, 1, 0, 0, 255, 255, 255, 255, 255, 255, 255, 255});
}
Octets interface_description(unsigned link_type) {
  Octets body;
  append16(body, link_type);
  append16(body, 0);
  append32(body, 65535);
  return block(1, body);
}
Octets enhanced_packet(std::uint32_t interface, Octets bytes) {
  Octets body;
  const auto size = static_cast<std::uint32_t>(bytes.size());
  for (const std::uint32_t field : {interface, 0U, 1000000U, size, size}) append32(body, field);
  bytes.resize((bytes.size() + 3) / 4 * 4);
  return block(6, body + bytes);
}

Octets gzipped(const Octets& octets) {
  z_stream state{};
  deflateInit2(&state, 6, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY);
  Octets packed(deflateBound(&state, octets.size()) + 64);
  state.next_in = const_cast<Bytef*>(octets.data());
  state.avail_in = static_cast<uInt>(octets.size());
  state.next_out = packed.data();
  state.avail_out = static_cast<uInt>(packed.size());
  deflate(&state, Z_FINISH);
  packed.resize(packed.size() - state.avail_out);
  deflateEnd(&state);
  return packed;
}

class SavefileTest : public testing::Test {
 protected:
  void TearDown() override { std::filesystem::remove(path_); }

  PacketSource open(const Octets& file, const std::string& filter = "") {
    std::ofstream out{path_, std::ios::binary};
    out.write(reinterpret_cast<const char*>(file.data()),
              static_cast<std::streamsize>(file.size()));
    out.close();
    return PacketSource::open_savefile(path_, filter);
  }
  std::string error_of(const Octets& file, const std::string& filter = "") {
    try {
      open(file, filter);
    } catch (const CaptureError& error) {
      return error.what();
    }
    return "no error";
  }

  std::string path_ = testing::TempDir() + "packet_source_test_" + std::to_string(getpid());
};

// How many packets it gives, in batches of 3.
unsigned count(PacketSource& source) {
  unsigned packets = 0;
  auto take = [&](const Packet& taken) {
    EXPECT_TRUE(std::ranges::equal(taken.bytes, packet(packets)));
    ++packets;
  };
  while (source.dispatch(3, take) > 0) {
  }
  return packets;
}

TEST_F(SavefileTest, GivesEveryPacketWithItsTimeAndLengths) {
  for (const auto& [magic, unit] : {std::pair{kNanoseconds, 1}, std::pair{kMicroseconds, 1000}}) {
    PacketSource source = open(savefile(2, magic));
    std::vector<Time> times;
    auto take = [&](const Packet& taken) {
      EXPECT_EQ(taken.bytes.size(), packet(0).size());
      EXPECT_EQ(taken.wire_length, packet(0).size() + 3);
      EXPECT_EQ(taken.link_type, link_type::kEthernet);
      times.push_back(taken.at);
    };
    EXPECT_EQ(source.dispatch(10, take), 2);
    EXPECT_EQ(source.dispatch(10, take), 0);
    EXPECT_EQ(times, (std::vector<Time>{Time{std::chrono::seconds{1000}} + Duration{7 * unit},
                                        Time{std::chrono::seconds{1001}} + Duration{7 * unit}}));
    EXPECT_EQ(source.warning(), "");
    EXPECT_FALSE(source.is_live());
    EXPECT_EQ(source.link_type(), link_type::kEthernet);
  }
}

TEST_F(SavefileTest, ReadsPcapng) {
  PacketSource source =
      open(section_header() + interface_description(1) + enhanced_packet(0, packet(0)) +
           interface_description(1) + enhanced_packet(1, packet(1)));
  EXPECT_EQ(count(source), 2U);
}

TEST_F(SavefileTest, SaysWhatItCannotReadAfterWhatItCould) {
  PacketSource source =
      open(section_header() + interface_description(1) + enhanced_packet(0, packet(0)) +
           interface_description(113) + enhanced_packet(1, packet(1)));
  unsigned packets = 0;
  auto take = [&](const Packet&) { ++packets; };
  try {
    while (source.dispatch(10, take) > 0) {
    }
    FAIL() << "two link types in one file were read";
  } catch (const CaptureError& error) {
    EXPECT_THAT(error.what(), HasSubstr("stopped before its end"));
    EXPECT_THAT(error.what(), HasSubstr("different"));
  }
  EXPECT_EQ(packets, 1U);
}

TEST_F(SavefileTest, UnpacksGzip) {
  const Octets file = savefile(1000);
  PacketSource source = open(gzipped(file));
  EXPECT_EQ(count(source), 1000U);
  EXPECT_EQ(source.progress().bytes_read, source.progress().size);
  EXPECT_EQ(source.warning(), "");
  // In members, as bgzip and appended logs have it.
  const Octets head(file.begin(), file.begin() + 100);
  const Octets tail(file.begin() + 100, file.end());
  PacketSource members = open(gzipped(head) + gzipped(tail));
  EXPECT_EQ(count(members), 1000U);
}

TEST_F(SavefileTest, EveryCutIsReadUpToIt) {
  const Octets file = savefile(3);
  const std::size_t record = 16 + packet(0).size();
  for (std::size_t size = 24; size < file.size(); ++size) {
    SCOPED_TRACE(size);
    PacketSource source = open(Octets(file.begin(), file.begin() + static_cast<long>(size)));
    EXPECT_EQ(count(source), (size - 24) / record);
    const bool between_packets = (size - 24) % record == 0;
    EXPECT_EQ(source.warning().empty(), between_packets) << source.warning();
  }
}

TEST_F(SavefileTest, ACutOrDamagedGzipFileIsReadAsFarAsItGoes) {
  const Octets packed = gzipped(savefile(1000));
  PacketSource cut =
      open(Octets(packed.begin(), packed.begin() + static_cast<long>(packed.size()) / 2));
  const unsigned packets = count(cut);
  EXPECT_GT(packets, 100U);
  EXPECT_LT(packets, 1000U);
  EXPECT_THAT(cut.warning(), HasSubstr("its gzip data ends early"));
  Octets damaged = packed;
  for (std::size_t i = packed.size() / 2; i < packed.size(); ++i) damaged[i] = 0xff;
  PacketSource source = open(damaged);
  auto ignore = [](const Packet&) {};
  try {
    while (source.dispatch(1000, ignore) > 0) {
    }
    EXPECT_THAT(source.warning(), HasSubstr("its gzip data"));
  } catch (const CaptureError& error) {
    EXPECT_THAT(error.what(), HasSubstr("stopped before its end"));
  }
}

TEST_F(SavefileTest, SaysWhyInOneSentence) {
  EXPECT_EQ(error_of({}), path_ + " is empty");
  EXPECT_EQ(error_of(text("#!/bin/sh\necho hello")),
            path_ + " is not a capture file (pcap or pcapng)");
  EXPECT_EQ(error_of(text("abc")), path_ + " is not a capture file (pcap or pcapng)");
  EXPECT_EQ(error_of(gzipped(text("no capture in here"))),
            path_ + " is not a capture file (pcap or pcapng)");
  EXPECT_THAT(error_of(savefile(1), "tcp prot 80"), HasSubstr("the filter \"tcp prot 80\""));
  const auto error_at = [](const std::string& path) -> std::string {
    try {
      PacketSource::open_savefile(path, "");
    } catch (const CaptureError& error) {
      return error.what();
    }
    return "no error";
  };
  EXPECT_EQ(error_at("/nowhere/x.pcap"), "cannot read /nowhere/x.pcap: No such file or directory");
  EXPECT_EQ(error_at("/tmp"), "cannot read /tmp: it is a directory");
}

TEST_F(SavefileTest, Filters) {
  PacketSource all = open(savefile(5), "tcp port 80");
  EXPECT_EQ(count(all), 5U);
  PacketSource none = open(savefile(5), "udp");
  EXPECT_EQ(count(none), 0U);
}

TEST_F(SavefileTest, KnowsHowFarItGot) {
  const Octets file = savefile(20000);
  PacketSource source = open(file);
  EXPECT_EQ(source.progress().size, file.size());
  auto ignore = [](const Packet&) {};
  source.dispatch(10, ignore);
  const auto early = source.progress().bytes_read;
  EXPECT_LT(early, file.size());
  while (source.dispatch(1000, ignore) > 0) {
  }
  EXPECT_EQ(source.progress().bytes_read, file.size());
}

TEST_F(SavefileTest, ReadsStandardInputAsItComes) {
  for (const Octets& file : {savefile(50), gzipped(savefile(50))}) {
    std::array<int, 2> ends{};
    ASSERT_EQ(pipe(ends.data()), 0);
    const int saved = dup(STDIN_FILENO);
    dup2(ends[0], STDIN_FILENO);
    close(ends[0]);
    std::thread writer{[&] {
      for (const std::uint8_t byte : file) ASSERT_EQ(write(ends[1], &byte, 1), 1);
      close(ends[1]);
    }};
    {
      PacketSource source = PacketSource::open_savefile("-", "");
      EXPECT_EQ(source.name(), "standard input");
      EXPECT_EQ(count(source), 50U);
      EXPECT_FALSE(source.progress().size);
      EXPECT_EQ(source.progress().bytes_read, file.size());
    }
    writer.join();
    dup2(saved, STDIN_FILENO);
    close(saved);
  }
}

TEST_F(SavefileTest, CanBeMoved) {
  PacketSource first = open(savefile(4));
  auto ignore = [](const Packet&) {};
  EXPECT_EQ(first.dispatch(2, ignore), 2);
  PacketSource second = open(savefile(1));
  second = std::move(first);
  EXPECT_EQ(second.dispatch(10, ignore), 2);
}

}  // namespace
}  // namespace capture
