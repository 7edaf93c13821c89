#ifndef CLOSEWATCH_CAPTURE_TUNNEL_H_
#define CLOSEWATCH_CAPTURE_TUNNEL_H_

#include "capture/layer.h"

namespace capture {

// Each takes the layer that its header begins and returns the one behind it.
Layer open_gre(const Layer& layer);      // RFC 2784, RFC 2890; version 1 of RFC 2637
Layer open_erspan2(const Layer& layer);  // type II
Layer open_erspan3(const Layer& layer);
Layer open_udp(const Layer& layer);     // VXLAN and Geneve by destination port
Layer open_vxlan(const Layer& layer);   // RFC 7348
Layer open_geneve(const Layer& layer);  // RFC 8926

}  // namespace capture

#endif  // CLOSEWATCH_CAPTURE_TUNNEL_H_
