#include "tests/support/traffic_ending.h"

#include <array>
#include <numeric>
#include <stdexcept>

namespace support {
namespace {

constexpr auto C = websocket::Side::client;
constexpr auto S = websocket::Side::server;

// `first` closes with `code`, the other side echoes it; the server ends TCP first (RFC 6455 section
// 7.1.1).
Ending closing_handshake(unsigned weight, websocket::Side first, std::uint16_t code) {
  const std::uint16_t observed = code == EndingStep::kNoCode ? 1005 : code;
  return {weight,
          observed,
          observed,
          name(first),
          "closing_handshake",
          {{first, EndStep::close, code},
           {opposite(first), EndStep::close, code},
           {S, EndStep::fin},
           {C, EndStep::fin}}};
}

std::vector<Ending> make_endings() {
  std::vector<Ending> endings;
  endings.push_back(closing_handshake(200, C, 1000));
  endings.push_back(closing_handshake(60, S, 1000));
  endings.push_back(closing_handshake(80, C, EndingStep::kNoCode));
  endings.push_back(closing_handshake(10, S, EndingStep::kNoCode));
  constexpr std::array<std::uint16_t, 9> by_server{1001, 1008, 1009, 1011, 1012,
                                                   1013, 3000, 4000, 4401};
  for (const std::uint16_t code : by_server) {
    endings.push_back(closing_handshake(20, S, code));
  }
  endings.push_back(closing_handshake(10, C, 4001));
  // A tab is closed: Close and FIN at once.
  endings.push_back({150,
                     1001,
                     1001,
                     "client",
                     "closing_handshake",
                     {{C, EndStep::close_and_fin, 1001}, {S, EndStep::close_and_fin, 1001}}});
  // Each its own code.
  endings.push_back(
      {20,
       1000,
       4002,
       "client",
       "closing_handshake",
       {{C, EndStep::close, 4002}, {S, EndStep::close_and_fin, 1000}, {C, EndStep::fin}}});
  endings.push_back({10,
                     1001,
                     1000,
                     "both",
                     "closing_handshake",
                     {{S, EndStep::close, 1001},
                      {C, EndStep::crossing_close, 1000},
                      {S, EndStep::fin},
                      {C, EndStep::fin}}});
  // RST after a complete closing handshake changes nothing.
  endings.push_back({20,
                     1012,
                     1012,
                     "server",
                     "closing_handshake",
                     {{S, EndStep::close, 1012},
                      {C, EndStep::close, 1012},
                      {S, EndStep::acknowledgement},
                      {C, EndStep::rst}}});
  endings.push_back({40,
                     1006,
                     1000,
                     "client",
                     "unanswered_close",
                     {{C, EndStep::close, 1000}, {S, EndStep::fin}, {C, EndStep::fin}}});
  endings.push_back({20,
                     1011,
                     1006,
                     "server",
                     "unanswered_close",
                     {{S, EndStep::close_and_fin, 1011}, {C, EndStep::fin}}});
  endings.push_back({40, 1006, 1006, "client", "fin", {{C, EndStep::fin}, {S, EndStep::fin}}});
  endings.push_back({40, 1006, 1006, "server", "fin", {{S, EndStep::fin}, {C, EndStep::fin}}});
  endings.push_back({40, 1006, 1006, "client", "reset", {{C, EndStep::rst}}});
  endings.push_back({20, 1006, 1006, "server", "reset", {{S, EndStep::rst}}});
  endings.push_back({10,
                     1006,
                     1006,
                     "server",
                     "truncated",
                     {{S, EndStep::half_frame}, {S, EndStep::fin}, {C, EndStep::fin}}});
  // 1006 may not be on the wire: the client fails the connection.
  endings.push_back(
      {10,
       1006,
       1002,
       "server",
       "protocol_error",
       {{S, EndStep::close, 1006}, {C, EndStep::close_and_fin, 1002}, {S, EndStep::fin}}});
  endings.push_back(
      {10,
       1002,
       1006,
       "server",
       "protocol_error",
       {{C, EndStep::unmasked_frame}, {S, EndStep::close_and_fin, 1002}, {C, EndStep::fin}}});
  return endings;
}

}  // namespace

std::span<const Ending> all_endings() {
  static const std::vector<Ending> endings = make_endings();
  return endings;
}

unsigned total_weight() {
  static const unsigned total =
      std::accumulate(all_endings().begin(), all_endings().end(), 0U,
                      [](unsigned sum, const Ending& ending) { return sum + ending.weight; });
  return total;
}

const Ending& ending_at(unsigned place) {
  for (const Ending& ending : all_endings()) {
    if (place < ending.weight) return ending;
    place -= ending.weight;
  }
  throw std::out_of_range("no ending has this place");
}

}  // namespace support
