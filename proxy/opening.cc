#include "proxy/opening.h"

#include <string>
#include <utility>
#include <variant>

#include "proxy/body.h"
#include "proxy/rewritten_head.h"
#include "proxy/upgrade.h"
#include "websocket/http_head.h"

namespace proxy {
namespace {

using websocket::HandshakeResult;

constexpr std::size_t kMostInterim = std::size_t{64} << 10U;

Deadlines::Clock::time_point deadline_in(websocket::Duration limit) {
  using Clock = Deadlines::Clock;
  return limit.count() > 0 ? Clock::now() + limit : Clock::time_point::max();
}

std::vector<std::uint8_t> copy(Bytes bytes) { return {bytes.begin(), bytes.end()}; }

}  // namespace

void report_refused(ControlPlane& plane, websocket::ServiceId service, unsigned status) {
  plane.observer.handshake_ended({.service = service,
                                  .result = websocket::rejected_with(status),
                                  .duration = websocket::Duration{0}});
}

Opening::Opening(ControlPlane& plane, ClientConnection& client, Request request,
                 std::string_view key)
    : plane_(plane),
      client_(client),
      request_(std::move(request)),
      service_(*request_.service),
      key_(key),
      connector_(plane, client, request_),
      reader_(HeadReader::Of::response, request_.setup->head_limits()) {}

Task<void> Opening::run() {
  upstream_ = co_await connector_.connect(false);
  if (!upstream_.stream) {
    co_await unreachable();
    co_return;
  }
  until_ = deadline_in(service_.options->timeouts.opening_handshake);
  const bool sent = co_await send_request();
  if (sent) {
    co_await await_answer();
  }
}

void Opening::report(HandshakeResult result, bool answered) {
  websocket::HandshakeSummary summary{
      .service = service_.id, .result = result, .duration = std::nullopt};
  if (answered) summary.duration = answer_at_ - request_.at;
  plane_.observer.handshake_ended(summary);
}

Task<void> Opening::fail(HandshakeResult result, OwnAnswer answer) {
  report(result);
  upstream_.stream.reset();
  client_.admission.leave_upstream();
  co_await answer_and_close(plane_, client_, answer);
}

Task<void> Opening::fail_waiting(StreamStatus status) {
  if (status == StreamStatus::timed_out) {
    plane_.count(service_.id, Timeout::opening_handshake);
    co_await fail(HandshakeResult::timeout,
                  {.status = 504, .sentence = "The upstream did not answer in time."});
    co_return;
  }
  if (status != StreamStatus::interrupted) {
    co_await fail(HandshakeResult::aborted,
                  {.status = 502, .sentence = "The upstream closed the connection."});
    co_return;
  }
  report(HandshakeResult::aborted);
  upstream_.stream.reset();
  client_.stream.close();
}

Task<void> Opening::unreachable() {
  const auto failure = connector_.failure();
  if (!failure) {
    co_await fail_waiting(StreamStatus::interrupted);
    co_return;
  }
  const HandshakeResult result = *failure == ConnectFailure::tls
                                     ? HandshakeResult::tls_failed
                                     : HandshakeResult::upstream_unreachable;
  co_await fail(result, answer_to(*failure));
}

Task<bool> Opening::send_request() {
  const std::string head = head_for_upstream(request_.head, client_.leg,
                                             request_.route->request_headers, {.upgrade = true});
  upstream_.stream->expire_at(until_);
  const auto sent = co_await upstream_.stream->write_all(bytes_of(head));
  if (sent.status != StreamStatus::done) {
    co_await fail_waiting(sent.status);
  }
  co_return sent.status == StreamStatus::done;
}

Task<void> Opening::await_answer() {
  // The answer cannot be there yet: the first look would be in vain.
  StreamStatus status =
      co_await connector_.watch().wait(*upstream_.stream, Stream::Ready::to_read, until_);
  while (status == StreamStatus::done && !answer_) {
    const auto buffer = plane_.read_buffer(kMaxHeld);
    const auto result = upstream_.stream->try_read(buffer);
    if (!result) {
      status = co_await connector_.watch().wait(*upstream_.stream, Stream::Ready::to_read, until_);
      continue;
    }
    status = result->status;
    if (status != StreamStatus::done) break;
    if (!read_heads(Bytes{buffer}.first(result->count))) {
      co_await fail(HandshakeResult::malformed,
                    {.status = 502, .sentence = "The upstream's answer is no valid HTTP."});
      co_return;
    }
    const bool passed = co_await pass_interim();
    if (!passed) co_return;
  }
  if (status == StreamStatus::done) {
    co_await judge();
  } else {
    co_await fail_waiting(status);
  }
}

// False when they are malformed.
bool Opening::read_heads(Bytes bytes) {
  while (!bytes.empty() && !answer_) {
    const HeadReader::Status status = reader_.take(bytes);
    if (status == HeadReader::Status::malformed) return false;
    if (status == HeadReader::Status::partial) return true;
    auto head =
        parse_response_head(reader_.take_text(), {request_.head.method, true}, reader_.limits());
    if (std::holds_alternative<Malformed>(head)) return false;
    auto& response = std::get<ResponseHead>(head);
    if (!response.is_interim()) {
      answer_at_ = now();
      answer_ = std::move(response);
      behind_ = copy(bytes);
      return true;
    }
    interim_.append(response.text.view());
    interim_for_client_.append(
        head_for_client(response, request_.route->response_headers, {.keep_alive = true}));
    if (interim_.size() > kMostInterim) return false;
  }
  return true;
}

// False when the client has gone.
Task<bool> Opening::pass_interim() {
  if (interim_for_client_.empty()) co_return true;
  const std::string head = std::exchange(interim_for_client_, {});
  client_.stream.expire_at(until_);
  const auto written = co_await client_.stream.write_all(bytes_of(head));
  if (written.status == StreamStatus::done) co_return true;
  co_await fail_waiting(StreamStatus::interrupted);
  co_return false;
}

Task<void> Opening::judge() {
  const UpgradeAnswer verdict = judge_upgrade_response(*answer_, request_.head, key_);
  if (verdict.kind == UpgradeAnswer::Kind::answered) {
    report(verdict.result, true);
    co_await relay_answer();
    co_return;
  }
  if (verdict.kind == UpgradeAnswer::Kind::opened) {
    auto connection = observe_handshake();
    if (connection->phase() == websocket::Connection::Phase::open) {
      co_await hand_over(std::move(connection));
      co_return;
    }
  }
  const bool opened = verdict.kind == UpgradeAnswer::Kind::opened;
  co_await fail(opened ? HandshakeResult::malformed : verdict.result,
                {.status = 502, .sentence = "The upstream's answer opens no WebSocket."});
}

// What a capture would have seen: the request as the client sent it, the answer as the upstream
// did.
std::unique_ptr<websocket::Connection> Opening::observe_handshake() const {
  auto connection =
      std::make_unique<websocket::Connection>(websocket::Connection::Start::request, request_.at);
  const auto observe = [&](websocket::Direction direction, std::string_view text,
                           websocket::Time at) {
    if (text.empty()) return;
    connection->observe(direction,
                        {.bytes = bytes_of(text), .at = at, .peer_position = 0, .order = 0});
  };
  observe(websocket::Direction::client_to_server, request_.head.text.view(), request_.at);
  observe(websocket::Direction::server_to_client, interim_, answer_at_);
  observe(websocket::Direction::server_to_client, answer_->text.view(), answer_at_);
  return connection;
}

Task<void> Opening::hand_over(std::unique_ptr<websocket::Connection> connection) {
  const std::string head = switching_head_for_client(*answer_, request_.route->response_headers);
  client_.stream.expire_at(until_);
  const auto written = co_await client_.stream.write_all(bytes_of(head));
  if (written.status != StreamStatus::done) {
    co_await fail_waiting(StreamStatus::interrupted);
    co_return;
  }
  report(HandshakeResult::opened, true);
  plane_.start_tunnel({.client = client_.stream.release(),
                       .server = upstream_.stream->release(),
                       .connection = std::move(connection),
                       .client_endpoint = client_.client,
                       .server_endpoint = upstream_.endpoint,
                       .service = service_.id,
                       .options = service_.options,
                       .from_client = std::move(client_.pending),
                       .from_server = std::move(behind_),
                       .admission = std::move(client_.admission)});
}

Task<void> Opening::relay_answer() {
  const std::string head = head_for_client(*answer_, request_.route->response_headers, {});
  const auto silence = service_.options->timeouts.http_response;
  client_.stream.expire_after(silence);
  auto written = co_await client_.stream.write_all(bytes_of(head));
  BodyWalker walker{answer_->body};
  std::vector<std::uint8_t> piece = std::move(behind_);
  while (written.status == StreamStatus::done) {
    piece.resize(walker.take(piece));
    client_.stream.expire_after(silence);
    written = co_await client_.stream.write_all(piece);
    if (walker.done() || walker.malformed() || written.status != StreamStatus::done) break;
    piece.resize(kMaxHeld);
    upstream_.stream->expire_after(silence);
    const auto read = co_await upstream_.stream->read_some(piece);
    if (read.status != StreamStatus::done) break;
    piece.resize(read.count);
  }
  upstream_.stream.reset();
  client_.admission.leave_upstream();
  if (!client_.pending.empty()) {
    co_await close_gently(plane_, client_.stream);
  }
  client_.stream.close();
}

}  // namespace proxy
