#ifndef CLOSEWATCH_CAPTURE_TCP_HEADER_H_
#define CLOSEWATCH_CAPTURE_TCP_HEADER_H_

#include "capture/layer.h"
#include "capture/segment.h"

namespace capture {

// Fills all of `segment` but its addresses and time from the TCP header that begins `layer` (RFC
// 9293 section 3.1); false, with the reason, when it is malformed or not captured.
bool read_tcp_header(const Layer& layer, Segment& segment, Undecodable& reason);

// Whether the checksum of a segment that was captured whole is right. `segment` has its addresses.
bool tcp_checksum_right(const Layer& layer, const Segment& segment);

}  // namespace capture

#endif  // CLOSEWATCH_CAPTURE_TCP_HEADER_H_
