#include "tests/support/savefile_writer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <pcap/pcap.h>

#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
#include <system_error>
#include <vector>

namespace support {
namespace {

// libpcap is the judge of what is written.
std::vector<TestPacket> read_with_libpcap(const std::filesystem::path& path, int& link_type) {
  std::string error(PCAP_ERRBUF_SIZE, '\0');
  const std::unique_ptr<pcap_t, decltype(&pcap_close)> savefile(
      pcap_open_offline_with_tstamp_precision(path.c_str(), PCAP_TSTAMP_PRECISION_NANO,
                                              error.data()),
      &pcap_close);
  EXPECT_NE(savefile, nullptr) << error;
  std::vector<TestPacket> packets;
  if (!savefile) return packets;
  link_type = pcap_datalink(savefile.get());
  pcap_pkthdr* header = nullptr;
  const u_char* bytes = nullptr;
  int result = 0;
  while ((result = pcap_next_ex(savefile.get(), &header, &bytes)) == 1) {
    packets.push_back({ByteString(bytes, bytes + header->caplen),
                       websocket::Time{std::chrono::seconds{header->ts.tv_sec} +
                                       std::chrono::nanoseconds{header->ts.tv_usec}},
                       header->len});
  }
  EXPECT_EQ(result, PCAP_ERROR_BREAK) << pcap_geterr(savefile.get());
  return packets;
}

std::filesystem::path temporary_file() {
  return std::filesystem::path(testing::TempDir()) /
         testing::UnitTest::GetInstance()->current_test_info()->name();
}

TEST(SavefileWriter, LibpcapReadsEveryFormat) {
  const websocket::Time time{std::chrono::nanoseconds{1'700'000'000'123'456'789}};
  const std::vector<TestPacket> packets{
      {bytes_of("abcde"), time, 5}, {bytes_of(""), time, 0}, {bytes_of("cut!"), time, 1500}};
  for (const bool pcapng : {false, true}) {
    for (const bool nanoseconds : {false, true}) {
      for (const std::endian byte_order : {std::endian::big, std::endian::little}) {
        write_file(temporary_file(), savefile(packets, {.pcapng = pcapng,
                                                        .nanoseconds = nanoseconds,
                                                        .byte_order = byte_order,
                                                        .link_type = 113}));
        int link_type = -1;
        const std::vector<TestPacket> found = read_with_libpcap(temporary_file(), link_type);
        EXPECT_EQ(link_type, DLT_LINUX_SLL);
        ASSERT_EQ(found.size(), packets.size());
        for (std::size_t i = 0; i < found.size(); ++i) {
          EXPECT_EQ(found[i].bytes, packets[i].bytes);
          EXPECT_EQ(found[i].wire_length, packets[i].wire_length);
          EXPECT_EQ(found[i].time, time - std::chrono::nanoseconds{nanoseconds ? 0 : 789});
        }
      }
    }
  }
}

TEST(SavefileWriter, StreamsMoreThanItsBuffer) {
  const websocket::Time time{std::chrono::seconds{1'700'000'000}};
  SavefileWriter writer(temporary_file());
  const ByteString packet(100'000, 7);
  for (int i = 0; i < 30; ++i) writer.write(packet, time);
  writer.close();
  int link_type = -1;
  EXPECT_EQ(read_with_libpcap(temporary_file(), link_type).size(), 30U);
}

TEST(SavefileWriter, SaysWhyItCannotWrite) {
  EXPECT_THROW(SavefileWriter("/nonexistent/file"), std::system_error);
  EXPECT_THROW(write_file("/nonexistent/file", {}), std::system_error);
}

}  // namespace
}  // namespace support
