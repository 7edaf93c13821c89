#ifndef CLOSEWATCH_CAPTURE_IP_H_
#define CLOSEWATCH_CAPTURE_IP_H_

#include <cstddef>
#include <cstdint>

#include "capture/layer.h"
#include "capture/segment.h"

namespace capture {

// Linux makes packets of up to 512 KiB (BIG TCP) and says 0 in their length field; what claims more
// is no packet.
inline constexpr std::size_t kLargestDatagram = std::size_t{1} << 20U;

// The fields of a fragment's header (RFC 791 section 3.1, RFC 8200 section 4.5).
struct FragmentHeader {
  std::uint32_t identification;
  std::uint32_t offset;  // in bytes
  bool more;
  std::uint8_t protocol;  // IP protocol number of the data
};

// Each takes the layer that its header begins and returns the one behind it. Those of an IP header
// write the addresses of `segment`; `fragment` is written when Protocol::fragment is returned.
Layer open_ipv4(const Layer& layer, Segment& segment, FragmentHeader& fragment);
Layer open_ipv6(const Layer& layer, Segment& segment);
Layer open_ipv6_options(const Layer& layer);
Layer open_ipv6_routing(const Layer& layer, Segment& segment);
Layer open_ipv6_fragment(const Layer& layer, FragmentHeader& fragment);
Layer open_authentication(const Layer& layer, bool is_ipv6);

// What an IP header's protocol or next header field announces.
Protocol by_ip_protocol(std::uint8_t number, bool is_ipv6);

}  // namespace capture

#endif  // CLOSEWATCH_CAPTURE_IP_H_
