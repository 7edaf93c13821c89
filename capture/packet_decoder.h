#ifndef CLOSEWATCH_CAPTURE_PACKET_DECODER_H_
#define CLOSEWATCH_CAPTURE_PACKET_DECODER_H_

#include <cstdint>

#include "capture/defragmenter.h"
#include "capture/ip.h"
#include "capture/layer.h"
#include "capture/segment.h"
#include "capture/undecodable.h"

namespace capture {

// Turns captured packets into TCP segments: every link layer of capture/link_type.h, VLAN tags,
// MPLS, PPPoE, IPv4 and IPv6 with their fragments,GRE, IP in IP, VXLAN, Geneve, GTP-U, in any
// nesting. One thread; any thread may read undecodable().
class PacketDecoder {
 public:
  // Segmentation and checksum offload give every local packet a wrong checksum, so that looking is
  // only for captures that were made elsewhere.
  enum class Checksums : std::uint8_t { ignore, verify };

  struct Limits {
    unsigned headers = 32;  // in one packet, of whatever kind
    Checksums checksums = Checksums::ignore;
    Defragmenter::Limits fragments{};
  };

  explicit PacketDecoder(const Limits& limits);

  // True when the packet held, or completed, a TCP segment: then `segment` is written in full and
  // its payload is valid until `packet` goes or the next call; else its content is undefined.
  // `link_type` is a value of pcap_datalink(), `wire_length` the packet's size before it was cut.
  bool decode(int link_type, Bytes packet, std::uint32_t wire_length, Time at, Segment& segment);

  const UndecodableCounts& undecodable() const { return undecodable_; }

 private:
  bool finish(const Layer& layer, Time at, Segment& segment);
  void reassemble(Layer& layer, const FragmentHeader& fragment, Time at, const Segment& segment);

  Limits limits_;
  UndecodableCounts undecodable_;
  Defragmenter defragmenter_;
};

}  // namespace capture

#endif  // CLOSEWATCH_CAPTURE_PACKET_DECODER_H_
