// Captures on the loopback interface; skipped without the permission to.

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <set>
#include <string>

#include "capture/link_type.h"
#include "capture/packet_source.h"
#include "tests/support/packet_builder.h"

namespace capture {
namespace {

using testing::HasSubstr;

std::string error_of(const std::string& interface, const std::string& filter) {
  try {
    PacketSource::open_interface(interface, filter, {});
  } catch (const CaptureError& error) {
    return error.what();
  }
  return "no error";
}

// Datagrams to a port of ours on the loopback interface.
class Sender {
 public:
  Sender()
      : socket_(::socket(AF_INET, SOCK_DGRAM, 0)), receiver_(::socket(AF_INET, SOCK_DGRAM, 0)) {
    address_.sin_family = AF_INET;
    address_.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    ::bind(receiver_, reinterpret_cast<sockaddr*>(&address_), sizeof address_);
    socklen_t size = sizeof address_;
    ::getsockname(receiver_, reinterpret_cast<sockaddr*>(&address_), &size);
  }
  Sender(const Sender&) = delete;
  Sender& operator=(const Sender&) = delete;
  ~Sender() {
    ::close(socket_);
    ::close(receiver_);
  }
  void send(std::uint32_t number) const {
    ::sendto(socket_, &number, sizeof number, 0, reinterpret_cast<const sockaddr*>(&address_),
             sizeof address_);
  }
  std::string filter() const { return "udp dst port " + std::to_string(ntohs(address_.sin_port)); }

 private:
  int socket_;
  int receiver_;
  sockaddr_in address_{};
};

class LiveCaptureTest : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    const std::string error = error_of("lo", "");
    if (error.find("permission denied") != std::string::npos) GTEST_SKIP() << error;
  }
};

// The kernel still holds the last of them in its open block when the capture is told to stop.
TEST_P(LiveCaptureTest, NothingIsLostAtTheEndAndNothingSeenTwice) {
  const Sender sender;
  PacketSource source = PacketSource::open_interface(GetParam(), sender.filter(), {});
  EXPECT_TRUE(source.is_live());
  std::multiset<std::uint32_t> numbers;
  auto take = [&](const Packet& packet) {
    std::uint32_t number = 0;
    const std::size_t at = packet.bytes.size() - sizeof number;
    std::copy_n(packet.bytes.begin() + static_cast<std::ptrdiff_t>(at), sizeof number,
                reinterpret_cast<std::uint8_t*>(&number));
    numbers.insert(number);
    EXPECT_EQ(packet.wire_length, packet.bytes.size());
    EXPECT_EQ(packet.link_type, source.link_type());
    const auto age = std::chrono::system_clock::now() - packet.at;
    EXPECT_LT(std::chrono::abs(age), std::chrono::minutes{1});
  };
  for (std::uint32_t i = 0; i < 1000; ++i) sender.send(i);
  source.stop();
  for (std::uint32_t i = 1000; i < 2000; ++i) sender.send(i);  // too late
  while (source.dispatch(100, take) > 0) {
  }
  EXPECT_EQ(numbers.size(), 1000U);
  EXPECT_EQ(std::set<std::uint32_t>(numbers.begin(), numbers.end()).size(), 1000U);
  EXPECT_EQ(*numbers.rbegin(), 999U);
  const auto statistics = source.statistics();
  EXPECT_GE(statistics.received, 1000U);
  EXPECT_EQ(statistics.dropped_by_kernel, 0U);
}

TEST_P(LiveCaptureTest, WaitsForPackets) {
  const Sender sender;
  PacketSource source = PacketSource::open_interface(GetParam(), sender.filter(), {});
  unsigned packets = 0;
  auto take = [&](const Packet&) { ++packets; };
  EXPECT_EQ(source.dispatch(100, take), 0);
  source.wait(std::chrono::milliseconds{1});
  EXPECT_EQ(source.dispatch(100, take), 0);
  sender.send(1);
  for (int i = 0; i < 500 && packets == 0; ++i) {
    source.wait(std::chrono::milliseconds{20});
    source.dispatch(100, take);
  }
  EXPECT_EQ(packets, 1U);
  EXPECT_GE(source.descriptor(), 0);
}
INSTANTIATE_TEST_SUITE_P(Interfaces, LiveCaptureTest, testing::Values("lo", "any"));

TEST(LiveCaptureErrorTest, SaysWhyInOneSentence) {
  if (error_of("lo", "") != "no error") GTEST_SKIP() << "no permission to capture";
  EXPECT_EQ(error_of("nosuch0", ""), "cannot capture on nosuch0: there is no such interface");
  EXPECT_THAT(error_of("lo", "tcp prot 80"),
              HasSubstr("the filter \"tcp prot 80\" cannot be used"));
}

TEST(LiveCaptureErrorTest, NamesWhatToGrant) {
  EXPECT_EXIT(
      {
        if (::geteuid() == 0 && (::setgid(65534) != 0 || ::setuid(65534) != 0)) std::_Exit(2);
        std::fputs(error_of("lo", "").c_str(), stderr);
        std::_Exit(1);
      },
      testing::ExitedWithCode(1),
      "^cannot capture on lo: permission denied; grant CAP_NET_RAW, for instance: setcap "
      "cap_net_raw\\+ep [^ ]+, or run as root$");
}

}  // namespace
}  // namespace capture
