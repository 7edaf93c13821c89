#ifndef CLOSEWATCH_CAPTURE_LINK_LAYER_H_
#define CLOSEWATCH_CAPTURE_LINK_LAYER_H_

#include <cstddef>

#include "capture/layer.h"

namespace capture {

// The layer behind a packet's link-layer header; `link_type` as in capture/link_type.h.
Layer open_link(int link_type, Bytes packet, std::size_t wire_length);

// Each takes the layer that its header begins and returns the one behind it.
Layer open_ethernet(const Layer& layer);
Layer open_vlan(const Layer& layer);   // 802.1Q, 802.1ad: one tag
Layer open_llc(const Layer& layer);    // IEEE 802.2 with SNAP
Layer open_mpls(const Layer& layer);   // one label
Layer open_pppoe(const Layer& layer);  // session
Layer open_ppp(const Layer& layer);
Layer open_by_version(const Layer& layer);

// The layer behind `header_size` bytes whose last field was this EtherType.
Layer behind_ethertype(const Layer& layer, std::size_t header_size, unsigned ethertype);

}  // namespace capture

#endif  // CLOSEWATCH_CAPTURE_LINK_LAYER_H_
