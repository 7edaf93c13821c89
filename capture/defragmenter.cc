#include "capture/defragmenter.h"

#include <algorithm>
#include <bit>

namespace capture {
namespace {

constexpr std::size_t kLargestWholeDatagram = 65535;

}  // namespace

Defragmenter::Defragmenter(const Limits& limits, UndecodableCounts& counts)
    : limits_(limits), counts_(counts), by_key_(0, HashKey{KeyedHash::random()}) {}

std::size_t Defragmenter::Partial::cost() const {
  return sizeof(Partial) + pieces.capacity() * sizeof(Piece) + stored.capacity();
}

Defragmenter::Key Defragmenter::key_of(const FragmentHeader& header, const Segment& segment) {
  const auto source = std::bit_cast<std::array<std::uint64_t, 2>>(segment.source.address);
  const auto destination = std::bit_cast<std::array<std::uint64_t, 2>>(segment.destination.address);
  // Linux tells IPv4 datagrams apart by protocol too, IPv6 ones not.
  const bool is_ipv6 = segment.source.is_ipv6;
  const std::uint64_t protocol = is_ipv6 ? 0x100U : header.protocol;
  return {source[0], source[1], destination[0], destination[1],
          protocol << 32U | header.identification};
}

Defragmenter::Fit Defragmenter::fit(const Partial& partial, std::uint32_t start,
                                    std::uint32_t end) {
  const auto& pieces = partial.pieces;
  auto piece = std::ranges::upper_bound(pieces, start, {}, &Piece::end);
  if (piece == pieces.end() || piece->start >= end) return Fit::fits;
  if (start < piece->start) return Fit::overlap;
  std::uint32_t run_end = piece->end;
  while (++piece != pieces.end() && piece->continues_run) run_end = piece->end;
  return end <= run_end ? Fit::duplicate : Fit::overlap;
}

// False when this fragment and those before it disagree about where the datagram ends.
bool Defragmenter::accept_end(Partial& partial, std::size_t end, bool more) {
  if (more) {
    if (end <= partial.length) return true;
    if (partial.last_seen) return false;
  } else {
    if (end < partial.length || (partial.last_seen && end != partial.length)) return false;
    partial.last_seen = true;
  }
  partial.length = end;
  return true;
}

void Defragmenter::insert(Partial& partial, std::uint32_t start, std::uint32_t end, Bytes bytes) {
  auto& pieces = partial.pieces;
  const auto where = std::ranges::upper_bound(pieces, start, {}, &Piece::start);
  const bool continues_run = where == pieces.end() && !pieces.empty() && pieces.back().end == start;
  pieces.insert(where, {.start = start,
                        .end = end,
                        .captured = static_cast<std::uint32_t>(bytes.size()),
                        .stored_at = static_cast<std::uint32_t>(partial.stored.size()),
                        .continues_run = continues_run});
  partial.stored.insert(partial.stored.end(), bytes.begin(), bytes.end());
  partial.received += end - start;
}

Defragmenter::Position Defragmenter::find_or_start(const Key& key, Time at) {
  const auto found = by_key_.find(key);
  if (found != by_key_.end()) return found->second;
  by_age_.push_back({.key = key, .first_seen = at});
  const Position position = std::prev(by_age_.end());
  by_key_.emplace(key, position);
  held_bytes_ += position->cost();
  return position;
}

std::optional<Defragmenter::Datagram> Defragmenter::add(const FragmentHeader& header,
                                                        const Layer& data, const Segment& segment,
                                                        Time at) {
  expire(at);
  std::size_t length = data.length;
  // All but the last come in eights; Linux cuts an IPv4 one down and refuses an IPv6 one.
  if (header.more && length % 8 != 0) {
    if (segment.source.is_ipv6) length = 0;
    length -= length % 8;
  }
  if (length == 0 || header.offset + length > kLargestWholeDatagram) {
    counts_.add(Undecodable::malformed_ip);
    return std::nullopt;
  }
  const auto start = header.offset;
  const auto end = static_cast<std::uint32_t>(start + length);
  const Position position = find_or_start(key_of(header, segment), at);
  Partial& partial = *position;
  const Fit fit = Defragmenter::fit(partial, start, end);
  if (!accept_end(partial, end, header.more) || fit == Fit::overlap) {
    counts_.add(Undecodable::fragment_overlap, partial.pieces.size() + 1);
    drop(position);
    return std::nullopt;
  }
  if (fit == Fit::duplicate) return std::nullopt;
  if (start == 0) partial.protocol = header.protocol;
  held_bytes_ -= partial.cost();
  insert(partial, start, end, data.bytes.first(std::min(data.bytes.size(), length)));
  held_bytes_ += partial.cost();
  if (!partial.last_seen || partial.received != partial.length) {
    evict_down_to_limits();
    return std::nullopt;
  }
  const Datagram datagram = assemble(partial);
  drop(position);
  return datagram;
}

// Bytes that the snapshot length cut from one fragment hide all that follow.
Defragmenter::Datagram Defragmenter::assemble(const Partial& partial) {
  assembled_.clear();
  for (const Piece& piece : partial.pieces) {
    const auto from = partial.stored.begin() + piece.stored_at;
    assembled_.insert(assembled_.end(), from, from + piece.captured);
    if (piece.captured < piece.end - piece.start) break;
  }
  return {.protocol = partial.protocol, .bytes = assembled_, .length = partial.length};
}

void Defragmenter::drop(Position position) {
  held_bytes_ -= position->cost();
  by_key_.erase(position->key);
  by_age_.erase(position);
}

void Defragmenter::expire(Time at) {
  while (!by_age_.empty() && at - by_age_.front().first_seen > limits_.timeout) {
    counts_.add(Undecodable::fragment_timeout, by_age_.front().pieces.size());
    drop(by_age_.begin());
  }
}

void Defragmenter::evict_down_to_limits() {
  while (by_age_.size() > limits_.datagrams || held_bytes_ > limits_.bytes) {
    counts_.add(Undecodable::fragment_limit, by_age_.front().pieces.size());
    drop(by_age_.begin());
  }
}

}  // namespace capture
