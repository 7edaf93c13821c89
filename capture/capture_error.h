#ifndef CLOSEWATCH_CAPTURE_CAPTURE_ERROR_H_
#define CLOSEWATCH_CAPTURE_CAPTURE_ERROR_H_

#include <stdexcept>

namespace capture {

// Packets cannot be had, or no more of them; what() is one sentence for people.
class CaptureError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace capture

#endif  // CLOSEWATCH_CAPTURE_CAPTURE_ERROR_H_
