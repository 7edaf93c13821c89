#ifndef CLOSEWATCH_TESTS_SUPPORT_SAVEFILE_WRITER_H_
#define CLOSEWATCH_TESTS_SUPPORT_SAVEFILE_WRITER_H_

#include <bit>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <span>

#include "tests/support/byte_string.h"
#include "tests/support/tcp_packet.h"

namespace support {

// The savefile formats of pcap-savefile(5) and of the pcapng draft (one section, one interface,
// enhanced packet blocks), written from those documents, without libpcap.
struct SavefileFormat {
  bool pcapng = false;
  bool nanoseconds = false;  // otherwise microseconds
  std::endian byte_order = std::endian::native;
  std::uint16_t link_type = 1;  // LINKTYPE_ETHERNET
  std::uint32_t snapshot_length = 262'144;
};

// The whole file in memory; cut or change it as the test needs.
ByteString savefile(std::span<const TestPacket> packets, const SavefileFormat& format = {});

void append_savefile_header(ByteString& to, const SavefileFormat& format);
void append_savefile_record(ByteString& to, const SavefileFormat& format, websocket::Bytes packet,
                            websocket::Time time, std::uint32_t wire_length);

// Throws std::system_error.
void write_file(const std::filesystem::path& path, websocket::Bytes bytes);

// Streams a savefile of any size to disk through a buffer of one megabyte.
class SavefileWriter {
 public:
  // Throws std::system_error, as all of its members do.
  explicit SavefileWriter(const std::filesystem::path& path, const SavefileFormat& format = {});

  void write(websocket::Bytes packet, websocket::Time time);
  void close();  // without it the end of the file is missing

 private:
  void flush();

  std::ofstream file_;
  SavefileFormat format_;
  ByteString buffer_;
};

}  // namespace support

#endif  // CLOSEWATCH_TESTS_SUPPORT_SAVEFILE_WRITER_H_
