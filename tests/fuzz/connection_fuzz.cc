// Operations on one connection, decoded from the input: a byte for what to do, where and on what
// terms, a byte for how much, then the bytes of a chunk.

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string_view>

#include "websocket/connection.h"

namespace {

using websocket::Bytes;
using websocket::Connection;
using websocket::Direction;
using websocket::ObservedCode;
using websocket::Side;

constexpr std::string_view kRequest =
    "GET / HTTP/1.1\r\nUpgrade: websocket\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
constexpr std::string_view kAnswer =
    "HTTP/1.1 101 S\r\nUpgrade: websocket\r\n"
    "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";

void require(bool holds) {
  if (!holds) std::abort();
}

// An endpoint observes what the other side's first Close says, 1005, 1006, or nothing is known.
void check_observed(const websocket::ConnectionFacts& facts, ObservedCode code, Side observer) {
  if (!code || *code == websocket::kAbnormalClosure) return;
  if (const auto& injected = facts.injected_closes[index(observer)]; injected) {
    if (injected->delivered && *code == injected->code) return;
  }
  const websocket::CloseFrame* close = facts.first_close(opposite(observer));
  require(close != nullptr);
  require(*code == close->code.value_or(websocket::kNoStatusReceived));
}

void check(const Connection& connection) {
  const websocket::ConnectionFacts facts = connection.conclude();
  require(facts.close_frames.size() <= websocket::kMaxCloseFrames);
  require(facts.stream_ends.size() <= 6);
  require(std::ranges::is_sorted(facts.close_frames, {}, &websocket::CloseFrame::order));
  for (const websocket::CloseFrame& close : facts.close_frames) {
    require(close.reason.size() <= 123);
    if (close.recovered) require(close.valid() && close.delivered);
  }
  const websocket::ConnectionSummary summary = connection.summary(facts, {});
  check_observed(facts, summary.outcome.client_observed, Side::client);
  check_observed(facts, summary.outcome.server_observed, Side::server);
  require(connection.buffered() <= 4 * websocket::HeadCollector::kMaxBytes);
}

class Player {
 public:
  explicit Player(std::uint8_t start)
      : connection_(static_cast<Connection::Start>(start % 3U), now_) {
    if (start % 3U == 0 && (start & 0x80U) != 0) {
      send(Direction::client_to_server, text(kRequest), false, true);
      send(Direction::server_to_client, text(kAnswer), false, true);
    }
  }

  // Plays the operation at the start of `input`, which is advanced past it.
  void play(Bytes& input) {
    const unsigned what = input[0] & 7U;
    auto direction = static_cast<Direction>((input[0] >> 3U) & 1U);
    if (swapped_) direction = opposite(direction);
    const bool late = (input[0] & 0x10U) != 0;
    const bool starts_segment = (input[0] & 0x20U) == 0;
    const std::size_t amount = input[1];
    now_ += std::chrono::milliseconds{amount * 100};
    input = input.subspan(2);
    if (what <= 2) {
      const std::size_t size = std::min(amount, input.size());
      send(direction, input.first(size), late, starts_segment);
      input = input.subspan(size);
    } else if (what == 3) {
      connection_.observe_gap(direction, amount, now_);
    } else if (what == 4) {
      end(direction, static_cast<websocket::EndKind>(amount % 3U), late);
    } else if (what == 5) {
      connection_.acknowledge(direction, connection_.position(direction) - (late ? 1 : 0));
    } else {
      own_doing(what == 6, amount);
    }
    if (connection_.take_sides_swapped()) swapped_ = !swapped_;
    check(connection_);
  }

 private:
  static Bytes text(std::string_view text) {
    return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
  }

  std::uint64_t received(Direction direction, bool late) const {
    const std::uint64_t position = connection_.position(opposite(direction));
    return late ? position / 2 : position;
  }

  void send(Direction direction, Bytes bytes, bool late, bool starts_segment) {
    if (connection_.phase() == Connection::Phase::refused) return;
    const std::unique_ptr<std::uint8_t[]> own{new std::uint8_t[bytes.size()]};
    std::copy(bytes.begin(), bytes.end(), own.get());
    connection_.observe(direction, {.bytes = {own.get(), bytes.size()},
                                    .at = now_,
                                    .peer_position = received(direction, late),
                                    .order = late ? order_ / 2 : order_,
                                    .starts_segment = starts_segment});
    ++order_;
  }

  void end(Direction direction, websocket::EndKind how, bool late) {
    connection_.observe_end(
        direction,
        {.how = how, .at = now_, .peer_position = received(direction, late), .order = order_++});
  }

  void own_doing(bool of_observation, std::size_t amount) {
    if (of_observation) {
      connection_.lose_to(static_cast<websocket::LostBy>(amount % 7U));
    } else if (amount % 5U == 0) {
      connection_.revive();
    } else if (amount % 5U == 1) {
      connection_.bind(1, &traffic_);
    } else if (amount % 5U == 2) {
      connection_.decide_phase_at_end();
    } else if (amount % 5U == 3) {
      const auto receiver = static_cast<Side>((amount >> 4U) & 1U);
      connection_.inject_close(receiver, {1012, (amount & 0x80U) != 0, now_, order_++});
    } else {
      (void)connection_.take_round_trip();
      (void)connection_.handshake_summary();
      (void)connection_.hopeless();
    }
  }

  websocket::Time now_{std::chrono::hours{1}};
  std::uint32_t order_ = 1;
  bool swapped_ = false;
  websocket::TrafficCounters traffic_;
  Connection connection_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  Player player{data[0]};
  Bytes input{data + 1, size - 1};
  while (input.size() >= 2) player.play(input);
  return 0;
}
