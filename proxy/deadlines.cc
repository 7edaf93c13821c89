#include "proxy/deadlines.h"

#include "proxy/stream.h"

namespace proxy {

struct Deadlines::All {
  boost::intrusive::list<Stream, boost::intrusive::constant_time_size<false>> streams;
};

Deadlines::Deadlines(boost::asio::io_context& context)
    : timer_(context.get_executor()), all_(std::make_unique<All>()) {}

Deadlines::~Deadlines() = default;

void Deadlines::enlist(Stream& stream) { all_->streams.push_back(stream); }

void Deadlines::interrupt_all() {
  interrupted_ = true;
  for (Stream& stream : all_->streams) stream.interrupt();
}

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
