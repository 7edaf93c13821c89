#ifndef CLOSEWATCH_CAPTURE_LINK_LAYER_H_
#define CLOSEWATCH_CAPTURE_LINK_LAYER_H_

#include <cstddef>

#include "capture/layer.h"

namespace capture {

// The layer behind a packet's link-layer header; `link_type` as in capture/link_type.h.
Layer open_link(int link_type, Bytes packet, std::size_t wire_length);

// Each skips the header that begins `layer`.
void open_ethernet(Layer& layer);
void open_vlan(Layer& layer);   // 802.1Q, 802.1ad: one tag
void open_llc(Layer& layer);    // IEEE 802.2 with SNAP
void open_mpls(Layer& layer);   // one label
void open_pppoe(Layer& layer);  // session
void open_ppp(Layer& layer);
void open_by_version(Layer& layer);

// Skips `header_size` bytes whose last field is this EtherType.
void skip_to_ethertype(Layer& layer, std::size_t header_size, unsigned ethertype);

}  // namespace capture

#endif  // CLOSEWATCH_CAPTURE_LINK_LAYER_H_
