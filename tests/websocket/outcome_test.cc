// Facts in, outcome out: what each endpoint reports was measured on real ones.

#include "websocket/outcome.h"

#include <gtest/gtest.h>

#include <array>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include "tests/websocket/story.h"

namespace websocket {

// For failures of the tests below.
void PrintTo(const Outcome& outcome, std::ostream* out) {
  const auto code = [](ObservedCode observed) {
    return observed ? std::to_string(*observed) : std::string{"unknown"};
  };
  *out << "client " << code(outcome.client_observed) << ", server " << code(outcome.server_observed)
       << ", by " << name(outcome.initiator) << ", " << name(outcome.cause) << ", "
       << name(outcome.code_class);
}

namespace {

constexpr Side client = Side::client;
constexpr Side server = Side::server;
constexpr auto unknown = ObservedCode{};
using std::chrono::seconds;

struct Row {
  std::string_view what;
  Story story;
  Outcome outcome;
};

void expect_all(const std::vector<Row>& rows) {
  for (const Row& row : rows) {
    SCOPED_TRACE(row.what);
    EXPECT_EQ(decide(row.story.facts(), {}), row.outcome);
  }
}

TEST(Outcome, OfAClosingHandshake) {
  const auto handshake = Cause::closing_handshake;
  expect_all({
      {"the client closes, the server echoes",
       Story{}.close(client, 1000).answer(server, 1000).fin(server).fin(client),
       {1000, 1000, Initiator::client, handshake, CodeClass::normal}},
      {"answered with another code",
       Story{}.close(client, 1000).answer(server, 1001).fin(server),
       {1001, 1000, Initiator::client, handshake, CodeClass::restart}},
      {"answered with a private code",
       Story{}.close(client, 1000).answer(server, 4000).fin(server),
       {4000, 1000, Initiator::client, handshake, CodeClass::application}},
      {"answered without a code",
       Story{}.close(client, 1000).answer(server, kEmpty).fin(server),
       {1005, 1000, Initiator::client, handshake, CodeClass::normal}},
      {"the tab was closed",
       Story{}.close(client, 1001).fin(client).answer(server, 1001).fin(server),
       {1001, 1001, Initiator::client, handshake, CodeClass::restart}},
      {"the server fails",
       Story{}.close(server, 1011).answer(client, 1011).fin(client).fin(server),
       {1011, 1011, Initiator::server, handshake, CodeClass::error}},
      {"both close: neither saw the other's Close when it sent its own",
       Story{}.close(client, 1000).close(server, 1001).fin(server),
       {1001, 1000, Initiator::both, handshake, CodeClass::restart}},
      {"a FIN was captured before the Close below it",
       Story{}.fin(server).close(server, 1000).answer(client, 1000).fin(client),
       {1000, 1000, Initiator::server, handshake, CodeClass::normal}},
      {"a reset after both Closes is clean",
       Story{}.close(client, 1000).answer(server, 1000).reset(client),
       {1000, 1000, Initiator::client, handshake, CodeClass::normal}},
      {"data or a second Close behind a Close: the first Close counts, in all but Chromium, and "
       "its answer does not tell",
       Story{}
           .close(server, 1000)
           .violates(server, Violation::data_after_close)
           .close(server, 1001)
           .answer(client, 1000),
       {1000, 1000, Initiator::server, handshake, CodeClass::normal}},
  });
}

// The closer has the last word on the wire, so nothing tells what it made of an odd answer: RFC
// 6455 decides. (Chromium and Firefox would report some of these codes.)
TEST(Outcome, OfAnOddAnswerIsDecidedByConformance) {
  const Outcome refused{1006, 1000, Initiator::client, Cause::protocol_error, CodeClass::abnormal};
  const auto answered = [](std::optional<CloseCode> code,
                           std::initializer_list<Violation> violations = {}) {
    return Story{}.close(client, 1000).answer(server, code, violations).fin(server);
  };
  expect_all({{"1005", answered(1005), refused},
              {"1006", answered(1006), refused},
              {"999", answered(999), refused},
              {"one byte", answered(kEmpty, {Violation::one_byte_close}), refused},
              {"no UTF-8", answered(1000, {Violation::close_reason_not_utf8}), refused}});
}

TEST(Outcome, OfACloseWithoutAnswer) {
  const Outcome by_client{1006, 1000, Initiator::client, Cause::unanswered_close,
                          CodeClass::abnormal};
  expect_all({
      {"FIN", Story{}.close(client, 1000).fin(server).fin(client), by_client},
      {"RST", Story{}.close(client, 1000).reset(server), by_client},
      {"half an answer", Story{}.close(client, 1000).mid_frame(server).fin(server), by_client},
      {"never", Story{}.close(client, 1000).wait(seconds{30}).fin(client).fin(server), by_client},
      {"silence", Story{}.close(client, 1000).silence(client).silence(server), by_client},
      {"reset before it was acknowledged: its receiver lost it",
       Story{}.close(server, 1001).reset(server).undelivered(server),
       {1006, 1006, Initiator::server, Cause::unanswered_close, CodeClass::abnormal}},
      {"reset after it was acknowledged",
       Story{}.close(server, 1001).reset(server),
       {1001, 1006, Initiator::server, Cause::unanswered_close, CodeClass::abnormal}},
      {"the keep-alive of websockets gave up",
       Story{}.pings(server).wait(seconds{20}).close(server, 1011).fin(server).reset(client),
       {1011, 1006, Initiator::server, Cause::unanswered_close, CodeClass::abnormal}},
      {"the server left first, the client's Close came too late",
       Story{}.fin(server).close(client, 1000).reset(server).undelivered(client),
       {1006, 1006, Initiator::server, Cause::unanswered_close, CodeClass::abnormal}},
  });
}

// An endpoint that failed the connection reports 1006, also if the other side echoes its Close.
TEST(Outcome, OfAFailedConnection) {
  const auto error = Cause::protocol_error;
  for (const CloseCode code : std::to_array<CloseCode>({1002, 1003, 1007, 1009, 1010})) {
    SCOPED_TRACE(code);
    const CodeClass of_code = classify(code, server);
    expect_all({
        {"the client after a violation, with an echo",
         Story{}
             .violates(server, Violation::reserved_opcode)
             .close(client, code)
             .answer(server, code)
             .fin(server),
         {1006, code, Initiator::client, error, CodeClass::abnormal}},
        {"the server after a violation, with an echo",
         Story{}
             .violates(client, Violation::unmasked_client_frame)
             .close(server, code)
             .fin(server)
             .answer(client, code),
         {code, 1006, Initiator::server, error, CodeClass::abnormal}},
        {"after what frame headers do not show, with its FIN before the answer",
         Story{}.close(server, code).fin(server).ended_before_answer(server).answer(client, code),
         {code, 1006, Initiator::server, error, CodeClass::abnormal}},
        {"without evidence, a client: it leaves the FIN to the server either way",
         Story{}.close(client, code).answer(server, code).fin(server),
         {unknown, code, Initiator::client, Cause::closing_handshake, of_code}},
        {"without evidence, a server: it waited for the answer, so it read it",
         Story{}.close(server, code).answer(client, code).fin(server),
         {code, code, Initiator::server, Cause::closing_handshake, of_code}},
        {"data behind the Close is no reason for the Close before it",
         Story{}
             .close(server, code)
             .answer(client, code)
             .violates(client, Violation::data_after_close),
         {code, code, Initiator::server, Cause::closing_handshake, of_code}},
    });
  }
  expect_all({
      {"Firefox and Node 20 send nothing, only FIN",
       Story{}.violates(server, Violation::reserved_bits).fin(client).fin(server),
       {1006, 1006, Initiator::client, Cause::fin, CodeClass::abnormal}},
      {"an answer is no failure",
       Story{}
           .violates(server, Violation::reserved_bits)
           .close(server, 1002)
           .answer(client, 1002)
           .fin(client),
       {1002, 1002, Initiator::server, Cause::closing_handshake, CodeClass::error}},
      {"1000 after a violation is no failure",
       Story{}.violates(server, Violation::reserved_bits).close(client, 1000).answer(server, 1000),
       {1000, 1000, Initiator::client, Cause::closing_handshake, CodeClass::normal}},
      {"a length that nobody can follow: failed, whatever could not be read behind it",
       Story{}
           .violates(server, Violation::length_out_of_range)
           .unsynchronised(server)
           .close(client, 1009)
           .fin(client),
       {1006, 1009, Initiator::client, error, CodeClass::abnormal}},
      {"the same, answered by a bare FIN",
       Story{}.violates(server, Violation::length_out_of_range).unsynchronised(server).fin(client),
       {1006, 1006, Initiator::client, Cause::fin, CodeClass::abnormal}},
  });
}

TEST(Outcome, WithoutAClose) {
  const auto by = [](Initiator who, Cause cause) {
    return Outcome{1006, 1006, who, cause, CodeClass::abnormal};
  };
  const auto idle = [](seconds time) { return Story{}.wait(time); };
  expect_all({
      {"client FIN", Story{}.fin(client).fin(server), by(Initiator::client, Cause::fin)},
      {"server FIN", Story{}.fin(server).fin(client), by(Initiator::server, Cause::fin)},
      {"client RST", Story{}.reset(client), by(Initiator::client, Cause::reset)},
      {"server RST", Story{}.reset(server), by(Initiator::server, Cause::reset)},
      {"FIN, then RST by the other", Story{}.fin(server).reset(client),
       by(Initiator::server, Cause::fin)},
      {"inside a frame", Story{}.mid_frame(server).fin(server).fin(client),
       by(Initiator::server, Cause::truncated)},
      {"inside a frame of the side that stayed", Story{}.mid_frame(client).fin(server).fin(client),
       by(Initiator::server, Cause::fin)},
      {"reset inside a frame", Story{}.mid_frame(client).reset(client),
       by(Initiator::client, Cause::truncated)},
      {"ping unanswered", Story{}.pings(server).wait(seconds{5}).fin(server),
       by(Initiator::server, Cause::ping_timeout)},
      {"ping unanswered, but not for long", Story{}.pings(server).wait(seconds{4}).fin(server),
       by(Initiator::server, Cause::fin)},
      {"ping of the side that did not end it", Story{}.pings(client).wait(seconds{5}).reset(server),
       by(Initiator::server, Cause::reset)},
      {"ping before all others: it is why",
       Story{}.pings(server).mid_frame(server).wait(seconds{60}).fin(server),
       by(Initiator::server, Cause::ping_timeout)},
      {"idle for 29 s", idle(seconds{29}).fin(server), by(Initiator::server, Cause::idle_timeout)},
      {"idle for 28 s", idle(seconds{28}).fin(server), by(Initiator::server, Cause::fin)},
      {"idle, reset", idle(seconds{60}).reset(server), by(Initiator::server, Cause::idle_timeout)},
      {"vanished", Story{}.silence(client).silence(server),
       by(Initiator::unknown, Cause::vanished)},
  });
}

TEST(Outcome, WithLimitsOfItsOwn) {
  const Story story = Story{}.pings(server).wait(seconds{10}).fin(server);
  EXPECT_EQ(decide(story.facts(), {.idle = seconds{10}, .ping = seconds{10}}).cause,
            Cause::ping_timeout);
  EXPECT_EQ(decide(story.facts(), {.idle = seconds{10}, .ping = seconds{11}}).cause,
            Cause::idle_timeout);
  EXPECT_EQ(decide(story.facts(), {.idle = seconds{11}, .ping = seconds{11}}).cause, Cause::fin);
}

// Unknown is an answer: never 1006 for what we lost.
TEST(Outcome, OfWhatWasNotSeenIsUnknown) {
  const auto nobody = Initiator::unknown;
  expect_all({
      {"evicted",
       Story{}.lost_by(LostBy::eviction),
       {unknown, unknown, nobody, Cause::evicted, CodeClass::unknown}},
      {"evicted between the Closes",
       Story{}.close(client, 1000).lost_by(LostBy::eviction),
       {unknown, 1000, nobody, Cause::evicted, CodeClass::normal}},
      {"evicted after both",
       Story{}.close(client, 1000).answer(server, 1000).lost_by(LostBy::eviction),
       {1000, 1000, Initiator::client, Cause::closing_handshake, CodeClass::normal}},
      {"evicted after one side's FIN",
       Story{}.fin(server).lost_by(LostBy::eviction),
       {1006, unknown, nobody, Cause::evicted, CodeClass::abnormal}},
      {"its 4-tuple was used again",
       Story{}.lost_by(LostBy::unseen_end),
       {unknown, unknown, nobody, Cause::gap, CodeClass::unknown}},
      {"the end of the one stream was not seen",
       Story{}.close(server, 1001).fin(server).lost_by(LostBy::unseen_end),
       {1001, unknown, nobody, Cause::gap, CodeClass::restart}},
      {"after a reset nothing can come",
       Story{}.reset(client).lost_by(LostBy::unseen_end),
       {1006, 1006, Initiator::client, Cause::reset, CodeClass::abnormal}},
      {"a gap swallowed a header of the server",
       Story{}.unsynchronised(server).fin(server).fin(client),
       {unknown, 1006, nobody, Cause::gap, CodeClass::abnormal}},
      {"a gap on both sides",
       Story{}.unsynchronised(server).unsynchronised(client).reset(server),
       {unknown, unknown, nobody, Cause::gap, CodeClass::unknown}},
      {"a gap on one side, the other's Close was seen",
       Story{}.unsynchronised(server).close(client, 4001).fin(client),
       {unknown, 4001, nobody, Cause::gap, CodeClass::application}},
      {"only one direction was captured",
       Story{}.unsynchronised(client).close(server, 1012).fin(server),
       {1012, unknown, nobody, Cause::gap, CodeClass::restart}},
  });
}

TEST(Outcome, OfAProxysOwnDoing) {
  const auto drained = LostBy::proxy_shutdown;
  const auto proxy = Initiator::proxy;
  expect_all({
      {"drained, both answer",
       Story{}
           .inject(client, 1012)
           .inject(server, 1001)
           .answer(client, 1012)
           .answer(server, 1001)
           .lost_by(drained),
       {1012, 1001, proxy, Cause::shutdown, CodeClass::restart}},
      {"drained, the stream to the server never came to a frame boundary",
       Story{}.inject(client, 1012).mid_frame(client).lost_by(drained),
       {1012, 1006, proxy, Cause::shutdown, CodeClass::abnormal}},
      {"drained, the client's own Close crosses ours",
       Story{}.inject(client, 1012).inject(server, 1001).close(client, 4000).lost_by(drained),
       {1012, 1001, proxy, Cause::shutdown, CodeClass::restart}},
      {"drained, the client resets before it acknowledges",
       Story{}.inject(client, 1012, false).inject(server, 1001).reset(client).lost_by(drained),
       {1006, 1001, proxy, Cause::shutdown, CodeClass::abnormal}},
      {"drained, a client that leaves the Close unanswered",
       Story{}.inject(client, 1012).inject(server, 1001).fin(client).lost_by(drained),
       {1012, 1001, proxy, Cause::shutdown, CodeClass::restart}},
      {"stopped at once",
       Story{}.lost_by(drained),
       {1006, 1006, proxy, Cause::shutdown, CodeClass::abnormal}},
      {"too long silent",
       Story{}.inject(client, 1001).inject(server, 1001).lost_by(LostBy::proxy_idle_limit),
       {1001, 1001, proxy, Cause::idle_timeout, CodeClass::restart}},
      {"no Pong for the proxy's Ping",
       Story{}.lost_by(LostBy::proxy_ping_limit),
       {1006, 1006, proxy, Cause::ping_timeout, CodeClass::abnormal}},
  });
}

// What the upstream did stays as it was seen, whatever the client is told instead.
TEST(Outcome, OfALostUpstream) {
  expect_all({
      {"its FIN, the client is told 1012",
       Story{}.fin(server).inject(client, 1012).answer(client, 1012).fin(client),
       {1012, 1006, Initiator::server, Cause::fin, CodeClass::abnormal}},
      {"its reset, the client is told 1013",
       Story{}.reset(server).inject(client, 1013).close(client, 1013),
       {1013, 1006, Initiator::server, Cause::reset, CodeClass::abnormal}},
      {"none was left",
       Story{}.reset(server).lost_by(LostBy::upstream_lost),
       {1006, 1006, Initiator::server, Cause::upstream_lost, CodeClass::abnormal}},
  });
}

}  // namespace
}  // namespace websocket
