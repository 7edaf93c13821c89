#include "proxy/body_flow.h"

#include <string>

namespace proxy {

void Outbox::put_with_next(std::string_view text) {
  const auto bytes = bytes_of(text);
  held_.insert(held_.end(), bytes.begin(), bytes.end());
}

void Outbox::put(websocket::Bytes bytes) {
  if (broken_ || bytes.empty()) return;
  std::size_t taken = 0;
  if (empty()) {
    const auto result = to_.try_write(bytes);
    broken_ = result && result->status != StreamStatus::done;
    if (result) taken = result->count;
    moved_ = moved_ || taken > 0;
  }
  if (broken_) return;
  const auto left = bytes.subspan(taken);
  held_.insert(held_.end(), left.begin(), left.end());
  flush();
}

void Outbox::flush() {
  while (!broken_ && !empty()) {
    const auto result = to_.try_write(websocket::Bytes{held_}.subspan(sent_));
    if (!result) return;
    broken_ = result->status != StreamStatus::done;
    sent_ += result->count;
    moved_ = moved_ || result->count > 0;
  }
  held_.clear();
  sent_ = 0;
}

BodyFlow::BodyFlow(BodyFraming framing, Stream& from, Outbox& to, std::vector<std::uint8_t> first,
                   bool decoded)
    : walker_(framing), from_(from), to_(to), first_(std::move(first)), decoded_(decoded) {}

BodyFlow::State BodyFlow::step(std::span<std::uint8_t> buffer) {
  to_.flush();
  if (to_.broken()) return State::sink_broken;
  if (!to_.empty()) return State::going_on;
  if (walker_.done() || source_over_) return State::complete;
  if (!first_.empty()) {
    const std::vector<std::uint8_t> first = std::exchange(first_, {});
    return pass(first);
  }
  const auto result = from_.try_read(buffer);
  if (!result) return State::going_on;
  moved_ = true;
  if (result->status == StreamStatus::done) return pass(buffer.first(result->count));
  if (result->status != StreamStatus::end) return State::source_reset;
  if (!walker_.may_end_here()) return State::source_ended;
  source_over_ = true;
  return State::complete;
}

BodyFlow::State BodyFlow::pass(websocket::Bytes bytes) {
  moved_ = true;
  std::string payload;
  const std::size_t count = walker_.take(bytes, decoded_ ? &payload : nullptr);
  to_.put(decoded_ ? bytes_of(payload) : bytes.first(count));
  if (walker_.malformed()) return State::malformed;
  const auto surplus = bytes.subspan(count);
  first_.assign(surplus.begin(), surplus.end());
  if (to_.broken()) return State::sink_broken;
  return walker_.done() && to_.empty() ? State::complete : State::going_on;
}

}  // namespace proxy
