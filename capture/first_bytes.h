#ifndef CLOSEWATCH_CAPTURE_FIRST_BYTES_H_
#define CLOSEWATCH_CAPTURE_FIRST_BYTES_H_

#include <cstddef>
#include <cstdint>

#include "capture/segment.h"

namespace capture {

// What the bytes at the start of a segment look like.
enum class FirstBytes : std::uint8_t {
  get_request,
  other_request,
  switching_protocols,  // a response with status 101
  other_response,
  tls,
  http2,
  unknown
};
FirstBytes recognise(Bytes bytes);

// The length of the PROXY protocol header (versions 1 and 2) that load balancers put before the
// first byte of a stream; 0 when there is none or it is not complete.
std::size_t proxy_header_length(Bytes bytes);

}  // namespace capture

#endif  // CLOSEWATCH_CAPTURE_FIRST_BYTES_H_
