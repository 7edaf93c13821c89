#include "capture/output_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "capture/capture_error.h"

namespace capture {
namespace {

[[noreturn]] void cannot_write(const std::string& path) {
  throw CaptureError("cannot write to " + path + ": " + std::strerror(errno));
}

}  // namespace

OutputFile::OutputFile(std::string path)
    : path_(std::move(path)),
      descriptor_(::open(path_.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | O_NOCTTY, 0666)) {
  if (descriptor_ < 0) cannot_write(path_);
}

OutputFile::~OutputFile() { ::close(descriptor_); }

void OutputFile::fill(std::string_view contents) {
  // A pipe or a terminal has no contents to lose (EINVAL).
  if (::ftruncate(descriptor_, 0) != 0 && errno != EINVAL) cannot_write(path_);
  while (!contents.empty()) {
    const ssize_t written = ::write(descriptor_, contents.data(), contents.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) cannot_write(path_);
    contents.remove_prefix(static_cast<std::size_t>(written));
  }
}

}  // namespace capture
