#include <string>
#include <utility>

#include "proxy/control_frame.h"
#include "proxy/exchange.h"
#include "proxy/opening.h"
#include "proxy/session.h"
#include "proxy/socket_address.h"
#include "proxy/socket_options.h"

namespace proxy {
namespace {

constexpr std::chrono::seconds kRetryAfter{1};
constexpr std::chrono::seconds kToWrite{5};

bool is_limit(Rejection rejection) {
  switch (rejection) {
    case Rejection::connection_limit:
    case Rejection::service_limit:
    case Rejection::client_limit:
    case Rejection::rate_limit:
      return true;
    default:
      return false;
  }
}

OwnAnswer answer_to(Rejection rejection) {
  switch (rejection) {
    case Rejection::no_route:
      return {.status = 404, .sentence = "Nothing is served here."};
    case Rejection::origin:
      return {.status = 403, .sentence = "This origin may not open WebSockets here."};
    case Rejection::denied:
      return {.status = 403, .sentence = "This is not served to anyone."};
    case Rejection::draining:
      return {
          .status = 503, .sentence = "The server is about to stop.", .retry_after = kRetryAfter};
    default:
      return {
          .status = 503, .sentence = "There are too many connections.", .retry_after = kRetryAfter};
  }
}

}  // namespace

// Whom a trusted hop names is known with each request anew.
std::optional<Rejection> Session::know_client(const RequestHead& head) {
  if (!client_.leg.peer_is_trusted || turned_away_) return std::nullopt;
  const auto forwarded = head.fields.values("x-forwarded-for");
  client_.client = client_address_from_forwarded(client_.leg.peer, forwarded, setup_->trusted);
  return plane_.admission.enter_client(client_.admission, client_.client);
}

Task<Session::Next> Session::judge(RequestHead head) {
  const auto match = setup_->routes.match(head.host, head.path, head.routing_path);
  if (std::holds_alternative<Rejection>(match)) {
    co_await refuse(head, setup_->no_service, std::get<Rejection>(match));
    co_return Next::over;
  }
  const RouteMatch& route = std::get<RouteMatch>(match);
  const Service& service = setup_->services[route.service];
  const auto refused = turned_away_ ? turned_away_ : know_client(head);
  if (refused) {
    co_await refuse(head, service.id, *refused);
    co_return Next::over;
  }
  Request request{.head = std::move(head),
                  .at = now(),
                  .setup = setup_,
                  .route = route.options,
                  .service = &service};
  co_return co_await go_to_service(std::move(request));
}

void Session::set_up_for(const Service& service) {
  const Timeouts& wanted = service.options->timeouts;
  const Timeouts& inherited = setup_->first_timeouts();
  if (wanted.tcp_keepalive != inherited.tcp_keepalive ||
      wanted.tcp_user_timeout != inherited.tcp_user_timeout) {
    set_socket_options(client_.stream.transport().fd(), wanted);
  }
  if (service.options->proxy_protocol != ProxyProtocol::off && client_.local.port == 0) {
    client_.local = local_endpoint(client_.stream.transport().fd());
  }
}

Task<Session::Next> Session::go_to_service(Request request) {
  const UpgradeVerdict verdict = judge_upgrade(request.head);
  if (verdict.kind == UpgradeVerdict::Kind::refused) {
    co_await refuse_upgrade(request, verdict.reason);
    co_return Next::over;
  }
  const bool websocket = verdict.kind == UpgradeVerdict::Kind::websocket;
  std::optional<Rejection> refused;
  if (websocket && plane_.draining) refused = Rejection::draining;
  if (websocket && !allows_origin(*request.route, request.head.fields.only("origin"))) {
    refused = Rejection::origin;
  }
  if (!refused) {
    refused = AdmissionControl::enter_service(client_.admission, request.service->places);
  }
  if (refused) {
    co_await refuse(request.head, request.service->id, *refused);
    co_return Next::over;
  }
  set_up_for(*request.service);
  if (!websocket) {
    co_return co_await exchange(std::move(request));
  }
  Opening opening{plane_, client_, std::move(request), verdict.key};
  co_await opening.run();
  co_return Next::over;
}

Task<Session::Next> Session::exchange(Request request) {
  stand_as(plane_.counters.exchanges);
  Exchange exchange{plane_, client_, std::move(request)};
  const bool keep_alive = co_await exchange.run();
  client_.admission.leave_upstream();
  client_.admission.leave_service();
  if (!keep_alive) co_return Next::over;
  client_.stream.expire_after(setup_->first_timeouts().keep_alive);
  co_return Next::request;
}

Task<void> Session::refuse(const RequestHead& head, websocket::ServiceId service,
                           Rejection rejection) {
  plane_.count(service, rejection);
  const UpgradeVerdict verdict = judge_upgrade(head);
  const bool websocket = verdict.kind == UpgradeVerdict::Kind::websocket;
  OwnAnswer answer = answer_to(rejection);
  answer.to_head = head.method == "HEAD";
  if (websocket) report_refused(plane_, service, answer.status);
  if (!websocket) plane_.count_response(service, answer.status);
  if (websocket && is_limit(rejection) && setup_->config.limits.at_limit == AtLimit::close_1013) {
    co_await close_with_1013(head, verdict.key);
    co_return;
  }
  co_await answer_and_close(plane_, client_, answer);
}

Task<void> Session::close_with_1013(const RequestHead& head, std::string_view key) {
  std::string text = own_switching_head(head, key);
  const ControlFrame close = close_frame(1013, "too many connections", websocket::Side::client, {});
  text.append(websocket::as_text(close.bytes()));
  client_.stream.expire_after(kToWrite);
  const auto written = co_await client_.stream.write_all(bytes_of(text));
  if (written.status == StreamStatus::done) {
    co_await close_gently(plane_, client_.stream);
  }
}

Task<void> Session::refuse_upgrade(const Request& request, Malformed reason) {
  const websocket::ServiceId service = request.service->id;
  plane_.count(reason);
  plane_.count(service, reason == Malformed::unsupported_upgrade ? Rejection::unsupported_upgrade
                                                                 : Rejection::malformed);
  if (request.head.fields.lists_token("upgrade", "websocket")) {
    report_refused(plane_, service, status_for(reason));
  }
  co_await answer_and_close(plane_, client_,
                            {.status = status_for(reason),
                             .sentence = sentence(reason),
                             .to_head = request.head.method == "HEAD"});
}

Task<void> Session::refuse_malformed(Malformed reason) {
  plane_.count(reason);
  plane_.count(setup_->no_service, Rejection::malformed);
  plane_.count_response(setup_->no_service, status_for(reason));
  co_await answer_and_close(plane_, client_,
                            {.status = status_for(reason), .sentence = sentence(reason)});
}

}  // namespace proxy
