#ifndef CLOSEWATCH_CAPTURE_SEGMENT_H_
#define CLOSEWATCH_CAPTURE_SEGMENT_H_

#include <cstdint>

#include "websocket/bytes.h"
#include "websocket/endpoint.h"

namespace capture {

using websocket::Bytes;
using websocket::Duration;
using websocket::Endpoint;
using websocket::Time;

// TCP header flags (RFC 9293 section 3.1).
inline constexpr std::uint8_t kFin = 0x01;
inline constexpr std::uint8_t kSyn = 0x02;
inline constexpr std::uint8_t kRst = 0x04;
inline constexpr std::uint8_t kPsh = 0x08;
inline constexpr std::uint8_t kAck = 0x10;
inline constexpr std::uint8_t kUrg = 0x20;

// A TCP segment as found in one packet. `payload` is what was captured of it and is valid until the
// packet's buffer is reused; `payload_length` is what was on the wire, so a packet cut by the
// snapshot length still moves the sequence space.
struct Segment {
  Endpoint source;
  Endpoint destination;
  std::uint32_t sequence_number = 0;
  std::uint32_t acknowledgment_number = 0;
  std::uint8_t flags = 0;
  bool has_timestamp = false;  // TCP Timestamps option, RFC 7323
  bool checksum_bad = false;   // only set where a checksum was asked for and is wrong
  std::uint16_t urgent_pointer = 0;
  std::uint16_t window = 0;
  std::uint32_t timestamp_value = 0;  // TSval, when has_timestamp
  std::uint32_t payload_length = 0;   // on the wire; payload.size() or more
  Bytes payload;
  Time at{};

  bool has(std::uint8_t flag) const { return (flags & flag) != 0; }
};

}  // namespace capture

#endif  // CLOSEWATCH_CAPTURE_SEGMENT_H_
