#include "proxy/client_watch.h"

#include <algorithm>

namespace proxy {

void ClientWatch::read_client() {
  while (!gone_ && has_room()) {
    const auto buffer = plane_.read_buffer(kMaxHeld - client_.pending.size());
    const auto result = client_.stream.try_read(buffer);
    if (!result) return;
    gone_ = result->status != StreamStatus::done;
    client_.pending.insert(client_.pending.end(), buffer.begin(),
                           buffer.begin() + static_cast<std::ptrdiff_t>(result->count));
  }
}

Task<StreamStatus> ClientWatch::wait(Stream& upstream, Stream::Ready ready,
                                     Deadlines::Clock::time_point until) {
  if (gone_) co_return StreamStatus::interrupted;
  if (!watching_) {
    const auto patience = Deadlines::Clock::now() + kPatience;
    upstream.expire_at(std::min(until, patience));
    const StreamStatus waited = co_await upstream.wait(ready);
    if (waited != StreamStatus::timed_out || until <= patience) co_return waited;
    watching_ = true;
  }
  upstream.expire_at(until);
  read_client();
  if (gone_) co_return StreamStatus::interrupted;
  const bool to_read = ready == Stream::Ready::to_read;
  const Interest at_upstream{.stream = upstream, .to_read = to_read, .to_write = !to_read};
  const Interest at_client{.stream = client_.stream, .to_read = has_room(), .to_write = false};
  co_await wait_for_either(at_upstream, at_client);
  read_client();
  if (gone_ || client_.stream.is_interrupted()) co_return StreamStatus::interrupted;
  co_return upstream.refusal().value_or(StreamStatus::done);
}

}  // namespace proxy
