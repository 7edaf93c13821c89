#ifndef CLOSEWATCH_CAPTURE_FLOW_H_
#define CLOSEWATCH_CAPTURE_FLOW_H_

#include <array>
#include <cstdint>
#include <memory>
#include <string_view>

#include "capture/keyed_hash.h"
#include "capture/reassembler.h"
#include "capture/segment.h"
#include "websocket/connection.h"

namespace capture {

// The two endpoints of a TCP flow, the smaller first, so that both directions have one key. VLAN
// and interface are left out: the same packet is often seen on several.
class FlowKey {
 public:
  FlowKey() = default;
  explicit FlowKey(const Segment& segment);

  // Is the segment's source the smaller endpoint?
  static bool source_is_lower(const Segment& segment);

  std::uint64_t hash(const KeyedHash& hash) const {
    const std::uint64_t first = hash(words_[0], words_[1]);
    return is_ipv6() ? hash(hash(first, words_[2], words_[3]), words_[4], words_[0]) : first;
  }
  Endpoint lower() const { return endpoint(0); }
  Endpoint higher() const { return endpoint(1); }

  friend bool operator==(const FlowKey& a, const FlowKey& b) {
    std::uint64_t difference = 0;
    for (std::size_t i = 0; i < a.words_.size(); ++i) difference |= a.words_[i] ^ b.words_[i];
    return difference == 0;
  }

 private:
  bool is_ipv6() const { return (words_[0] >> 63U) != 0; }
  Endpoint endpoint(unsigned which) const;

  // Family and ports; then both IPv4 addresses in one word, or two words each.
  std::array<std::uint64_t, 5> words_{};
};

// What is known of a flow.
enum class FlowState : std::uint8_t {
  undecided,  // no request for a WebSocket yet
  handshake,  // an upgrade was asked for
  midstream,  // joined midway, perhaps WebSocket
  websocket,
  opaque,  // TLS, HTTP/2, or nothing that could be followed
  other    // some other protocol
};
inline constexpr std::array<std::string_view, 6> kFlowStateNames{
    "undecided", "handshake", "midstream", "websocket", "opaque", "other"};
inline constexpr std::size_t kFlowStateCount = kFlowStateNames.size();

// Both directions of a TCP connection. streams[0] is what the lower endpoint sends.
struct Flow {
  explicit Flow(BufferBudget* budget) : streams{Reassembler{budget}, Reassembler{budget}} {}

  bool follows() const { return state <= FlowState::websocket; }
  websocket::Direction direction(unsigned sender) const {
    return (sender == client) ? websocket::Direction::client_to_server
                              : websocket::Direction::server_to_client;
  }

  // In the order of use: what every packet touches comes first.
  FlowKey key;
  Time last_seen{};  // in the tracker's time, which never goes back
  std::unique_ptr<websocket::Connection> connection;  // its positions are the streams' offsets
  std::uint32_t arrivals = 0;                         // packets so far
  FlowState state = FlowState::undecided;
  std::uint8_t client = 0;  // the sender index of the client, as far as is known
  bool has_pending_syn = false;
  bool vanished = false;  // reported as vanished; speaks again when it is revived
  std::array<Reassembler, 2> streams;
  std::uint32_t number = 0;         // in its table
  std::uint32_t reserved_head = 0;  // bytes of an incomplete head, counted in the budget
  std::uint32_t pending_syn = 0;    // the ISN of a SYN that came while the flow was alive
  std::uint8_t pending_sender = 0;
  std::uint8_t fins = 0;  // a bit each
  std::array<bool, 2> first_payload_seen{};
  bool in_use = false;
  bool joined_midway = false;
  bool timer_set = false;
  bool reset_seen = false;
  bool bound = false;    // the connection was reported as opened
  bool counted = false;  // reported as ended once already
};

}  // namespace capture

#endif  // CLOSEWATCH_CAPTURE_FLOW_H_
