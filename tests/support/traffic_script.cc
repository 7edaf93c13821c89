#include "tests/support/traffic_script.h"

#include <algorithm>

#include "tests/support/upgrade.h"

namespace support {
namespace {

using websocket::Side;

constexpr std::size_t kKeys = 64;
constexpr std::size_t kLetters = 1 << 18;  // more than the longest message, twice

std::string random_key(Dice& dice) {
  constexpr std::string_view base64 =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string key;
  while (key.size() < 21) key += base64[dice.below(64)];
  return key + "A==";  // sixteen bytes leave four zero bits in the last letter
}

void plan_segment(Flow& flow, Side sender, std::uint8_t flags) {
  flow.plan.push_back({.sender = sender, .flags = flags});
}

void plan_head(Flow& flow, Side sender, const std::string& head) {
  flow.plan.push_back({.sender = sender, .opening = true, .payload = bytes_of(head)});
}

}  // namespace

TrafficScript::TrafficScript(Dice& dice, TrafficTruth& truth) : dice_(dice), truth_(truth) {
  for (std::size_t i = 0; i < kKeys; ++i) {
    const std::string key = random_key(dice);
    keys_.emplace_back(key, websocket_accept(key));
  }
  while (letters_.size() < kLetters) letters_ += static_cast<char>('a' + dice.below(26));
}

std::string TrafficScript::some_text(std::size_t size) {
  return letters_.substr(dice_.below(static_cast<std::uint32_t>(kLetters - size)), size);
}

void TrafficScript::plan_opening(Flow& flow, ConnectionTruth& connection, int status) {
  connection.status = status;
  plan_segment(flow, Side::client, TcpFlag::syn);
  plan_segment(flow, Side::server, TcpFlag::syn | TcpFlag::ack);
  plan_segment(flow, Side::client, TcpFlag::ack);
  if (status == 0) {
    plan_head(flow, Side::client, "GET /index.html HTTP/1.1\r\nHost: chat.example\r\n\r\n");
    plan_head(flow, Side::server, "HTTP/1.1 200 OK\r\nContent-Length: 40\r\n\r\n" + some_text(40));
    return;
  }
  const auto& [key, accept] = keys_[dice_.below(kKeys)];
  const Upgrade upgrade{.path = "/rooms/" + std::to_string(dice_.below(1000)),
                        .host = "chat.example",
                        .subprotocol = "chat.v2",
                        .offered_extensions = "permessage-deflate; client_max_window_bits",
                        .key = key,
                        .accept = accept,
                        .request_headers =
                            "Origin: https://chat.example\r\n"
                            "User-Agent: Mozilla/5.0 (X11; Linux x86_64) Gecko/20100101\r\n"
                            "Cache-Control: no-cache\r\nAccept-Encoding: gzip, deflate, br\r\n",
                        .status = status};
  plan_head(flow, Side::client, upgrade_request(upgrade));
  plan_head(flow, Side::server, upgrade_response(upgrade));
}

void TrafficScript::append_wire(ByteString& wire, Side sender, Frame frame) {
  truth_.count(frame, sender);
  for (std::uint8_t& byte : frame.masking_key) byte = static_cast<std::uint8_t>(dice_.below(256));
  append(wire, encode(frame, sender));
}

void TrafficScript::plan_bytes(Flow& flow, Side sender, websocket::Bytes wire,
                               std::size_t segment_size) {
  for (std::size_t done = 0; done < wire.size(); done += segment_size) {
    const auto piece = wire.subspan(done, std::min(segment_size, wire.size() - done));
    flow.plan.push_back({.sender = sender, .payload = {piece.begin(), piece.end()}});
  }
}

void TrafficScript::plan_frame(Flow& flow, Side sender, Frame frame, std::uint8_t more_flags) {
  ByteString wire;
  append_wire(wire, sender, std::move(frame));
  flow.plan.push_back({.sender = sender,
                       .flags = static_cast<std::uint8_t>(TcpFlag::psh | TcpFlag::ack | more_flags),
                       .payload = std::move(wire)});
}

void TrafficScript::plan_half_frame(Flow& flow, Side sender, const Frame& frame) {
  ByteString wire = encode(frame, sender);
  const std::size_t header = wire.size() - frame.payload.size();
  wire.resize(header + frame.payload.size() / 2);
  ++truth_.cut_frames[index(sender)];
  truth_.cut_payload_bytes[index(sender)] += wire.size() - header;
  flow.plan.push_back({.sender = sender, .payload = std::move(wire)});
}

void TrafficScript::plan_messages(Flow& flow, Side sender, std::size_t count, std::size_t size,
                                  std::size_t segment_size) {
  ByteString wire;
  while (count-- > 0) append_wire(wire, sender, text(some_text(size)));
  plan_bytes(flow, sender, wire, segment_size);
}

void TrafficScript::plan_control(Flow& flow, Side sender, Frame frame) {
  plan_frame(flow, sender, std::move(frame));
}

void TrafficScript::plan_ending(Flow& flow, ConnectionTruth& connection, const Ending& ending) {
  connection.closed = true;
  connection.observed = {ending.client_observed, ending.server_observed};
  connection.initiator = ending.initiator;
  connection.cause = ending.cause;
  for (const EndingStep& step : ending.steps) plan_step(flow, step);
}

void TrafficScript::plan_fins(Flow& flow) {
  plan_segment(flow, Side::server, TcpFlag::fin | TcpFlag::ack);
  plan_segment(flow, Side::client, TcpFlag::fin | TcpFlag::ack);
}

void TrafficScript::plan_step(Flow& flow, const EndingStep& step) {
  const Frame close = step.code == EndingStep::kNoCode
                          ? close_frame()
                          : close_frame(step.code, dice_.one_in(2) ? "done" : "");
  Frame frame = text(some_text(60));
  switch (step.what) {
    case EndStep::close:
      return plan_frame(flow, step.side, close);
    case EndStep::close_and_fin:
      return plan_frame(flow, step.side, close, TcpFlag::fin);
    case EndStep::crossing_close:
      plan_frame(flow, step.side, close);
      flow.plan.back().crossing = true;
      return;
    case EndStep::unmasked_frame:
      frame.masked = false;
      return plan_frame(flow, step.side, frame);
    case EndStep::half_frame:
      return plan_half_frame(flow, step.side, frame);
    case EndStep::fin:
      return plan_segment(flow, step.side, TcpFlag::fin | TcpFlag::ack);
    case EndStep::rst:
      return plan_segment(flow, step.side, TcpFlag::rst | TcpFlag::ack);
    case EndStep::acknowledgement:
      return plan_segment(flow, step.side, TcpFlag::ack);
  }
}

}  // namespace support
