#include "proxy/deadlines.h"

#include "proxy/stream.h"

namespace proxy {

Deadlines::Entries::iterator Deadlines::add(Stream& stream, Clock::time_point when) {
  const auto entry = entries_.emplace(when, &stream);
  if (entry->first < armed_) arm();
  return entry;
}

void Deadlines::arm() {
  armed_ = entries_.begin()->first;
  timer_.expires_at(armed_);
  timer_.async_wait([this](const boost::system::error_code& error) {
    if (error != boost::asio::error::operation_aborted) expire_due();
  });
}

void Deadlines::expire_due() {
  armed_ = Clock::time_point::max();
  const auto now = Clock::now();
  while (!entries_.empty() && entries_.begin()->first <= now) entries_.begin()->second->expire();
  if (!entries_.empty()) arm();
}

}  // namespace proxy
