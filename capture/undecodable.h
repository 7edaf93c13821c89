#ifndef CLOSEWATCH_CAPTURE_UNDECODABLE_H_
#define CLOSEWATCH_CAPTURE_UNDECODABLE_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "websocket/counter.h"

namespace capture {

// Why a packet gave no segment although it might have held one.
enum class Undecodable : std::uint8_t {
  link_type,         // a link type that is not known
  truncated,         // the snapshot length cut it before the end of its TCP header
  malformed_link,    // Ethernet, PPPoE, MPLS, ...
  malformed_ip,      // IPv4, IPv6 and its extension headers
  malformed_tunnel,  // GRE, ERSPAN, UDP, VXLAN, Geneve
  malformed_tcp,
  nesting,           // more headers than the limit
  fragment_overlap,  // fragments that contradict each other; all of their datagram are dropped
  fragment_timeout,  // fragments whose datagram never became whole
  fragment_limit     // fragments dropped to stay within the limits
};
inline constexpr std::array<std::string_view, 10> kUndecodableNames{
    "link_type",     "truncated", "malformed_link",   "malformed_ip",     "malformed_tunnel",
    "malformed_tcp", "nesting",   "fragment_overlap", "fragment_timeout", "fragment_limit"};
inline constexpr std::size_t kUndecodableCount = kUndecodableNames.size();

constexpr std::size_t index(Undecodable reason) { return static_cast<std::size_t>(reason); }
constexpr std::string_view name(Undecodable reason) { return kUndecodableNames[index(reason)]; }

// Packets, by reason.
class UndecodableCounts {
 public:
  void add(Undecodable reason, std::uint64_t packets = 1) { counts_[index(reason)].add(packets); }
  const websocket::Counter& operator[](Undecodable reason) const { return counts_[index(reason)]; }

 private:
  std::array<websocket::Counter, kUndecodableCount> counts_;
};

}  // namespace capture

#endif  // CLOSEWATCH_CAPTURE_UNDECODABLE_H_
