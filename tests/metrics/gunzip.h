#ifndef CLOSEWATCH_TESTS_METRICS_GUNZIP_H_
#define CLOSEWATCH_TESTS_METRICS_GUNZIP_H_

#include <zlib.h>

#include <array>
#include <stdexcept>
#include <string>

namespace metrics::test {

inline std::string gunzip(std::string compressed) {
  z_stream stream{};
  constexpr int kGzipWindow = 15 + 16;
  if (inflateInit2(&stream, kGzipWindow) != Z_OK) throw std::runtime_error("inflateInit2");
  stream.next_in = reinterpret_cast<Bytef*>(compressed.data());
  stream.avail_in = static_cast<uInt>(compressed.size());
  std::string content;
  int result = Z_OK;
  while (result == Z_OK) {
    std::array<Bytef, 4096> part{};
    stream.next_out = part.data();
    stream.avail_out = part.size();
    result = inflate(&stream, Z_NO_FLUSH);
    content.append(reinterpret_cast<const char*>(part.data()), part.size() - stream.avail_out);
  }
  inflateEnd(&stream);
  if (result != Z_STREAM_END) throw std::runtime_error("not gzip");
  return content;
}

}  // namespace metrics::test

#endif  // CLOSEWATCH_TESTS_METRICS_GUNZIP_H_
