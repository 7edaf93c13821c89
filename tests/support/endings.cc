#include "tests/support/endings.h"

namespace support {
namespace {

using websocket::Side;

void talk(Conversation& c) {
  c.client_frame(text("hello"));
  c.server_frame(text("hello to you"));
  c.client_ack();
  c.client_frame(ping("p"));
  c.server_frame(pong("p"));
}

void fins(Conversation& c, Side first) {
  c.fin(first);
  c.fin(opposite(first));
  c.ack(first);
}

void client_closes(Conversation& c) {
  talk(c);
  c.client_close(1000, "bye");
  c.server_close(1000, "bye");
  c.client_ack();
  fins(c, Side::server);
}

void server_closes(Conversation& c) {
  talk(c);
  c.server_close(1001);
  c.client_ack();
  c.client_close(1001);
  c.server_ack();
  fins(c, Side::server);
}

void closes_cross(Conversation& c) {
  talk(c);
  c.client_close(1000);
  c.server_close(1001, "", {.stale_acknowledgment = true});
  c.server_ack();
  c.client_ack();
  fins(c, Side::server);
}

void close_and_fin_at_once(Conversation& c) {
  talk(c);
  c.client_close(4000, "left", {.fin = true});
  c.server_ack();
  c.server_close(4000, "left", {.fin = true});
  c.client_ack();
}

void close_answered_by_fin(Conversation& c) {
  talk(c);
  c.client_close(1000);
  c.server_ack();
  fins(c, Side::server);
}

void fins_alone(Conversation& c) {
  talk(c);
  fins(c, Side::client);
}

void reset_alone(Conversation& c) {
  talk(c);
  c.client_ack();
  c.server_rst();
}

void reset_inside_a_frame(Conversation& c) {
  ByteString half = encode(text("a longer message"), Side::server);
  half.resize(7);
  c.send(Side::server, half);
  c.client_ack();
  c.server_rst();
}

void reset_behind_acknowledged_close(Conversation& c) {
  talk(c);
  c.server_close(1011, "broken");
  c.client_ack();
  c.client_rst();
}

void reset_behind_both_closes(Conversation& c) {
  client_closes(c);
  c.client_rst();
}

void empty_closes(Conversation& c) {
  talk(c);
  c.server_close();
  c.client_close();
  fins(c, Side::server);
}

void invalid_code(Conversation& c) {
  c.server_close(1005);
  c.client_close(1002);
  c.server_ack();
  fins(c, Side::client);
}

void close_after_half_close(Conversation& c) {
  talk(c);
  c.client_fin();
  c.server_frame(text("more"));
  c.client_ack();
  c.server_close(1001, "late");
  c.server_fin();
  c.client_ack();
}

void long_frames(Conversation& c) {
  c.server_frame(binary(ByteString(5000, 0x42)));
  c.client_ack();
  c.client_frame(text("first ").first());
  c.client_frame(ping());
  c.client_frame(continuation("last"));
  c.server_frame(binary(ByteString(3000, 0x43)));
  client_closes(c);
}

void byte_by_byte(Conversation& c) {
  c.server_frame(text("hi"), {.segment_size = 1});
  c.server_close(1008, "no", {.segment_size = 1});
  c.client_ack();
  c.client_close(1008, "", {.segment_size = 1});
  fins(c, Side::server);
}

void data_and_closes_together(Conversation& c) {
  c.send(Side::server, encode({text("one"), text("two"), close_frame(1000)}, Side::server));
  c.send(Side::client, encode({text("three"), close_frame(1000)}, Side::client));
  fins(c, Side::server);
}

void stays_open(Conversation& c) { talk(c); }

void close_alone(Conversation& c) {
  talk(c);
  c.client_close(1000);
  c.server_ack();
}

}  // namespace

std::vector<Ending> endings() {
  const std::string complete = ", closing_handshake";
  return {
      {"client closes", "client 1000, server 1000, client" + complete, {}, client_closes},
      {"server closes", "client 1001, server 1001, server" + complete, {}, server_closes},
      {"with timestamps",
       "client 1001, server 1001, server" + complete,
       {.timestamps = true},
       server_closes},
      {"sequence numbers wrap",
       "client 1000, server 1000, client" + complete,
       {.client_isn = 0xffff'ffd0, .server_isn = 0xffff'ff00},
       client_closes},
      {"IPv6",
       "client 1000, server 1000, client" + complete,
       {.client = "[2001:db8::1]:50000", .server = "[2001:db8::2]:80"},
       client_closes},
      {"lower client port",
       "client 1000, server 1000, client" + complete,
       {.client = "10.0.0.1:1024"},
       client_closes},
      {"Closes cross", "client 1001, server 1000, both" + complete, {}, closes_cross},
      {"Close and FIN at once",
       "client 4000, server 4000, client" + complete,
       {},
       close_and_fin_at_once},
      {"Close answered by FIN",
       "client 1006, server 1000, client, unanswered_close",
       {},
       close_answered_by_fin},
      {"FINs alone", "client 1006, server 1006, client, fin", {}, fins_alone},
      {"RST alone", "client 1006, server 1006, server, reset", {}, reset_alone},
      {"RST inside a frame",
       "client 1006, server 1006, server, truncated",
       {},
       reset_inside_a_frame},
      {"RST behind an acknowledged Close",
       "client 1011, server 1006, server, unanswered_close",
       {},
       reset_behind_acknowledged_close},
      {"RST behind both Closes",
       "client 1000, server 1000, client" + complete,
       {},
       reset_behind_both_closes},
      {"empty Closes", "client 1005, server 1005, server" + complete, {}, empty_closes},
      {"invalid code", "client 1006, server 1002, server, protocol_error", {}, invalid_code},
      {"Close after a half-close",
       "client 1001, server 1006, client, unanswered_close",
       {},
       close_after_half_close},
      {"long frames", "client 1000, server 1000, client" + complete, {}, long_frames},
      {"byte by byte", "client 1008, server 1008, server" + complete, {}, byte_by_byte},
      {"data and Closes together",
       "client 1000, server 1000, server" + complete,
       {},
       data_and_closes_together},
      {"stays open", "open", {}, stays_open},
      {"Close alone", "open", {}, close_alone},
  };
}

std::vector<TestPacket> packets_of(const Ending& ending) {
  Conversation c{ending.options};
  c.tcp_handshake();
  c.upgrade();
  c.client_ack();
  ending.tell(c);
  return c.packets();
}

}  // namespace support
