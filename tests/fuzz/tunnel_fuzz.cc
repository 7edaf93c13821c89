// Two endpoints and the clock against one tunnel, over socket pairs of the kernel's memory: a byte
// for what happens, a byte for how much, then the bytes that are sent. Whatever happens, what comes
// out is the beginning of what went in, or that and a Close of the proxy's own, and the end is
// observed exactly once.

#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string_view>
#include <vector>

#include "proxy/tunnel.h"

namespace {

using proxy::Tunnel;
using websocket::Bytes;
using websocket::Side;

constexpr std::string_view kRequest =
    "GET / HTTP/1.1\r\nUpgrade: websocket\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
constexpr std::string_view kAnswer =
    "HTTP/1.1 101 S\r\nUpgrade: websocket\r\n"
    "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";

void require(bool holds) {
  if (!holds) std::abort();
}

Bytes as_bytes(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

// Counts the ends, and looks at each.
class EndObserver final : public websocket::ConnectionObserver {
 public:
  websocket::TrafficCounters* traffic(websocket::ServiceId) override { return &counters_; }
  void handshake_ended(const websocket::HandshakeSummary&) override {}
  void connection_opened(websocket::ServiceId) override { ++opened; }
  void pong_received(websocket::ServiceId, Side, websocket::Duration) override {}
  void connection_ended(const websocket::ConnectionSummary& summary) override {
    ++ended;
    const bool by_proxy = summary.outcome.initiator == websocket::Initiator::proxy;
    require(by_proxy == ended_by_proxy(summary.facts.lost_by));
  }
  void connection_revived(websocket::ServiceId) override {}

  int opened = 0;
  int ended = 0;

 private:
  websocket::TrafficCounters counters_;
};

// An endpoint and the tunnel's socket to it.
struct Wire {
  int endpoint = -1;
  int leg = -1;
  std::vector<std::uint8_t> sent;
  std::vector<std::uint8_t> received;

  Wire() {
    std::array<int, 2> ends{};
    require(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends.data()) == 0);
    endpoint = ends[0];
    leg = ends[1];
  }
  ~Wire() { close(); }
  Wire(const Wire&) = delete;
  Wire& operator=(const Wire&) = delete;

  void close() {
    if (endpoint >= 0) ::close(endpoint);
    endpoint = -1;
  }
  void send(Bytes bytes) {
    if (endpoint < 0) return;
    const ssize_t count = ::send(endpoint, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (count > 0) sent.insert(sent.end(), bytes.begin(), bytes.begin() + count);
  }
  void receive() {
    std::array<std::uint8_t, 4096> buffer;
    for (ssize_t count = 1; endpoint >= 0 && count > 0;) {
      count = ::recv(endpoint, buffer.data(), buffer.size(), 0);
      if (count > 0) received.insert(received.end(), buffer.begin(), buffer.begin() + count);
    }
  }
};

class Player {
 public:
  explicit Player(std::uint8_t settings) {
    auto options = std::make_shared<proxy::ServiceOptions>();
    if ((settings & 1U) != 0) options->on_upstream_lost = proxy::CloseToSend{};
    if ((settings & 2U) != 0) options->timeouts.idle = std::chrono::seconds{20};
    own_bytes_ = (settings & 4U) != 0;
    if (own_bytes_) options->timeouts.ping_interval = std::chrono::seconds{5};
    proxy::TunnelStart start;
    start.client = proxy::Transport(wires_[0].leg);
    start.server = proxy::Transport(wires_[1].leg);
    start.connection = std::make_unique<websocket::Connection>(
        websocket::Connection::Start::request, context_->now);
    start.connection->observe(websocket::Direction::client_to_server,
                              {.bytes = as_bytes(kRequest), .at = context_->now});
    start.connection->observe(websocket::Direction::server_to_client,
                              {.bytes = as_bytes(kAnswer), .at = context_->now});
    start.options = options;
    tunnel_ = std::make_unique<Tunnel>(std::move(start), *context_);
    tunnel_->begin();
  }

  void play(Bytes& input) {
    const unsigned what = input[0] & 7U;
    const auto side = static_cast<Side>((input[0] >> 3U) & 1U);
    const std::size_t amount = input[1];
    input = input.subspan(2);
    Wire& wire = wires_[index(side)];
    if (what <= 2) {
      const std::size_t size = std::min(amount, input.size());
      wire.send(input.first(size));
      input = input.subspan(size);
    } else if (what == 3) {
      wire.send(std::vector<std::uint8_t>(amount * 256, std::uint8_t{0}));
    } else if (what == 4) {
      wire.receive();
    } else if (what == 5) {
      ::shutdown(wire.endpoint, SHUT_WR);
    } else if (what == 6) {
      if (amount < 64) wire.close();
    } else {
      own_doing(amount);
    }
    settle();
  }

  // The endpoints leave, and time passes.
  void finish() {
    for (Wire& wire : wires_) {
      wire.receive();
      check(wire);
      wire.close();
    }
    settle();
    for (int i = 0; i < 100 && !tunnel_->over(); ++i) wait(std::chrono::minutes{1});
    require(tunnel_->over());
    require(observer_.opened == 1 && observer_.ended == 1);
    tunnel_.reset();
    require(context_->deadlines.empty());
    require(counters_->services[0].buffered_bytes.value() == 0);
  }

 private:
  void own_doing(std::size_t amount) {
    if (amount < 128) {
      wait(std::chrono::milliseconds{amount * amount});
    } else if (amount < 250) {
      if (drained_) return;
      drained_ = true;
      const proxy::DrainOptions options;
      if (!tunnel_->over()) {
        tunnel_->drain(options, context_->steady_now + std::chrono::seconds{amount % 4},
                       context_->steady_now + std::chrono::seconds{30});
      }
    } else if (!tunnel_->over()) {
      tunnel_->cut(websocket::LostBy::proxy_shutdown);
    }
  }

  void wait(websocket::Duration time) {
    context_->now += time;
    context_->steady_now += time;
    proxy::Deadlines& deadlines = context_->deadlines;
    while (!deadlines.empty() && deadlines.begin()->first <= context_->steady_now) {
      Tunnel* tunnel = deadlines.begin()->second;
      deadlines.erase(deadlines.begin());
      tunnel->on_deadline();
    }
    settle();
  }

  // What epoll would say, until there is nothing more to do.
  void settle() {
    for (int round = 0; round < 3 && !tunnel_->over(); ++round) {
      for (const Side side : websocket::kSides) {
        std::uint32_t events = EPOLLIN | EPOLLOUT;
        if (wires_[index(side)].endpoint < 0) events |= EPOLLHUP | EPOLLRDHUP;
        if (!tunnel_->over()) tunnel_->on_ready(side, events);
      }
      std::vector<Tunnel*> unfinished;
      unfinished.swap(context_->unfinished);
      for (Tunnel* tunnel : unfinished) {
        if (!tunnel->over()) tunnel->on_turn();
      }
    }
    if (tunnel_->over()) context_->unfinished.clear();
  }

  // Byte by byte what the other side sent, but for frames of the proxy's own.
  void check(const Wire& wire) {
    const Wire& other = &wire == &wires_[0] ? wires_[1] : wires_[0];
    if (own_bytes_) return;  // Pings stand between them
    const auto in = std::ranges::mismatch(wire.received, other.sent).in1;
    if (in == wire.received.end()) return;
    // A Close of the other side may begin as ours does.
    const auto longest =
        std::min<std::ptrdiff_t>(2 + 4 + 125, wire.received.end() - wire.received.begin());
    require(wire.received.end() - in <= longest);
    require(std::any_of(wire.received.end() - longest, in + 1,
                        [](std::uint8_t byte) { return byte == 0x88; }));
  }

  std::unique_ptr<proxy::WorkerCounters> counters_ = std::make_unique<proxy::WorkerCounters>();
  EndObserver observer_;
  std::unique_ptr<proxy::RelayContext> context_{
      new proxy::RelayContext{.observer = observer_, .counters = *counters_, .limits = {}}};
  std::array<Wire, 2> wires_;
  std::unique_ptr<Tunnel> tunnel_;
  bool own_bytes_ = false;
  bool drained_ = false;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const bool ignored = ::signal(SIGPIPE, SIG_IGN) != SIG_ERR;
  if (size < 1 || !ignored) return 0;
  Player player{data[0]};
  Bytes input{data + 1, size - 1};
  while (input.size() >= 2) player.play(input);
  player.finish();
  return 0;
}
