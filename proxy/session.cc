#include "proxy/session.h"

#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <cerrno>
#include <utility>

#include "proxy/proxy_protocol.h"
#include "proxy/socket_address.h"

namespace proxy {
namespace {

// Those who are turned away get an answer, unless there are too many of them.
constexpr std::size_t kMostTurnedAway = 64;
constexpr std::chrono::seconds kTurnAwayWithin{5};

Task<void> run_session(ControlPlane& plane, Transport transport, websocket::Endpoint peer,
                       std::shared_ptr<const Entrance> entrance) {
  Session session{plane, std::move(transport), peer, *entrance};
  co_await session.run();
}

}  // namespace

void start_session(ControlPlane& plane, int fd, const websocket::Endpoint& peer,
                   const std::shared_ptr<const Entrance>& entrance) {
  Transport transport{fd, entrance->tls ? entrance->tls->new_server(fd) : SslPointer{}};
  if (entrance->tls && transport.is_plain()) return;
  boost::asio::co_spawn(plane.context.get_executor(),
                        run_session(plane, std::move(transport), peer, entrance),
                        boost::asio::detached);
}

Session::Session(ControlPlane& plane, Transport transport, const websocket::Endpoint& peer,
                 const Entrance& entrance)
    : plane_(plane),
      reads_proxy_header_(entrance.proxy_protocol),
      shakes_hands_(entrance.tls != nullptr),
      setup_(plane.setup),
      client_(plane.deadlines, std::move(transport)),
      reader_(HeadReader::Of::request, setup_->head_limits()) {
  ++plane_.sessions;
  stand_as(plane_.counters.handshakes);
  set_peer(peer);
}

Session::~Session() {
  --plane_.sessions;
  if (turned_away_) --plane_.turned_away;
  gauge_->subtract();
}

void Session::stand_as(websocket::Counter& gauge) {
  if (gauge_ != nullptr) gauge_->subtract();
  gauge_ = &gauge;
  gauge_->add();
}

void Session::set_peer(const websocket::Endpoint& peer) {
  client_.leg.peer = peer;
  client_.leg.peer_is_trusted = setup_->trusted.hold(peer);
  client_.client = peer;
}

void Session::turn_away(Rejection rejection) {
  if (turned_away_) return;
  turned_away_ = rejection;
  ++plane_.turned_away;
  client_.stream.expire_after(kTurnAwayWithin);
}

void Session::admit() {
  const bool client_is_known = !reads_proxy_header_ && !client_.leg.peer_is_trusted;
  auto admitted = client_is_known ? plane_.admission.admit(client_.client, now())
                                  : plane_.admission.admit(now());
  if (std::holds_alternative<Rejection>(admitted)) {
    turn_away(std::get<Rejection>(admitted));
  } else {
    client_.admission = std::move(std::get<Admission>(admitted));
  }
}

// In all coroutines here what co_await gives is put into a variable before it decides something:
// GCC 12 lays out a frame wrongly otherwise (GCC bug 106188).
Task<void> Session::run() {
  bool going_on = true;
  client_.stream.expire_after(setup_->first_timeouts().request_head);
  admit();
  if (turned_away_ && plane_.turned_away > kMostTurnedAway) {
    plane_.count(setup_->no_service, *turned_away_);
    co_return;
  }
  if (reads_proxy_header_) {
    going_on = co_await read_proxy_header();
  }
  if (going_on && shakes_hands_) {
    going_on = co_await begin_tls();
  }
  while (going_on) {
    const Next next = co_await serve_request();
    going_on = next == Next::request;
  }
}

// Peeks, and takes no byte more than the header: what follows it may be for TLS.
Task<bool> Session::read_proxy_header() {
  const int fd = client_.stream.transport().fd();
  ProxyHeaderReader reader;
  auto status = ProxyHeaderReader::Status::partial;
  while (status == ProxyHeaderReader::Status::partial) {
    std::array<std::uint8_t, 256> piece{};
    const auto peeked = ::recv(fd, piece.data(), piece.size(), MSG_PEEK);
    if (peeked < 0 && errno == EAGAIN) {
      const StreamStatus waited = co_await client_.stream.wait(Stream::Ready::to_read);
      if (waited == StreamStatus::timed_out) plane_.count(setup_->no_service, Timeout::head);
      if (waited != StreamStatus::done) co_return false;
      continue;
    }
    if (peeked <= 0) co_return false;
    const auto count = static_cast<std::size_t>(peeked);
    Bytes left{piece.data(), count};
    status = reader.take(left);
    if (::recv(fd, piece.data(), count - left.size(), 0) < 0) co_return false;
  }
  if (status == ProxyHeaderReader::Status::refused) {
    plane_.count(setup_->no_service, Rejection::proxy_header);
    co_return false;
  }
  if (reader.addresses()) {
    set_peer(reader.addresses()->source);
    client_.local = reader.addresses()->destination;
  }
  if (!turned_away_ && !client_.leg.peer_is_trusted) {
    const auto refused = plane_.admission.enter_client(client_.admission, client_.client);
    if (refused) turn_away(*refused);
  }
  co_return true;
}

Task<bool> Session::begin_tls() {
  const TlsResult result = co_await client_.stream.shake_hands();
  client_.leg.tls = true;
  if (result == TlsResult::done) co_return true;
  if (result == TlsResult::timed_out) plane_.count(setup_->no_service, Timeout::tls);
  // Who connects and leaves without a word only wants to know whether the port is open.
  SSL* const ssl = client_.stream.transport().ssl();
  if (result == TlsResult::failed && BIO_number_read(SSL_get_rbio(ssl)) > 0) {
    plane_.counters_of(setup_->no_service).tls_failures[index(websocket::Side::client)].add();
    if (setup_->services.size() == 1) {
      plane_.observer.handshake_ended({.service = setup_->no_service,
                                       .result = websocket::HandshakeResult::tls_failed,
                                       .duration = std::nullopt});
    }
  }
  co_return false;
}

Task<Session::Next> Session::serve_request() {
  auto text = co_await read_head();
  if (!text) co_return Next::over;
  client_.stream.expire_after(websocket::Duration{0});
  first_ = false;
  auto head = parse_request_head(std::move(*text), reader_.limits());
  if (std::holds_alternative<Malformed>(head)) {
    co_await refuse_malformed(std::get<Malformed>(head));
    co_return Next::over;
  }
  co_return co_await judge(std::move(std::get<RequestHead>(head)));
}

Task<std::optional<HeadText>> Session::read_head() {
  for (;;) {
    while (!client_.pending.empty()) {
      Bytes bytes{client_.pending};
      const HeadReader::Status status = reader_.take(bytes);
      client_.pending.erase(client_.pending.begin(),
                            client_.pending.end() - static_cast<std::ptrdiff_t>(bytes.size()));
      if (status == HeadReader::Status::complete) co_return reader_.take_text();
      if (status == HeadReader::Status::malformed) {
        co_await refuse_malformed(reader_.malformed());
        co_return std::nullopt;
      }
    }
    const bool more = co_await await_bytes();
    if (!more) co_return std::nullopt;
  }
}

// Reads what comes next of a request into client_.pending.
Task<bool> Session::await_bytes() {
  const bool between = !first_ && reader_.empty();
  for (;;) {
    const auto buffer = plane_.read_buffer(kMaxHeld);
    const auto result = client_.stream.try_read(buffer);
    if (result && result->status != StreamStatus::done) co_return false;
    if (result) {
      client_.pending.assign(buffer.begin(),
                             buffer.begin() + static_cast<std::ptrdiff_t>(result->count));
      // The time for a later request begins with its first byte.
      if (between) client_.stream.expire_after(setup_->first_timeouts().request_head);
      if (between) setup_ = plane_.setup;
      co_return true;
    }
    if (between && plane_.draining) co_return false;
    if (between) plane_.between_requests.insert(&client_.stream);
    const StreamStatus waited = co_await client_.stream.wait(Stream::Ready::to_read);
    if (between) plane_.between_requests.erase(&client_.stream);
    if (waited == StreamStatus::timed_out && !between) {
      co_await give_up_head();
    }
    if (waited != StreamStatus::done) co_return false;
  }
}

Task<void> Session::give_up_head() {
  plane_.count(setup_->no_service, Timeout::head);
  if (reader_.empty()) co_return;
  co_await answer_and_close(plane_, client_,
                            {.status = 408, .sentence = "The request took too long to come."});
}

}  // namespace proxy
