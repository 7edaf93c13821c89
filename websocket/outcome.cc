#include "websocket/outcome.h"

#include <algorithm>

namespace websocket {
namespace {

// The first Close that `side` sent and that was meant for the other endpoint: one in answer to a
// Close of the proxy went no further than the proxy.
const CloseFrame* sent_close(const ConnectionFacts& facts, Side side) {
  const CloseFrame* close = facts.first_close(side);
  const std::optional<InjectedClose>& injected = facts.injected_closes[index(side)];
  return close != nullptr && injected && injected->order < close->order ? nullptr : close;
}

// Did the endpoint fail the connection (RFC 6455 section 7.1.7)? It then no longer reads what
// comes, not even an answer to its Close, and reports 1006.
enum class Failed : std::uint8_t { no, yes, perhaps };

bool says_failure(CloseCode code) {
  return code == 1002 || code == 1003 || code == 1007 || code == 1009 || code == 1010;
}

Failed failed(const ConnectionFacts& facts, Side side) {
  const CloseFrame* own = sent_close(facts, side);
  if (own == nullptr || own->answers || !own->code || !says_failure(*own->code)) return Failed::no;
  const Direction received = sent_by(opposite(side));
  Violations provocation = facts.stream(received).violations;
  provocation.remove(Violation::data_after_close);
  if (!provocation.empty()) return Failed::yes;
  if (facts.stream(sent_by(side)).ended_before_answer) return Failed::yes;
  // A server that fails the connection ends its stream at once; that it waited for the answer shows
  // that it read it. A client leaves the first FIN to the server either way.
  return side == Side::client ? Failed::perhaps : Failed::no;
}

// No Close was seen from this side, and none can have been missed: every header was read, up to
// this stream's end, or up to a reset, or until the owner had waited long enough.
bool surely_silent(const ConnectionFacts& facts, Side side) {
  if (sent_close(facts, side) != nullptr) return false;
  const StreamFacts& stream = facts.stream(sent_by(side));
  // Behind such a header nobody can read a Close, its receiver no more than we.
  if (stream.violations.has(Violation::length_out_of_range)) return true;
  if (!stream.synchronised) return false;
  if (facts.lost_by != LostBy::eviction && facts.lost_by != LostBy::unseen_end) return true;
  return std::ranges::any_of(facts.stream_ends, [side](const StreamEnd& end) {
    return end.sender == side || end.how == EndKind::reset;
  });
}

enum class Accepted : std::uint8_t { no, yes, unknown };

// Endpoints differ in the codes they accept, so the receiver's answer tells: 1002 and 1007 reject,
// any other answer accepts.
Accepted accepted(const ConnectionFacts& facts, const CloseFrame& close) {
  if (close.valid()) return Accepted::yes;
  const Side side = opposite(close.sender);
  const CloseFrame* answer = sent_close(facts, side);
  if (answer == nullptr) return surely_silent(facts, side) ? Accepted::no : Accepted::unknown;
  const bool rejects = answer->code == CloseCode{1002} || answer->code == CloseCode{1007};
  return rejects || !answer->answers ? Accepted::no : Accepted::yes;
}

ObservedCode observed_by(const ConnectionFacts& facts, Side side) {
  const Failed has_failed = failed(facts, side);
  if (has_failed == Failed::yes) return kAbnormalClosure;
  const CloseFrame* received = sent_close(facts, opposite(side));
  const std::optional<InjectedClose>& injected = facts.injected_closes[index(side)];
  if (injected && (received == nullptr || injected->order < received->order)) {
    return injected->delivered ? injected->code : kAbnormalClosure;
  }
  if (received == nullptr) {
    if (surely_silent(facts, opposite(side))) return kAbnormalClosure;
    return std::nullopt;
  }
  if (!received->delivered) return kAbnormalClosure;
  switch (accepted(facts, *received)) {
    case Accepted::no:
      return kAbnormalClosure;
    case Accepted::unknown:
      return std::nullopt;
    case Accepted::yes:
      break;
  }
  if (has_failed == Failed::perhaps) return std::nullopt;
  return received->code.value_or(kNoStatusReceived);
}

// The earliest thing this side did to end the connection: its Close, its FIN without one, its RST.
std::uint32_t first_move(const ConnectionFacts& facts, Side side) {
  // A FIN may be captured before the Close that it comes behind in the stream.
  if (const CloseFrame* close = sent_close(facts, side)) return close->order;
  std::uint32_t order = UINT32_MAX;
  for (const StreamEnd& end : facts.stream_ends) {
    if (end.sender == side && end.how != EndKind::silence) order = std::min(order, end.order);
  }
  return order;
}

Initiator initiator_of(const ConnectionFacts& facts) {
  if (ended_by_proxy(facts.lost_by)) return Initiator::proxy;
  for (const Side side : kSides) {
    if (sent_close(facts, side) == nullptr && !surely_silent(facts, side)) {
      return Initiator::unknown;
    }
  }
  const CloseFrame* client = sent_close(facts, Side::client);
  const CloseFrame* server = sent_close(facts, Side::server);
  if (client != nullptr && server != nullptr && client->answers != server->answers) {
    return client->answers ? Initiator::server : Initiator::client;
  }
  if (client != nullptr && server != nullptr && !client->answers) return Initiator::both;
  const std::uint32_t by_client = first_move(facts, Side::client);
  const std::uint32_t by_server = first_move(facts, Side::server);
  if (by_client == by_server) return Initiator::unknown;
  return by_client < by_server ? Initiator::client : Initiator::server;
}

const StreamEnd* earliest_end(const ConnectionFacts& facts) {
  const auto earliest = std::ranges::min_element(facts.stream_ends, {}, &StreamEnd::order);
  return earliest != facts.stream_ends.end() ? &*earliest : nullptr;
}

// Why a connection without any Close ended, from how its first stream ended.
Cause cause_without_close(const ConnectionFacts& facts, const OutcomeLimits& limits) {
  const StreamEnd* end = earliest_end(facts);
  if (end == nullptr) return facts.lost_by == LostBy::eviction ? Cause::evicted : Cause::gap;
  if (end->how == EndKind::silence) return Cause::vanished;
  const StreamFacts& ender = facts.stream(sent_by(end->sender));
  if (ender.oldest_unanswered_ping && end->at - *ender.oldest_unanswered_ping >= limits.ping) {
    return Cause::ping_timeout;
  }
  if (ender.mid_frame) return Cause::truncated;
  std::optional<Time> last;
  for (const StreamFacts& stream : facts.streams) {
    if (stream.last_activity) last = std::max(last.value_or(Time::min()), *stream.last_activity);
  }
  if (last && end->at - *last >= limits.idle) return Cause::idle_timeout;
  return end->how == EndKind::reset ? Cause::reset : Cause::fin;
}

std::optional<Cause> cause_within_proxy(LostBy lost_by) {
  switch (lost_by) {
    case LostBy::proxy_shutdown:
      return Cause::shutdown;
    case LostBy::proxy_idle_limit:
      return Cause::idle_timeout;
    case LostBy::proxy_ping_limit:
      return Cause::ping_timeout;
    default:
      return std::nullopt;
  }
}

Cause cause_of(const ConnectionFacts& facts, const OutcomeLimits& limits) {
  // What the endpoints did then, they did in answer.
  if (const std::optional<Cause> cause = cause_within_proxy(facts.lost_by)) return *cause;
  for (const Side side : kSides) {
    if (failed(facts, side) == Failed::yes) return Cause::protocol_error;
  }
  for (const CloseFrame& close : facts.close_frames) {
    if (&close == sent_close(facts, close.sender) && accepted(facts, close) == Accepted::no) {
      return Cause::protocol_error;
    }
  }
  const CloseFrame* by_client = sent_close(facts, Side::client);
  const CloseFrame* by_server = sent_close(facts, Side::server);
  if (by_client != nullptr && by_server != nullptr) {
    // An answer that went to nobody is none.
    const bool both_arrived = by_client->delivered && by_server->delivered;
    return both_arrived ? Cause::closing_handshake : Cause::unanswered_close;
  }
  if (facts.lost_by == LostBy::upstream_lost) return Cause::upstream_lost;
  const Cause lost = facts.lost_by == LostBy::eviction ? Cause::evicted : Cause::gap;
  for (const Side side : kSides) {
    if (sent_close(facts, side) == nullptr && !surely_silent(facts, side)) return lost;
  }
  return by_client != nullptr || by_server != nullptr ? Cause::unanswered_close
                                                      : cause_without_close(facts, limits);
}

int severity(CodeClass code_class) {
  return code_class == CodeClass::unknown ? -1 : static_cast<int>(code_class);
}

}  // namespace

Outcome decide(const ConnectionFacts& facts, const OutcomeLimits& limits) {
  Outcome outcome;
  outcome.client_observed = observed_by(facts, Side::client);
  outcome.server_observed = observed_by(facts, Side::server);
  outcome.initiator = initiator_of(facts);
  outcome.cause = cause_of(facts, limits);
  outcome.code_class = std::max(classify(outcome.client_observed, Side::client),
                                classify(outcome.server_observed, Side::server),
                                [](CodeClass a, CodeClass b) { return severity(a) < severity(b); });
  return outcome;
}

}  // namespace websocket
