#include "proxy/exchange.h"

#include <algorithm>
#include <array>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <string>
#include <utility>
#include <variant>

#include "proxy/client_answer.h"
#include "proxy/rewritten_head.h"

namespace proxy {
namespace {

// So much is moved before others of the thread have their turn.
constexpr int kStepsInTurn = 16;
constexpr std::size_t kPiece = std::size_t{64} << 10U;
constexpr std::size_t kMostInterim = std::size_t{64} << 10U;

}  // namespace

Exchange::Exchange(ControlPlane& plane, ClientConnection& client, Request request)
    : plane_(plane),
      client_(client),
      request_(std::move(request)),
      service_(*request_.service),
      connector_(plane, client, request_),
      reader_(HeadReader::Of::response, request_.setup->head_limits()) {}

Task<bool> Exchange::run() {
  bool reuse = service_.options->proxy_protocol == ProxyProtocol::off;
  for (;;) {
    upstream_ = co_await connector_.connect(reuse);
    if (!upstream_.stream) {
      const auto failure = connector_.failure();
      if (failure) {
        co_await answer_own(proxy::answer_to(*failure));
      }
      client_.stream.close();
      co_return false;
    }
    send_request();
    const Outcome outcome = co_await relay();
    if (!may_retry(outcome)) {
      co_return co_await finish(outcome);
    }
    reuse = false;
  }
}

void Exchange::send_request() {
  to_upstream_.emplace(*upstream_.stream);
  to_client_.emplace(client_.stream);
  const std::string host = config::to_string(service_.upstreams->address(upstream_.index));
  to_upstream_->put_with_next(
      head_for_upstream(request_.head, client_.leg, request_.route->request_headers,
                        {.keep_alive = service_.options->proxy_protocol == ProxyProtocol::off,
                         .default_host = host}));
  request_flow_.emplace(request_.head.body, client_.stream, *to_upstream_,
                        std::exchange(client_.pending, {}));
  request_passed_ = false;
}

// A connection that was idle may have been closed by the upstream while the request was on its way.
bool Exchange::may_retry(Outcome outcome) const {
  if (outcome != Outcome::upstream_gone && outcome != Outcome::upstream_reset) return false;
  constexpr std::array<std::string_view, 5> idempotent{"GET", "HEAD", "OPTIONS", "TRACE", "DELETE"};
  return upstream_.reused && !upstream_spoke_ &&
         request_.head.body.kind == BodyFraming::Kind::none &&
         std::ranges::find(idempotent, request_.head.method) != idempotent.end();
}

Task<Exchange::Outcome> Exchange::relay() {
  int steps = 0;
  for (;;) {
    const Outcome outcome = step();
    if (outcome != Outcome::going_on) co_return outcome;
    if (!take_moved()) {
      const Outcome waited = co_await wait();
      if (waited != Outcome::going_on) co_return waited;
    } else if (++steps % kStepsInTurn == 0) {
      co_await boost::asio::post(plane_.context, boost::asio::use_awaitable_t<Executor>{});
    }
  }
}

bool Exchange::take_moved() {
  bool moved = to_upstream_->take_moved();
  moved = to_client_->take_moved() || moved;
  moved = request_flow_->take_moved() || moved;
  return (response_flow_ && response_flow_->take_moved()) || moved;
}

Exchange::Outcome Exchange::step() {
  const Outcome request = step_request();
  return request == Outcome::going_on ? step_response() : request;
}

Exchange::Outcome Exchange::step_request() {
  if (request_passed_) return watch_client();
  if (request_abandoned_) return Outcome::going_on;
  switch (request_flow_->step(plane_.read_buffer(kPiece))) {
    case BodyFlow::State::going_on:
      return Outcome::going_on;
    case BodyFlow::State::complete:
      request_passed_ = true;
      client_.pending = request_flow_->take_surplus();
      return Outcome::going_on;
    case BodyFlow::State::malformed:
      return Outcome::request_wrong;
    case BodyFlow::State::sink_broken:
      // What the upstream said before it went may still be there to read.
      request_abandoned_ = true;
      return Outcome::going_on;
    default:
      return Outcome::client_gone;
  }
}

// Holds what comes of the next request, so that a reset is noticed.
Exchange::Outcome Exchange::watch_client() {
  if (!watching_client_ || client_ended_ || client_.pending.size() >= kMaxHeld) {
    return Outcome::going_on;
  }
  const auto buffer = plane_.read_buffer(kMaxHeld - client_.pending.size());
  const auto result = client_.stream.try_read(buffer);
  if (!result) return Outcome::going_on;
  client_ended_ = result->status == StreamStatus::end;
  if (!client_ended_ && result->status != StreamStatus::done) return Outcome::client_gone;
  client_.pending.insert(client_.pending.end(), buffer.begin(),
                         buffer.begin() + static_cast<std::ptrdiff_t>(result->count));
  return Outcome::going_on;
}

Exchange::Outcome Exchange::step_response() {
  if (!response_flow_) return read_heads();
  switch (response_flow_->step(plane_.read_buffer(kPiece))) {
    case BodyFlow::State::going_on:
      return Outcome::going_on;
    case BodyFlow::State::complete:
      return Outcome::complete;
    case BodyFlow::State::source_ended:
      return Outcome::upstream_gone;
    case BodyFlow::State::source_reset:
      return Outcome::upstream_reset;
    case BodyFlow::State::malformed:
      return Outcome::upstream_wrong;
    case BodyFlow::State::sink_broken:
      break;
  }
  return Outcome::client_gone;
}

Exchange::Outcome Exchange::read_heads() {
  to_client_->flush();
  if (to_client_->broken()) return Outcome::client_gone;
  if (!to_client_->empty()) return Outcome::going_on;
  const auto buffer = plane_.read_buffer(kPiece);
  const auto result = upstream_.stream->try_read(buffer);
  if (!result) return Outcome::going_on;
  if (result->status == StreamStatus::end) return Outcome::upstream_gone;
  if (result->status != StreamStatus::done) return Outcome::upstream_reset;
  upstream_spoke_ = true;
  return take_heads(buffer.first(result->count));
}

Exchange::Outcome Exchange::take_heads(Bytes bytes) {
  while (!bytes.empty()) {
    const HeadReader::Status status = reader_.take(bytes);
    if (status == HeadReader::Status::partial) return Outcome::going_on;
    if (status == HeadReader::Status::malformed) return Outcome::upstream_wrong;
    auto head = parse_response_head(reader_.take_text(), {.method = request_.head.method},
                                    reader_.limits());
    if (std::holds_alternative<Malformed>(head)) return Outcome::upstream_wrong;
    auto& response = std::get<ResponseHead>(head);
    if (!response.is_interim()) {
      begin_response(std::move(response), bytes);
      return Outcome::going_on;
    }
    interim_bytes_ += response.text.view().size();
    if (interim_bytes_ > kMostInterim) return Outcome::upstream_wrong;
    if (request_.head.version == HttpVersion::http_1_0) continue;
    to_client_->put(bytes_of(
        head_for_client(response, request_.route->response_headers, {.keep_alive = true})));
  }
  return Outcome::going_on;
}

void Exchange::begin_response(ResponseHead head, Bytes behind) {
  const bool old_client = request_.head.version == HttpVersion::http_1_0;
  upstream_keep_alive_ = head.keep_alive;
  client_keep_alive_ = request_.head.keep_alive && request_passed_ && !old_client &&
                       !plane_.draining && head.body.kind != BodyFraming::Kind::until_close;
  plane_.count_response(service_.id, head.status);
  to_client_->put_with_next(
      head_for_client(head, request_.route->response_headers,
                      {.keep_alive = client_keep_alive_, .version = request_.head.version}));
  response_flow_.emplace(head.body, *upstream_.stream, *to_client_,
                         std::vector<std::uint8_t>{behind.begin(), behind.end()},
                         old_client && head.body.kind == BodyFraming::Kind::chunked);
}

Task<Exchange::Outcome> Exchange::wait() {
  watching_client_ = watching_client_ || request_passed_;
  const bool wants_body = !request_passed_ && !request_abandoned_ && to_upstream_->empty();
  const bool watches = watching_client_ && !client_ended_ && client_.pending.size() < kMaxHeld;
  upstream_.stream->expire_after(service_.options->timeouts.http_response);
  const Interest upstream{.stream = *upstream_.stream,
                          .to_read = to_client_->empty(),
                          .to_write = !request_abandoned_ && !to_upstream_->empty()};
  const Interest client{
      .stream = client_.stream, .to_read = wants_body || watches, .to_write = !to_client_->empty()};
  co_await wait_for_either(upstream, client);
  const auto refused = upstream_.stream->refusal();
  if (client_.stream.is_interrupted() || refused == StreamStatus::interrupted) {
    co_return Outcome::client_gone;
  }
  if (!refused) co_return Outcome::going_on;
  plane_.count(service_.id, Timeout::http);
  co_return wants_body || !to_client_->empty() ? Outcome::client_silent : Outcome::upstream_silent;
}

}  // namespace proxy
