#include "proxy/client_answer.h"

#include <string>

namespace proxy {
namespace {

constexpr std::chrono::seconds kToWrite{5};
constexpr std::chrono::seconds kLinger{2};
constexpr std::size_t kMostDiscarded = std::size_t{256} << 10U;

}  // namespace

OwnAnswer answer_to(ConnectFailure failure) {
  switch (failure) {
    case ConnectFailure::timeout:
      return {.status = 504, .sentence = "The upstream could not be reached in time."};
    case ConnectFailure::no_upstream:
    case ConnectFailure::other:
      return {.status = 503,
              .sentence = "There is no upstream at the moment.",
              .retry_after = std::chrono::seconds{1}};
    default:
      return {.status = 502, .sentence = "The upstream could not be reached."};
  }
}

Task<void> close_gently(ControlPlane& plane, Stream& stream) {
  stream.transport().finish();
  stream.expire_after(kLinger);
  std::size_t discarded = 0;
  while (discarded < kMostDiscarded) {
    const auto result = stream.try_read(plane.read_buffer(kMaxHeld));
    if (result && result->status != StreamStatus::done) break;
    if (result) {
      discarded += result->count;
      continue;
    }
    const StreamStatus waited = co_await stream.wait(Stream::Ready::to_read);
    if (waited != StreamStatus::done) break;
  }
  stream.close();
}

Task<void> answer_and_close(ControlPlane& plane, ClientConnection& client, OwnAnswer answer) {
  const std::string text = to_text(answer);
  client.stream.expire_after(kToWrite);
  const auto written = co_await client.stream.write_all(bytes_of(text));
  if (written.status == StreamStatus::done) {
    co_await close_gently(plane, client.stream);
  }
  client.stream.close();
}

}  // namespace proxy
