#include <utility>

#include "proxy/client_answer.h"
#include "proxy/exchange.h"

namespace proxy {

Task<bool> Exchange::complete() {
  const bool clean = request_passed_ && response_flow_->take_surplus().empty();
  if (upstream_keep_alive_ && clean && service_.options->proxy_protocol == ProxyProtocol::off) {
    plane_.idle_upstreams.put(service_.upstreams, std::move(upstream_));
  }
  upstream_.stream.reset();
  if (client_keep_alive_ && !client_ended_) co_return true;
  // Nothing of it is left to be read, and nothing more is expected.
  if (!clean || !client_.pending.empty()) {
    co_await close_gently(plane_, client_.stream);
  }
  client_.stream.close();
  co_return false;
}

Task<bool> Exchange::finish(Outcome outcome) {
  if (outcome == Outcome::complete) {
    co_return co_await complete();
  }
  upstream_.stream.reset();
  client_.admission.leave_upstream();
  if (outcome == Outcome::request_wrong) {
    plane_.count(request_flow_->malformed());
    plane_.count(service_.id, Rejection::malformed);
  }
  if (outcome != Outcome::client_gone && !response_flow_) {
    co_await answer_own(answer_to(outcome));
  } else if (outcome == Outcome::upstream_reset || outcome == Outcome::upstream_wrong) {
    // Whatever the framing is, the client learns that this was not the end of the response.
    client_.stream.reset();
  }
  client_.stream.close();
  co_return false;
}

OwnAnswer Exchange::answer_to(Outcome outcome) const {
  switch (outcome) {
    case Outcome::upstream_silent:
      return {.status = 504, .sentence = "The upstream did not answer in time."};
    case Outcome::upstream_wrong:
      return {.status = 502, .sentence = "The upstream's answer is no valid HTTP."};
    case Outcome::request_wrong:
      return {.status = status_for(request_flow_->malformed()),
              .sentence = sentence(request_flow_->malformed())};
    case Outcome::client_silent:
      return {.status = 408, .sentence = "The request took too long to come."};
    default:
      return {.status = 502, .sentence = "The upstream closed the connection without an answer."};
  }
}

Task<void> Exchange::answer_own(OwnAnswer answer) {
  answer.to_head = request_.head.method == "HEAD";
  plane_.count_response(service_.id, answer.status);
  co_await answer_and_close(plane_, client_, answer);
}

}  // namespace proxy
