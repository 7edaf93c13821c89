#ifndef CLOSEWATCH_CAPTURE_TUNNEL_H_
#define CLOSEWATCH_CAPTURE_TUNNEL_H_

#include "capture/layer.h"

namespace capture {

// Each skips the header that begins `layer`.
void open_gre(Layer& layer);      // RFC 2784, RFC 2890; version 1 of RFC 2637
void open_erspan2(Layer& layer);  // type II
void open_erspan3(Layer& layer);
void open_udp(Layer& layer);     // VXLAN, Geneve and GTP-U by destination port
void open_vxlan(Layer& layer);   // RFC 7348
void open_geneve(Layer& layer);  // RFC 8926
void open_gtp(Layer& layer);     // GTP-U, 3GPP TS 29.281 section 5

}  // namespace capture

#endif  // CLOSEWATCH_CAPTURE_TUNNEL_H_
