#ifndef CLOSEWATCH_TESTS_WEBSOCKET_STORY_H_
#define CLOSEWATCH_TESTS_WEBSOCKET_STORY_H_

#include <chrono>
#include <cstdint>
#include <initializer_list>
#include <optional>

#include "websocket/facts.h"

namespace websocket {

inline constexpr std::optional<CloseCode> kEmpty = std::nullopt;

// The facts of one connection, told in the order in which they were seen, a second apart. Both
// streams were read from the opening handshake on, unless told otherwise.
class Story {
 public:
  Story() {
    for (StreamFacts& stream : facts_.streams) {
      stream.seen = true;
      stream.synchronised = true;
      stream.last_activity = now_;
    }
  }

  Story&& close(Side sender, std::optional<CloseCode> code,
                std::initializer_list<Violation> violations = {}) && {
    return std::move(*this).add_close(sender, code, violations, false);
  }
  // A Close sent after the other side's had arrived.
  Story&& answer(Side sender, std::optional<CloseCode> code,
                 std::initializer_list<Violation> violations = {}) && {
    return std::move(*this).add_close(sender, code, violations, true);
  }
  // A Close that the proxy sent of its own.
  Story&& inject(Side to, CloseCode code, bool delivered = true) && {
    facts_.injected_closes[index(to)] = InjectedClose{code, delivered, now_, order_++};
    now_ += std::chrono::seconds{1};
    return std::move(*this);
  }
  Story&& fin(Side sender) && { return std::move(*this).end(sender, EndKind::fin); }
  Story&& reset(Side sender) && { return std::move(*this).end(sender, EndKind::reset); }
  Story&& silence(Side sender) && { return std::move(*this).end(sender, EndKind::silence); }

  Story&& violates(Side sender, Violation violation) && {
    stream(sender).violations.add(violation);
    return std::move(*this);
  }
  Story&& ended_before_answer(Side sender) && {
    stream(sender).ended_before_answer = true;
    return std::move(*this);
  }
  Story&& undelivered(Side sender) && {
    for (CloseFrame& close : facts_.close_frames) {
      if (close.sender == sender) close.delivered = false;
    }
    return std::move(*this);
  }
  Story&& unsynchronised(Side sender) && {
    stream(sender).synchronised = false;
    return std::move(*this);
  }
  Story&& mid_frame(Side sender) && {
    stream(sender).mid_frame = true;
    return std::move(*this);
  }
  Story&& pings(Side sender) && {
    stream(sender).unanswered_pings = 1;
    stream(sender).oldest_unanswered_ping = now_;
    return std::move(*this);
  }
  Story&& wait(Duration time) && {
    now_ += time;
    return std::move(*this);
  }
  Story&& lost_by(LostBy reason) && {
    facts_.lost_by = reason;
    return std::move(*this);
  }

  const ConnectionFacts& facts() const { return facts_; }

 private:
  StreamFacts& stream(Side sender) { return facts_.stream(sent_by(sender)); }

  Story&& add_close(Side sender, std::optional<CloseCode> code,
                    std::initializer_list<Violation> violations, bool answers) && {
    CloseFrame close;
    close.sender = sender;
    close.code = code;
    close.answers = answers;
    close.at = now_;
    for (const Violation violation : violations) close.violations.add(violation);
    if (code && !is_valid_status_code(*code)) close.violations.add(Violation::invalid_close_code);
    stream(sender).violations.add(close.violations);
    stream(sender).last_activity = now_;
    close.order = order_++;
    facts_.close_frames.push_back(close);
    now_ += std::chrono::seconds{1};
    return std::move(*this);
  }

  Story&& end(Side sender, EndKind how) && {
    facts_.stream_ends.push_back({sender, how, now_, order_++});
    now_ += std::chrono::seconds{1};
    return std::move(*this);
  }

  ConnectionFacts facts_;
  Time now_{std::chrono::hours{24}};
  std::uint32_t order_ = 1;
};

}  // namespace websocket

#endif  // CLOSEWATCH_TESTS_WEBSOCKET_STORY_H_
