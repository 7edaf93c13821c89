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

// A savefile that was opened, or why it could not be: nothing of it is read yet. "-" is standard
// input.
class Savefile {
 public:
  explicit Savefile(const std::string& path);
  Savefile(Savefile&& other) noexcept;
  Savefile& operator=(Savefile&&) = delete;
  ~Savefile();

  const std::string& path() const { return path_; }
  // "capture.pcap" or "standard input".
  std::string name() const;
  // -1: it could not be opened.
  int descriptor() const { return descriptor_; }
  int error() const { return error_; }  // as errno

 private:
  std::string path_;
  int descriptor_;
  int error_;
};

// The bytes of a savefile, or of standard input for "-", unpacked when they begin as gzip does.
class SavefileStream {
 public:
  // Throws CaptureError.
  explicit SavefileStream(Savefile file);
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

  Savefile file_;
  std::string name_;
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
