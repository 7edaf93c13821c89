#include "proxy/stream.h"

#include <sys/socket.h>

#include <array>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/steady_timer.hpp>
#include <string>

#include "tests/proxy/socket_pair.h"

namespace proxy {
namespace {

using namespace std::chrono_literals;
using testing_sockets::SocketPair;
using testing_sockets::tcp_pair;

// Two streams that are connected, and a thread for their coroutines: this one.
class StreamTest : public testing::Test {
 protected:
  StreamTest()
      : pair_(tcp_pair(8'192)),
        near_(deadlines_, Transport{pair_.client}),
        far_(deadlines_, Transport{pair_.server}) {}

  template <typename Coroutine>
  void run(Coroutine coroutine) {
    bool done = false;
    const auto whole = [&]() -> Task<void> {
      co_await coroutine();
      done = true;
    };
    boost::asio::co_spawn(context_.get_executor(), whole, boost::asio::detached);
    context_.restart();
    context_.run_for(5s);
    EXPECT_TRUE(done);
  }

  boost::asio::io_context context_{1};
  Deadlines deadlines_{context_};
  SocketPair pair_;
  Stream near_;
  Stream far_;
};

TEST_F(StreamTest, ReadsWhatIsThereWithoutWaiting) {
  ASSERT_TRUE(near_.try_write(bytes_of("abc")));
  std::array<std::uint8_t, 8> buffer{};
  run([&]() -> Task<void> {
    const StreamResult read = co_await far_.read_some(buffer);
    EXPECT_EQ(read.status, StreamStatus::done);
    EXPECT_EQ(read.count, 3U);
  });
  EXPECT_FALSE(far_.try_read(buffer));
}

TEST_F(StreamTest, WritesMoreThanTheSocketTakesAtOnce) {
  const std::string sent(1'000'000, 'x');
  std::size_t received = 0;
  boost::asio::co_spawn(
      context_.get_executor(),
      [&]() -> Task<void> {
        std::array<std::uint8_t, 5'000> buffer{};
        StreamResult read = co_await far_.read_some(buffer);
        while (read.status == StreamStatus::done) {
          received += read.count;
          read = co_await far_.read_some(buffer);
        }
        EXPECT_EQ(read.status, StreamStatus::end);
      },
      boost::asio::detached);
  run([&]() -> Task<void> {
    const StreamResult written = co_await near_.write_all(bytes_of(sent));
    EXPECT_EQ(written.status, StreamStatus::done);
    EXPECT_EQ(written.count, sent.size());
    near_.transport().finish();
  });
  EXPECT_EQ(received, sent.size());
}

TEST_F(StreamTest, EndsAWaitAtTheDeadlineAndEveryOneAfterIt) {
  std::array<std::uint8_t, 8> buffer{};
  run([&]() -> Task<void> {
    near_.expire_after(300ms);  // another one, later
    far_.expire_after(30ms);
    const StreamResult first = co_await far_.read_some(buffer);
    EXPECT_EQ(first.status, StreamStatus::timed_out);
    const StreamResult second = co_await far_.read_some(buffer);
    EXPECT_EQ(second.status, StreamStatus::timed_out);
    far_.expire_after(0s);
    EXPECT_FALSE(far_.timed_out());
    near_.expire_after(0s);
  });
}

TEST_F(StreamTest, IsInterruptedWhileItWaitsAndForEver) {
  std::array<std::uint8_t, 8> buffer{};
  boost::asio::steady_timer timer{context_, 20ms};
  timer.async_wait([&](const boost::system::error_code&) { deadlines_.interrupt_all(); });
  run([&]() -> Task<void> {
    const StreamResult first = co_await far_.read_some(buffer);
    EXPECT_EQ(first.status, StreamStatus::interrupted);
    const StreamStatus second = co_await near_.wait(Stream::Ready::to_write);
    EXPECT_EQ(second, StreamStatus::interrupted);
  });
}

TEST_F(StreamTest, WaitsForEitherOfTwo) {
  const SocketPair other_pair = tcp_pair();
  Stream other{deadlines_, Transport{other_pair.client}};
  Stream partner{deadlines_, Transport{other_pair.server}};
  run([&]() -> Task<void> {
    for (int i = 0; i < 20; ++i) {
      Stream& speaker = i % 2 == 0 ? near_ : partner;
      Stream& listener = i % 2 == 0 ? far_ : other;
      EXPECT_TRUE(speaker.try_write(bytes_of("x")));
      const Interest one{.stream = far_, .to_read = true};
      const Interest two{.stream = other, .to_read = true};
      co_await wait_for_either(one, two);
      std::array<std::uint8_t, 8> buffer{};
      EXPECT_TRUE(listener.try_read(buffer));
    }
    far_.expire_after(20ms);
    const Interest one{.stream = far_, .to_read = true};
    const Interest two{.stream = other, .to_read = true};
    co_await wait_for_either(one, two);
    EXPECT_TRUE(far_.timed_out());
    EXPECT_FALSE(other.timed_out());
  });
}

TEST_F(StreamTest, ReleasesAnOpenTransportThatNobodyWatches) {
  std::array<std::uint8_t, 8> buffer{};
  run([&]() -> Task<void> {
    far_.expire_after(10ms);
    co_await far_.read_some(buffer);
  });
  Transport transport = far_.release();
  EXPECT_TRUE(transport.is_open());
  EXPECT_FALSE(far_.transport().is_open());
  ASSERT_TRUE(near_.try_write(bytes_of("abc")));
  EXPECT_EQ(transport.read(buffer).count, 3U);
}

TEST_F(StreamTest, TellsAResetFromAnEnd) {
  std::array<std::uint8_t, 8> buffer{};
  near_.reset();
  run([&]() -> Task<void> {
    const StreamResult read = co_await far_.read_some(buffer);
    EXPECT_EQ(read.status, StreamStatus::reset);
  });
}

}  // namespace
}  // namespace proxy
