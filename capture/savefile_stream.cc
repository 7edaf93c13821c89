#include "capture/savefile_stream.h"

#include <fcntl.h>
#include <stdio_ext.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "capture/capture_error.h"

namespace capture {
namespace {

constexpr std::size_t kBufferSize = std::size_t{256} << 10U;

}  // namespace

struct SavefileStream::Inflate {
  Inflate() {
    constexpr int kGzipOnly = 16 + MAX_WBITS;
    if (inflateInit2(&state, kGzipOnly) != Z_OK) throw CaptureError("zlib has no memory");
  }
  ~Inflate() { inflateEnd(&state); }
  Inflate(const Inflate&) = delete;
  Inflate& operator=(const Inflate&) = delete;

  z_stream state{};
  bool between_members = true;
};

Savefile::Savefile(const std::string& path)
    : path_(path),
      descriptor_(path == "-" ? ::dup(STDIN_FILENO) : ::open(path.c_str(), O_RDONLY | O_CLOEXEC)),
      error_(descriptor_ < 0 ? errno : 0) {}

Savefile::Savefile(Savefile&& other) noexcept
    : path_(std::move(other.path_)),
      descriptor_(std::exchange(other.descriptor_, -1)),
      error_(other.error_) {}

Savefile::~Savefile() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

std::string Savefile::name() const { return path_ == "-" ? "standard input" : path_; }

SavefileStream::SavefileStream(Savefile file) : file_(std::move(file)), name_(file_.name()) {
  struct stat status {};
  if (file_.descriptor() < 0) {
    throw CaptureError("cannot read " + name_ + ": " + std::strerror(file_.error()));
  }
  if (::fstat(file_.descriptor(), &status) != 0) {
    throw CaptureError("cannot read " + name_ + ": " + std::strerror(errno));
  }
  if (S_ISDIR(status.st_mode)) throw CaptureError("cannot read " + name_ + ": it is a directory");
  if (S_ISREG(status.st_mode)) {
    size_ = static_cast<std::uint64_t>(status.st_size);
    ::posix_fadvise(file_.descriptor(), 0, 0, POSIX_FADV_SEQUENTIAL);
  }
  buffer_.resize(kBufferSize);
  look_for_gzip();
}

SavefileStream::~SavefileStream() = default;

std::uint64_t SavefileStream::bytes_read() const {
  if (!is_plain()) return bytes_read_;
  return static_cast<std::uint64_t>(::lseek(file_.descriptor(), 0, SEEK_CUR));
}

void SavefileStream::look_for_gzip() {
  // A pipe may give one byte at a time.
  while (ahead_end_ < 2) {
    const auto count = read_file(buffer_.data() + ahead_end_, buffer_.size() - ahead_end_);
    if (count <= 0) break;
    ahead_end_ += static_cast<std::size_t>(count);
  }
  if (ahead_end_ >= 2 && buffer_[0] == 0x1f && buffer_[1] == 0x8b) {
    inflate_ = std::make_unique<Inflate>();
  }
}

// stdio reads a file of its own a good deal faster than through functions.
std::FILE* SavefileStream::open_plain() {
  ::lseek(file_.descriptor(), 0, SEEK_SET);
  return ::fdopen(::dup(file_.descriptor()), "r");
}

std::FILE* SavefileStream::open_through_functions() {
  const cookie_io_functions_t functions{
      .read = [](void* cookie, char* to, std::size_t size) -> ssize_t {
        return static_cast<SavefileStream*>(cookie)->read(to, size);
      },
      .write = nullptr,
      .seek = nullptr,
      .close = nullptr};
  return ::fopencookie(this, "r", functions);
}

std::FILE* SavefileStream::open() {
  std::FILE* file = is_plain() ? open_plain() : open_through_functions();
  if (file == nullptr) throw CaptureError("cannot read " + name_ + ": " + std::strerror(errno));
  std::setvbuf(file, nullptr, _IOFBF, kBufferSize);
  ::__fsetlocking(file, FSETLOCKING_BYCALLER);
  return file;
}

std::ptrdiff_t SavefileStream::read(char* to, std::size_t size) {
  if (inflate_) return read_packed(to, size);
  if (ahead_ == ahead_end_) return read_file(reinterpret_cast<std::uint8_t*>(to), size);
  const std::size_t count = std::min(size, ahead_end_ - ahead_);
  std::memcpy(to, buffer_.data() + ahead_, count);
  ahead_ += count;
  return static_cast<std::ptrdiff_t>(count);
}

std::ptrdiff_t SavefileStream::read_file(std::uint8_t* to, std::size_t size) {
  const ssize_t count = ::read(file_.descriptor(), to, size);
  if (count < 0) {
    failure_ = std::strerror(errno);
    return -1;
  }
  bytes_read_ += static_cast<std::uint64_t>(count);
  return count;
}

bool SavefileStream::refill() {
  if (ahead_ < ahead_end_) return true;
  const auto count = read_file(buffer_.data(), buffer_.size());
  ahead_ = 0;
  ahead_end_ = count > 0 ? static_cast<std::size_t>(count) : 0;
  return count > 0;
}

// A gzip file is one member or more (RFC 1952 section 2.2); what cannot be unpacked ends it.
std::ptrdiff_t SavefileStream::read_packed(char* to, std::size_t size) {
  z_stream& state = inflate_->state;
  state.next_out = reinterpret_cast<Bytef*>(to);
  state.avail_out = static_cast<uInt>(size);
  while (state.avail_out == size && failure_.empty()) {
    if (!refill()) {
      if (!inflate_->between_members && failure_.empty()) failure_ = "its gzip data ends early";
      break;
    }
    state.next_in = buffer_.data() + ahead_;
    state.avail_in = static_cast<uInt>(ahead_end_ - ahead_);
    inflate_->between_members = false;
    const int result = ::inflate(&state, Z_NO_FLUSH);
    ahead_ = ahead_end_ - state.avail_in;
    if (result == Z_STREAM_END) {
      ::inflateReset(&state);
      inflate_->between_members = true;
    } else if (result != Z_OK && result != Z_BUF_ERROR) {
      failure_ = "its gzip data is damaged";
    }
  }
  return static_cast<std::ptrdiff_t>(size - state.avail_out);
}

}  // namespace capture
