#include "tests/support/traffic_truth.h"

#include <nlohmann/json.hpp>
#include <tuple>

#include "tests/support/savefile_writer.h"

namespace support {
namespace {

using nlohmann::json;
using websocket::kSides;
using websocket::Side;

std::string_view opcode_name(unsigned opcode) {
  switch (opcode) {
    case 0x0:
      return "continuation";
    case 0x1:
      return "text";
    case 0x2:
      return "binary";
    case 0x8:
      return "close";
    case 0x9:
      return "ping";
    case 0xa:
      return "pong";
    default:
      return "reserved";
  }
}

// The `code` label of websocket_close_frames_total.
std::string wire_code(const ByteString& body) {
  if (body.empty()) return "none";
  if (body.size() == 1) return "invalid";
  const unsigned code = body[0] * 256U + body[1];
  const bool usable = (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) ||
                      (code >= 3000 && code <= 4999);
  return usable ? std::to_string(code) : "invalid";
}

json description(const ConnectionTruth& connection) {
  json object{{"client", to_string(connection.client)},
              {"server", to_string(connection.server)},
              {"status", connection.status},
              {"handshake_captured", connection.handshake_captured}};
  if (connection.status != 101) return object;
  object["state"] = connection.closed ? "closed" : "open";
  if (!connection.closed) return object;
  for (const Side side : kSides) {
    object[std::string(name(side)) + "_observed"] = connection.observed[index(side)];
    object[std::string(name(side)) + "_knowable"] = connection.knowable[index(side)];
  }
  object["initiator"] = connection.initiator;
  object["cause"] = connection.cause;
  return object;
}

json by_sender(const auto& values) {
  return {{"client", values[index(Side::client)]}, {"server", values[index(Side::server)]}};
}

// The totals over all connections.
json totals(const TrafficTruth& truth) {
  std::array<std::map<std::string, std::uint64_t>, 2> observed;
  std::map<std::pair<std::string_view, std::string_view>, std::uint64_t> ends;
  std::map<std::string, std::uint64_t> statuses;
  std::uint64_t opened = 0;
  std::uint64_t closed = 0;
  for (const ConnectionTruth& connection : truth.connections) {
    if (connection.status != 0) ++statuses[std::to_string(connection.status)];
    if (connection.status == 101) ++opened;
    if (!connection.closed) continue;
    ++closed;
    ++ends[{connection.initiator, connection.cause}];
    for (const Side side : kSides) {
      ++observed[index(side)][std::to_string(connection.observed[index(side)])];
    }
  }
  json result{{"opened", opened},
              {"closed", closed},
              {"open", opened - closed},
              {"handshake_statuses", statuses},
              {"observed", by_sender(observed)},
              {"ends", json::array()}};
  for (const auto& [end, count] : ends) {
    result["ends"].push_back({{"initiator", end.first}, {"cause", end.second}, {"count", count}});
  }
  return result;
}

}  // namespace

void TrafficTruth::count(const Frame& frame, Side sender) {
  ++frames[index(sender)][std::string(opcode_name(frame.opcode))];
  payload_bytes[index(sender)] += frame.payload.size();
  if (frame.opcode == 0x8) ++close_frames[index(sender)][wire_code(frame.payload)];
}

void write_truth(const std::filesystem::path& path, const TrafficTruth& truth) {
  json document = totals(truth);
  document["profile"] = truth.profile;
  document["seed"] = truth.seed;
  document["packets"] = truth.packets;
  document["lost_packets"] = truth.lost_packets;
  document["frames"] = by_sender(truth.frames);
  document["close_frames"] = by_sender(truth.close_frames);
  document["payload_bytes"] = by_sender(truth.payload_bytes);
  document["cut_frames"] = by_sender(truth.cut_frames);
  document["cut_payload_bytes"] = by_sender(truth.cut_payload_bytes);
  document["connections"] = json::array();
  for (const ConnectionTruth& connection : truth.connections) {
    document["connections"].push_back(description(connection));
  }
  write_file(path, bytes_of(document.dump() + "\n"));
}

}  // namespace support
