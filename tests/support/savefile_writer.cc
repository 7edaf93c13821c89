#include "tests/support/savefile_writer.h"

#include <cerrno>
#include <chrono>
#include <string>
#include <system_error>

namespace support {
namespace {

constexpr std::size_t kBufferSize = 1 << 20;

class Fields {
 public:
  Fields(ByteString& to, std::endian byte_order) : to_(to), byte_order_(byte_order) {}

  void bits_16(std::uint32_t value) { put(value, 2); }
  void bits_32(std::uint32_t value) { put(value, 4); }

 private:
  void put(std::uint32_t value, std::size_t width) {
    for (std::size_t i = 0; i < width; ++i) {
      const std::size_t place = byte_order_ == std::endian::big ? width - 1 - i : i;
      to_.push_back(static_cast<std::uint8_t>(value >> (8 * place)));
    }
  }

  ByteString& to_;
  std::endian byte_order_;
};

void append_pcapng_header(ByteString& to, const SavefileFormat& format) {
  Fields fields(to, format.byte_order);
  fields.bits_32(0x0A0D0D0A);  // section header block
  fields.bits_32(28);
  fields.bits_32(0x1A2B3C4D);
  fields.bits_16(1);
  fields.bits_16(0);
  fields.bits_32(0xffffffff);  // section length not given
  fields.bits_32(0xffffffff);
  fields.bits_32(28);
  fields.bits_32(1);  // interface description block
  fields.bits_32(32);
  fields.bits_16(format.link_type);
  fields.bits_16(0);
  fields.bits_32(format.snapshot_length);
  fields.bits_16(9);  // if_tsresol
  fields.bits_16(1);
  append(to, {static_cast<std::uint8_t>(format.nanoseconds ? 9 : 6), 0, 0, 0});
  fields.bits_32(0);  // end of the options
  fields.bits_32(32);
}

void append_pcap_header(ByteString& to, const SavefileFormat& format) {
  Fields fields(to, format.byte_order);
  fields.bits_32(format.nanoseconds ? 0xA1B23C4D : 0xA1B2C3D4);
  fields.bits_16(2);
  fields.bits_16(4);
  fields.bits_32(0);
  fields.bits_32(0);
  fields.bits_32(format.snapshot_length);
  fields.bits_32(format.link_type);
}

void append_enhanced_packet_block(ByteString& to, const SavefileFormat& format,
                                  websocket::Bytes packet, std::uint64_t time,
                                  std::uint32_t wire_length) {
  Fields fields(to, format.byte_order);
  const auto captured = static_cast<std::uint32_t>(packet.size());
  const std::uint32_t padding = (4 - captured % 4) % 4;
  const std::uint32_t block = 32 + captured + padding;
  fields.bits_32(6);
  fields.bits_32(block);
  fields.bits_32(0);  // interface
  fields.bits_32(static_cast<std::uint32_t>(time >> 32));
  fields.bits_32(static_cast<std::uint32_t>(time));
  fields.bits_32(captured);
  fields.bits_32(wire_length);
  append(to, packet);
  to.resize(to.size() + padding);
  fields.bits_32(block);
}

[[noreturn]] void fail(const std::string& what) {
  throw std::system_error(errno, std::generic_category(), what);
}

}  // namespace

void append_savefile_header(ByteString& to, const SavefileFormat& format) {
  if (format.pcapng) {
    append_pcapng_header(to, format);
  } else {
    append_pcap_header(to, format);
  }
}

void append_savefile_record(ByteString& to, const SavefileFormat& format, websocket::Bytes packet,
                            websocket::Time time, std::uint32_t wire_length) {
  const auto nanoseconds = static_cast<std::uint64_t>(time.time_since_epoch().count());
  const std::uint64_t units = format.nanoseconds ? nanoseconds : nanoseconds / 1000;
  if (format.pcapng) {
    append_enhanced_packet_block(to, format, packet, units, wire_length);
    return;
  }
  const std::uint64_t second = format.nanoseconds ? 1'000'000'000 : 1'000'000;
  Fields fields(to, format.byte_order);
  fields.bits_32(static_cast<std::uint32_t>(units / second));
  fields.bits_32(static_cast<std::uint32_t>(units % second));
  fields.bits_32(static_cast<std::uint32_t>(packet.size()));
  fields.bits_32(wire_length);
  append(to, packet);
}

ByteString savefile(std::span<const TestPacket> packets, const SavefileFormat& format) {
  ByteString file;
  append_savefile_header(file, format);
  for (const TestPacket& packet : packets) {
    append_savefile_record(file, format, packet.bytes, packet.time, packet.wire_length);
  }
  return file;
}

void write_file(const std::filesystem::path& path, websocket::Bytes bytes) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file.write(reinterpret_cast<const char*>(bytes.data()),
             static_cast<std::streamsize>(bytes.size()));
  file.close();
  if (!file) fail("cannot write " + path.string());
}

SavefileWriter::SavefileWriter(const std::filesystem::path& path, const SavefileFormat& format)
    : file_(path, std::ios::binary | std::ios::trunc), format_(format) {
  if (!file_) fail("cannot write " + path.string());
  buffer_.reserve(2 * kBufferSize);
  append_savefile_header(buffer_, format_);
}

void SavefileWriter::write(websocket::Bytes packet, websocket::Time time) {
  append_savefile_record(buffer_, format_, packet, time, static_cast<std::uint32_t>(packet.size()));
  if (buffer_.size() >= kBufferSize) flush();
}

void SavefileWriter::close() {
  flush();
  file_.close();
  if (!file_) fail("cannot write the savefile");
}

void SavefileWriter::flush() {
  file_.write(reinterpret_cast<const char*>(buffer_.data()),
              static_cast<std::streamsize>(buffer_.size()));
  if (!file_) fail("cannot write the savefile");
  buffer_.clear();
}

}  // namespace support
