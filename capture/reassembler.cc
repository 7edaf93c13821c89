#include "capture/reassembler.h"

#include <algorithm>
#include <chrono>

namespace capture {
namespace {

// No window is larger (RFC 7323 section 2.3).
constexpr std::uint64_t kMaxWindow = std::uint64_t{1} << 30U;
// An acknowledgment can be captured before the data that it acknowledges.
constexpr Duration kPatience = std::chrono::milliseconds{200};
constexpr std::uint32_t kPatientPackets = 16;

bool is_ahead(std::uint64_t position, std::uint64_t of) {
  return position > of && position - of <= kMaxWindow;
}

}  // namespace

Reassembler::Queue::~Queue() {
  for (const Held& held : segments) budget->bytes.subtract(held.bytes.size());
}

void Reassembler::start(std::uint32_t first) {
  next_ = (std::uint64_t{1} << 32U) + first;
  first_ = next_;
  acknowledged_ = next_;
  furthest_ = next_;
}

// PAWS (RFC 7323 section 5): a segment whose timestamp is older than the last one in order is from
// an earlier life of the sequence numbers. One tick is tolerated, and so is a missing option.
bool Reassembler::too_old(const Segment& segment, std::uint64_t start) {
  if (!segment.has_timestamp) return false;
  const auto age = static_cast<std::int32_t>(timestamp_ - segment.timestamp_value);
  if (has_timestamp_ && age > 1) return true;
  if (start <= next_) {
    timestamp_ = segment.timestamp_value;
    has_timestamp_ = true;
  }
  return false;
}

std::optional<Reassembler::Piece> Reassembler::accept(const Segment& segment,
                                                      std::uint32_t arrival) {
  const std::uint64_t start = unwrap(segment.sequence_number);
  const std::uint64_t end = start + segment.payload_length;
  if (start > next_ && is_ahead(end, next_)) furthest_ = std::max(furthest_, end);
  if (segment.payload_length == 0 && !segment.has(kFin)) return std::nullopt;
  if (too_old(segment, start) || (start > next_ && !is_ahead(start, next_))) return std::nullopt;
  if (segment.has(kFin) && fin_ == 0 && end >= next_) {
    fin_ = end;
    fin_arrival_ = {segment.at, segment.acknowledgment_number, arrival};
  }
  if (end <= next_) {
    if (fin_ == next_) ++next_;
    return std::nullopt;
  }
  if (fin_ != 0 && end > fin_) return std::nullopt;
  if (reset_ != 0 && end > reset_) reset_ = 0;  // its sender lives on: the RST was not its own
  if (start > next_) {
    hold(segment, start, arrival);
    return std::nullopt;
  }
  const auto overlap = static_cast<std::size_t>(next_ - start);
  Piece piece{.bytes = segment.payload.subspan(std::min(overlap, segment.payload.size())),
              .at = segment.at,
              .acknowledgment_number = segment.acknowledgment_number,
              .arrival = arrival,
              .starts_segment = overlap == 0};
  const std::uint64_t captured_end = std::max(start + segment.payload.size(), next_);
  missing_ = static_cast<std::uint32_t>(end - captured_end);
  next_ = captured_end;
  if (segment.has(kUrg) && missing_ == 0) hold_behind_urgent(segment, start, piece);
  if (next_ == fin_ && missing_ == 0) ++next_;
  return piece;
}

// Linux takes the byte that the urgent pointer names (RFC 9293 section 3.8.5, RFC 6093) out of the
// stream.
void Reassembler::hold_behind_urgent(const Segment& segment, std::uint64_t start, Piece& piece) {
  const std::uint64_t piece_start = next_ - piece.bytes.size();
  const std::uint64_t urgent = start + segment.urgent_pointer - 1;
  if (segment.urgent_pointer == 0 || urgent < piece_start || urgent >= next_) return;
  const Bytes all = piece.bytes;
  const auto before = static_cast<std::size_t>(urgent - piece_start);
  Segment rest = segment;
  rest.payload = all.subspan(before + 1);
  rest.payload_length = static_cast<std::uint32_t>(rest.payload.size());
  piece.bytes = all.first(before);
  next_ = urgent + 1;
  ++first_;
  if (!rest.payload.empty()) hold(rest, urgent + 1, piece.arrival);
}

Reassembler::Queue& Reassembler::queue() {
  if (!queue_) queue_ = std::make_unique<Queue>(budget_);
  return *queue_;
}

void Reassembler::release(const Held& held) { budget_->bytes.subtract(held.bytes.size()); }

// As Linux does: of equal copies the first stays, a wider later one replaces it and what it covers;
// where two overlap in part, the bytes of the one that starts earlier count.
void Reassembler::hold(const Segment& segment, std::uint64_t start, std::uint32_t arrival) {
  const std::uint64_t end = start + segment.payload_length;
  Queue& to = queue();
  auto& held = to.segments;
  if (held.empty()) {
    to.since = segment.at;
    to.now = segment.at;
    to.packets = 0;
  }
  auto place = std::ranges::upper_bound(held, start, {}, &Held::start);
  if (place != held.begin()) {
    const auto before = std::prev(place);
    if (before->end >= end) return;
    if (before->start == start) {
      release(*before);
      place = held.erase(before);
    }
  }
  const auto last_covered =
      std::find_if(place, held.end(), [end](const Held& other) { return other.end > end; });
  std::for_each(place, last_covered, [this](const Held& other) { release(other); });
  place = held.erase(place, last_covered);
  held.insert(place, Held{start,
                          end,
                          {segment.payload.begin(), segment.payload.end()},
                          segment.at,
                          segment.acknowledgment_number,
                          arrival});
  budget_->bytes.add(segment.payload.size());
  if (budget_->full() || held.size() > budget_->max_segments_per_stream) to.give_up = true;
}

std::optional<Reassembler::Piece> Reassembler::next() {
  if (missing_ > 0) {
    Piece piece{.missing = std::exchange(missing_, 0)};
    next_ += piece.missing;
    if (next_ == fin_) ++next_;
    return piece;
  }
  if (queue_) {
    if (auto piece = next_held()) return piece;
  }
  if (!flushing_) return std::nullopt;
  // What is known to have been sent, but was never seen.
  const std::uint64_t end = fin_ != 0 ? fin_ : std::max({furthest_, acknowledged_, reset_});
  if (end <= next_) return std::nullopt;
  Piece piece{.missing = end - next_};
  next_ = end;
  if (next_ == fin_) ++next_;
  return piece;
}

bool Reassembler::gives_up_hole(const Held& above) const {
  if (flushing_ || queue_->give_up) return true;
  return acknowledged_ >= above.start &&
         (queue_->packets >= kPatientPackets || queue_->now - queue_->since >= kPatience);
}

std::optional<Reassembler::Piece> Reassembler::next_held() {
  Queue& from = *queue_;
  while (!from.segments.empty()) {
    Held& first = from.segments.front();
    if (first.start > next_ && !gives_up_hole(first)) return std::nullopt;
    Held held = std::move(first);
    release(held);
    from.segments.erase(from.segments.begin());
    from.give_up = false;
    from.packets = 0;
    from.since = from.now;
    if (held.end <= next_) continue;
    Piece piece{.at = held.at,
                .acknowledgment_number = held.acknowledgment_number,
                .arrival = held.arrival};
    const std::uint64_t captured_end = held.start + held.bytes.size();
    from.delivered = std::move(held.bytes);
    if (held.start > next_) piece.missing = held.start - next_;
    const std::uint64_t begin = std::max(held.start, next_);
    if (captured_end > begin) {
      piece.bytes = Bytes{from.delivered}.subspan(static_cast<std::size_t>(begin - held.start));
    }
    piece.starts_segment = begin == held.start;
    next_ = std::max(captured_end, begin);
    missing_ = static_cast<std::uint32_t>(held.end - next_);
    if (next_ == fin_ && missing_ == 0) ++next_;
    return piece;
  }
  queue_.reset();
  return std::nullopt;
}

void Reassembler::acknowledged(std::uint32_t number) {
  const std::uint64_t position = unwrap(number);
  if (is_ahead(position, acknowledged_)) acknowledged_ = position;
}

void Reassembler::wait_for_hole(Time at) {
  if (!queue_) return;
  queue_->now = at;
  ++queue_->packets;
}

void Reassembler::flush() { flushing_ = true; }

Reassembler::Reset Reassembler::reset_at(std::uint32_t number) {
  const std::uint64_t position = unwrap(number);
  if (position == next_ || (finished() && position + 1 == next_)) return Reset::accepted;
  if (!is_ahead(position, next_) || fin_ != 0) return Reset::ignored;
  reset_ = position;
  furthest_ = std::max(furthest_, position);
  return Reset::held;
}

}  // namespace capture
