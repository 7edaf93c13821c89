// One side closes with each kind of status code; what real endpoints make of it differs, and their
// answer on the wire tells.

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/websocket/story.h"
#include "websocket/outcome.h"

namespace websocket {
namespace {

enum class Answer : std::uint8_t { echo, empty, rejection, fin_only, reset_only };

struct Code {
  CloseCode code;
  bool valid;  // RFC 6455 section 7.4 and the IANA registry
};
const std::vector<Code> kCodes{
    {0, false},    {1, false},    {999, false},  {1000, true},  {1001, true},  {1002, true},
    {1003, true},  {1004, false}, {1005, false}, {1006, false}, {1007, true},  {1008, true},
    {1009, true},  {1010, true},  {1011, true},  {1012, true},  {1013, true},  {1014, true},
    {1015, false}, {1016, false}, {1100, false}, {1999, false}, {2000, false}, {2999, false},
    {3000, true},  {3999, true},  {4000, true},  {4999, true},  {5000, false}, {65535, false}};

// The codes that say "you broke the protocol"; who sends one first may not read the answer.
bool says_failure(CloseCode code) {
  return code == 1002 || code == 1003 || code == 1007 || code == 1009 || code == 1010;
}

Story close_with(Code code, Side closer, Answer answer) {
  const Side receiver = opposite(closer);
  Story story = Story{}.close(closer, code.code);
  switch (answer) {
    case Answer::echo:
      return std::move(story).answer(receiver, code.code).fin(receiver).fin(closer);
    case Answer::empty:
      return std::move(story).answer(receiver, kEmpty).fin(receiver).fin(closer);
    case Answer::rejection:
      return std::move(story).answer(receiver, 1002).fin(receiver).fin(closer);
    case Answer::fin_only:
      return std::move(story).fin(receiver).fin(closer);
    case Answer::reset_only:
      return std::move(story).reset(receiver);
  }
  return story;
}

ObservedCode observed_by(const Outcome& outcome, Side side) {
  return side == Side::client ? outcome.client_observed : outcome.server_observed;
}

class EachCode : public testing::TestWithParam<Side> {
 protected:
  Outcome play(Code code, Answer answer) const {
    return decide(close_with(code, GetParam(), answer).facts(), {});
  }
  Side closer() const { return GetParam(); }
  Side receiver() const { return opposite(GetParam()); }
  Initiator closer_initiates() const {
    return closer() == Side::client ? Initiator::client : Initiator::server;
  }
};
INSTANTIATE_TEST_SUITE_P(Outcome, EachCode, testing::Values(Side::client, Side::server),
                         [](const auto& side) { return std::string{name(side.param)}; });

// Chromium echoes 999, ws rejects it: the echo is the evidence.
TEST_P(EachCode, IsObservedByAReceiverThatEchoesIt) {
  for (const Code code : kCodes) {
    SCOPED_TRACE(code.code);
    const Outcome outcome = play(code, Answer::echo);
    EXPECT_EQ(observed_by(outcome, receiver()), code.code);
    EXPECT_EQ(outcome.initiator, closer_initiates());
    EXPECT_EQ(outcome.cause, code.valid ? Cause::closing_handshake : Cause::protocol_error);
    // For the closer there is no evidence what it made of the echo: conformance decides.
    if (!code.valid) {
      EXPECT_EQ(observed_by(outcome, closer()), kAbnormalClosure);
    } else if (says_failure(code.code) && closer() == Side::client) {
      EXPECT_EQ(observed_by(outcome, closer()), std::nullopt);
    } else {
      EXPECT_EQ(observed_by(outcome, closer()), code.code);
    }
  }
}

// Firefox answers 1005, 1006 and 1015 with an empty Close and reports them.
TEST_P(EachCode, IsObservedByAReceiverThatAnswersEmpty) {
  for (const Code code : kCodes) {
    SCOPED_TRACE(code.code);
    const Outcome outcome = play(code, Answer::empty);
    EXPECT_EQ(observed_by(outcome, receiver()), code.code);
    if (!says_failure(code.code)) {
      EXPECT_EQ(observed_by(outcome, closer()), kNoStatusReceived);
    }
  }
}

// ws, undici and websockets answer 1002 to a code that they refuse, and report 1006.
TEST_P(EachCode, IsRefusedByAReceiverThatAnswers1002) {
  for (const Code code : kCodes) {
    SCOPED_TRACE(code.code);
    const Outcome outcome = play(code, Answer::rejection);
    EXPECT_EQ(observed_by(outcome, receiver()), code.valid ? code.code : kAbnormalClosure);
    EXPECT_EQ(outcome.cause, code.valid ? Cause::closing_handshake : Cause::protocol_error);
    if (!says_failure(code.code)) {
      EXPECT_EQ(observed_by(outcome, closer()), CloseCode{1002});
    }
  }
}

TEST_P(EachCode, IsJudgedByConformanceWithoutAnAnswer) {
  for (const Answer answer : {Answer::fin_only, Answer::reset_only}) {
    for (const Code code : kCodes) {
      SCOPED_TRACE(code.code);
      const Outcome outcome = play(code, answer);
      EXPECT_EQ(observed_by(outcome, receiver()), code.valid ? code.code : kAbnormalClosure);
      EXPECT_EQ(observed_by(outcome, closer()), kAbnormalClosure);
      EXPECT_EQ(outcome.initiator, closer_initiates());
      EXPECT_EQ(outcome.cause, code.valid ? Cause::unanswered_close : Cause::protocol_error);
      EXPECT_EQ(outcome.code_class, CodeClass::abnormal);
    }
  }
}

// A Close without a status code gives 1005 (RFC 6455 section 7.1.5).
TEST_P(EachCode, MayBeMissing) {
  Story story = Story{}.close(closer(), kEmpty).answer(receiver(), kEmpty).fin(Side::server);
  const Outcome both = decide(story.facts(), {});
  EXPECT_EQ(both.client_observed, kNoStatusReceived);
  EXPECT_EQ(both.server_observed, kNoStatusReceived);
  EXPECT_EQ(both.code_class, CodeClass::normal);
  EXPECT_EQ(both.cause, Cause::closing_handshake);

  // Python's close() sends 1000 back.
  story = Story{}.close(closer(), kEmpty).answer(receiver(), 1000).fin(Side::server);
  const Outcome other = decide(story.facts(), {});
  EXPECT_EQ(observed_by(other, receiver()), kNoStatusReceived);
  EXPECT_EQ(observed_by(other, closer()), CloseCode{1000});
}

// What a conforming receiver refuses for its form, not its code.
TEST_P(EachCode, CountsOnlyInAFrameThatItsReceiverAccepts) {
  struct Form {
    Violation violation;
    std::optional<CloseCode> code;
  };
  const Violation mask =
      closer() == Side::client ? Violation::unmasked_client_frame : Violation::masked_server_frame;
  for (const Form form : {Form{Violation::one_byte_close, kEmpty},
                          {Violation::close_reason_not_utf8, 1000},
                          {mask, 1000},
                          {Violation::fragmented_control_frame, 1000},
                          {Violation::control_frame_too_long, 1000},
                          {Violation::reserved_bits, 1000},
                          {Violation::length_not_minimal, 1000}}) {
    SCOPED_TRACE(name(form.violation));
    for (const CloseCode answer : {CloseCode{1002}, CloseCode{1007}}) {
      const Story story = Story{}
                              .close(closer(), form.code, {form.violation})
                              .answer(receiver(), answer)
                              .fin(receiver());
      const Outcome refused = decide(story.facts(), {});
      EXPECT_EQ(observed_by(refused, receiver()), kAbnormalClosure);
      EXPECT_EQ(observed_by(refused, closer()), answer);
      EXPECT_EQ(refused.cause, Cause::protocol_error);
    }
    // Firefox takes a masked Close from a server, websockets a long length: they echo.
    const Story echo = Story{}
                           .close(closer(), form.code, {form.violation})
                           .answer(receiver(), form.code)
                           .fin(receiver());
    EXPECT_EQ(observed_by(decide(echo.facts(), {}), receiver()),
              form.code.value_or(kNoStatusReceived));
    const Story left = Story{}.close(closer(), form.code, {form.violation}).fin(receiver());
    EXPECT_EQ(observed_by(decide(left.facts(), {}), receiver()), kAbnormalClosure);
  }
}

}  // namespace
}  // namespace websocket
