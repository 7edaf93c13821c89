#ifndef CLOSEWATCH_PROXY_TUNNEL_H_
#define CLOSEWATCH_PROXY_TUNNEL_H_

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <optional>

#include "proxy/control_frame.h"
#include "proxy/pump.h"
#include "proxy/relay_context.h"
#include "proxy/tunnel_start.h"

namespace proxy {

// One open WebSocket: its bytes go through unchanged, its ends as they were, a FIN as a FIN and a
// reset as a reset; the connection beside them only looks. Closes and Pings of our own are put
// between two frames, never inside one. Lives in one thread; whoever owns it calls the on_
// functions and destroys it when it is over().
class Tunnel {
 public:
  using Side = websocket::Side;
  using Direction = websocket::Direction;

  // `context` outlives this.
  Tunnel(TunnelStart start, RelayContext& context);
  Tunnel(const Tunnel&) = delete;
  Tunnel& operator=(const Tunnel&) = delete;
  // REQUIRES: over(), or nobody is to learn how it ended.
  ~Tunnel();

  // Counts the opening and passes on the bytes that came with the heads.
  void begin();
  // epoll says so of the socket of `side`.
  void on_ready(Side side, std::uint32_t events);
  // Its turn again after it was put among the unfinished.
  void on_turn();
  void on_deadline();

  // Ends the WebSocket with a Close of our own each way at `when`; at `deadline` what is left is
  // cut.
  void drain(const DrainOptions& options, SteadyTime when, SteadyTime deadline);
  // Resets both ends.
  void cut(websocket::LostBy reason);

  bool over() const { return over_; }
  int fd(Side side) const { return ends_[index(side)].transport.fd(); }
  std::size_t place = 0;  // for the owner

 private:
  struct End {
    Transport transport;
    SteadyTime last_heard{};
    // Bytes before this position of its stream were on their way before the other side's Close was
    // passed on to it: no answer to that.
    std::uint64_t sent_before_close = 0;
    std::uint64_t tls_sent_before_close = 0;  // the same in bytes on the wire
    // How far the other side's stream had been written to it when that side's Close had been, and
    // how many bytes that was on the wire.
    std::uint64_t written_at_close = 0;
    // And how far it was written when this side was found gone; what comes later goes nowhere.
    std::uint64_t written_at_loss = UINT64_MAX;
    std::uint64_t tls_bytes_at_close = 0;
    bool readable = false;           // what epoll said last, until a read found nothing
    bool hung_up = false;            // there is an end or an error to be read
    std::optional<IoStatus> broken;  // a write found it gone
  };
  // A Close of our own each way.
  struct Closing {
    websocket::LostBy reason = websocket::LostBy::nothing;
    std::array<std::optional<CloseToSend>, 2> to_send;  // by receiver, until sent
    std::array<std::optional<websocket::InjectedClose>, 2> sent;
    SteadyTime deadline{};
  };
  struct Drain {
    CloseToSend to_client;
    CloseToSend to_upstream;
    SteadyTime when{};
    SteadyTime deadline{};
  };

  // tunnel.cc: bytes
  void pump(Direction direction);
  bool pump_once(Direction direction);
  bool flush(Direction direction);
  bool read(Direction direction);
  bool took_nothing(Direction direction, IoStatus why);
  bool peek(Direction direction);
  bool read_peeked(Direction direction);
  bool splice(Direction direction);
  bool may_splice(Direction direction) const;
  std::size_t read_size(Direction direction) const;
  void take(Direction direction, websocket::Bytes bytes);
  void observe(Direction direction, websocket::Bytes bytes);
  void forward(Direction direction, websocket::Bytes bytes);
  void count_buffered(std::size_t before, std::size_t after);

  // tunnel_crossing.cc: what had reached whom
  void close_passes(Direction direction);
  void note_close_written(Direction direction);
  std::uint64_t peer_position(Direction direction) const;
  std::uint64_t acknowledged(Direction direction) const;
  std::uint64_t written(Direction direction) const;

  // tunnel_ends.cc: ends
  void source_ended(Direction direction, IoStatus how);
  // `unsent_now` bytes were to be written just now and are not held.
  void sink_gone(Direction direction, IoStatus how, std::size_t unsent_now = 0);
  void stop_sending(Direction direction, std::size_t unsent_now);
  void check_error(Side side);
  void broken(Side side, websocket::EndKind how);
  void observe_end(Side side, websocket::EndKind how);
  void observe_rest(Side side);
  void pass_end(Direction direction);
  void pass_reset(Direction direction);
  void conclude();
  void mark_deliveries();

  // tunnel_closing.cc: Closes of our own
  void close_with(websocket::LostBy reason, const CloseToSend* to_client,
                  const CloseToSend* to_server, SteadyTime deadline);
  void take_by_frames(Direction direction, websocket::Bytes bytes);
  bool can_close(Side receiver) const;
  void send_close(Side receiver);
  void settle_closing();
  bool close_instead_of_end(Direction direction);

  // tunnel_deadlines.cc: time, and Pings of our own
  void begin_drain();
  void keep_alive();
  void check_half_close();
  void check_idle();
  void send(Side receiver, const ControlFrame& frame);
  std::optional<SteadyTime> next_deadline() const;
  void schedule();
  void unschedule();
  void count(Timeout timeout);

  End& end(Side side) { return ends_[index(side)]; }
  const End& end(Side side) const { return ends_[index(side)]; }
  Pump& way(Direction direction) { return pumps_[index(direction)]; }
  const Pump& way(Direction direction) const { return pumps_[index(direction)]; }
  SteadyTime last_moved() const { return std::max(ends_[0].last_heard, ends_[1].last_heard); }

  RelayContext& context_;
  std::unique_ptr<websocket::Connection> connection_;
  std::array<End, 2> ends_;    // by Side
  std::array<Pump, 2> pumps_;  // by Direction
  std::uint32_t order_ = 0;
  bool over_ = false;
  bool unfinished_ = false;
  bool scheduled_ = false;
  websocket::ServiceId service_;
  websocket::Endpoint client_endpoint_;
  websocket::Endpoint server_endpoint_;
  std::unique_ptr<Closing> closing_;
  std::unique_ptr<Drain> drain_;
  Deadlines::iterator deadline_;
  std::optional<SteadyTime>
      half_closed_;                      // since when one side's end was passed on, or both closed
  std::optional<SteadyTime> resetting_;  // since when a reset waits for bytes to arrive
  std::array<std::optional<SteadyTime>, 2> pinged_;
  std::shared_ptr<const ServiceOptions> options_;
  Admission admission_;
};

}  // namespace proxy

#endif  // CLOSEWATCH_PROXY_TUNNEL_H_
