#ifndef CLOSEWATCH_CAPTURE_OUTPUT_FILE_H_
#define CLOSEWATCH_CAPTURE_OUTPUT_FILE_H_

#include <string>
#include <string_view>

namespace capture {

// A file that is opened, or created, long before its contents are known. Until then it keeps those
// that it has.
class OutputFile {
 public:
  // Throws CaptureError.
  explicit OutputFile(std::string path);
  ~OutputFile();
  OutputFile(const OutputFile&) = delete;
  OutputFile& operator=(const OutputFile&) = delete;

  // These alone are then its contents. Throws CaptureError.
  void fill(std::string_view contents);

 private:
  std::string path_;
  int descriptor_;
};

}  // namespace capture

#endif  // CLOSEWATCH_CAPTURE_OUTPUT_FILE_H_
