#ifndef CLOSEWATCH_WEBSOCKET_FACTS_H_
#define CLOSEWATCH_WEBSOCKET_FACTS_H_

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "websocket/bytes.h"
#include "websocket/close_code.h"
#include "websocket/direction.h"
#include "websocket/opcode.h"
#include "websocket/violation.h"

namespace websocket {

// A complete Close frame, as sent (RFC 6455 section 5.5.1).
struct CloseFrame {
  Side sender = Side::client;
  std::optional<CloseCode> code;  // absent: no status code (an empty or a one-byte body)
  Violations violations;          // why a conforming receiver rejects it; empty: valid
  bool recovered = false;         // read at the tail of a stream that had been lost
  bool delivered = true;          // false: a reset came before its receiver acknowledged it
  bool answers = false;           // the other side's Close had reached the sender when it sent this
  Time at{};
  std::uint32_t order = 0;  // its place among all that was observed of the connection
  std::string reason;       // raw bytes as sent, at most 123; hold on to them only if asked

  bool valid() const { return violations.empty(); }
};

// A Close that the proxy sent of its own, at a frame boundary; nothing that the other endpoint sent
// later was passed on to its receiver.
struct InjectedClose {
  CloseCode code = 0;
  bool delivered = true;  // false: a reset came before its receiver acknowledged it
  Time at{};
  std::uint32_t order = 0;  // as in CloseFrame
};

// How a stream ended: its sender's FIN, its sender's RST, or silence beyond the limit (inferred).
enum class EndKind : std::uint8_t { fin, reset, silence };
constexpr std::string_view name(EndKind kind) {
  constexpr std::array<std::string_view, 3> names{"fin", "reset", "silence"};
  return names[static_cast<std::size_t>(kind)];
}

struct StreamEnd {
  Side sender = Side::client;
  EndKind how = EndKind::fin;
  Time at{};
  std::uint32_t order = 0;  // as in CloseFrame
};

// What was seen of one direction's stream.
struct StreamFacts {
  std::array<std::uint64_t, kOpcodeCount> frames{};  // by index(Opcode)
  std::uint64_t payload_bytes = 0;
  std::uint64_t missing_bytes = 0;
  std::uint32_t gaps = 0;
  std::uint32_t unanswered_pings = 0;
  std::optional<Time> oldest_unanswered_ping;
  std::optional<Time> last_activity;  // the last byte seen
  Violations violations;
  bool seen = false;  // at least one byte after the opening handshake, or the handshake itself
  // True when "no Close but those listed" is certain: every frame header was read, up to the end.
  bool synchronised = false;
  bool mid_frame = false;  // stands inside a frame
  // This stream's FIN or RST was sent before the other side's Close could have arrived.
  bool ended_before_answer = false;
};

// Why we, not the endpoints, ended the observation or the connection. `unseen_end`: the connection
// is over, or its savefile is, and the rest was not captured. `upstream_lost`: there was none any
// more when the upgrade had been promised. The last are acts of the proxy: it was told to stop, or
// its limit on silence, or on Pings of its own without an answer, was reached.
enum class LostBy : std::uint8_t {
  nothing,
  eviction,
  unseen_end,
  upstream_lost,
  proxy_shutdown,
  proxy_idle_limit,
  proxy_ping_limit
};
constexpr bool ended_by_proxy(LostBy lost_by) { return lost_by >= LostBy::proxy_shutdown; }

// What was seen of a connection, in the order in which it was seen; facts are only ever added.
struct ConnectionFacts {
  std::vector<CloseFrame> close_frames;  // the first kMaxCloseFrames
  std::vector<StreamEnd> stream_ends;    // at most one FIN and one RST or silence a side
  std::array<StreamFacts, 2> streams;    // by index(Direction)
  std::array<std::optional<InjectedClose>, 2> injected_closes;  // by index(Side) of the receiver
  LostBy lost_by = LostBy::nothing;

  const StreamFacts& stream(Direction direction) const { return streams[index(direction)]; }
  StreamFacts& stream(Direction direction) { return streams[index(direction)]; }

  // The first Close that `sender` sent, or null.
  const CloseFrame* first_close(Side sender) const;
  // The first end of `sender`'s stream, or null.
  const StreamEnd* first_end(Side sender) const;
};

// Keeps `close_frames` in the order of their arrival; of equals the new one is the last.
void add_in_order(std::vector<CloseFrame>& close_frames, CloseFrame close);

// A hostile sender may repeat its Close for ever; later ones are counted, not kept.
inline constexpr std::size_t kMaxCloseFrames = 8;

}  // namespace websocket

#endif  // CLOSEWATCH_WEBSOCKET_FACTS_H_
