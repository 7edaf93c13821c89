#ifndef CLOSEWATCH_CAPTURE_SAVEFILE_STREAM_H_
#define CLOSEWATCH_CAPTURE_SAVEFILE_STREAM_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace capture {

// The bytes of a savefile, or of standard input for "-", unpacked when they begin as gzip does.
class SavefileStream {
 public:
  // Throws CaptureError.
  explicit SavefileStream(const std::string& path);
  ~SavefileStream();
  SavefileStream(const SavefileStream&) = delete;
  SavefileStream& operator=(const SavefileStream&) = delete;

  // A new FILE on these bytes, made for libpcap's many small reads: a large buffer, and no lock
  // around each. Whoever closes it must do so before this object goes.
  std::FILE* open();

  // Bytes taken from the file, packed or not, and its size where it has one.
  std::uint64_t bytes_read() const;
  std::optional<std::uint64_t> size() const { return size_; }
  // "capture.pcap" or "standard input".
  const std::string& name() const { return name_; }
  // Why the bytes ended early, in a few words; empty if they did not.
  const std::string& failure() const { return failure_; }

 private:
  struct Inflate;

  // A regular file that is not packed.
  bool is_plain() const { return size_ && !inflate_; }
  std::FILE* open_plain();
  std::FILE* open_through_functions();
  std::ptrdiff_t read(char* to, std::size_t size);
  std::ptrdiff_t read_file(std::uint8_t* to, std::size_t size);
  std::ptrdiff_t read_packed(char* to, std::size_t size);
  bool refill();
  void look_for_gzip();

  std::string name_;
  int descriptor_ = -1;
  std::optional<std::uint64_t> size_;
  std::uint64_t bytes_read_ = 0;
  std::string failure_;
  // What was read ahead: [ahead_, ahead_end_) of buffer_.
  std::vector<std::uint8_t> buffer_;
  std::size_t ahead_ = 0;
  std::size_t ahead_end_ = 0;
  std::unique_ptr<Inflate> inflate_;  // null: the file is not packed
};

}  // namespace capture

#endif  // CLOSEWATCH_CAPTURE_SAVEFILE_STREAM_H_
