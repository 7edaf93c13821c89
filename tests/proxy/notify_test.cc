#include "proxy/notify.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <string>

namespace proxy {
namespace {

// The service manager's end. `name` begins with "@" for an abstract one.
class ServiceManager {
 public:
  explicit ServiceManager(const std::string& name)
      : name_(name), fd_(::socket(AF_UNIX, SOCK_DGRAM, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, name.data(), name.size());
    if (name[0] == '@') address.sun_path[0] = '\0';
    const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size());
    EXPECT_EQ(::bind(fd_, reinterpret_cast<const sockaddr*>(&address), length), 0);
  }
  ~ServiceManager() {
    ::close(fd_);
    if (name_[0] != '@') ::unlink(name_.c_str());
  }

  std::string hear() const {
    std::string heard(1000, '\0');
    const auto count = ::recv(fd_, heard.data(), heard.size(), MSG_DONTWAIT);
    return count < 0 ? "nothing" : heard.substr(0, static_cast<std::size_t>(count));
  }

 private:
  std::string name_;
  int fd_;
};

TEST(ServiceNotification, SaysHowItGoes) {
  const std::string id = std::to_string(::getpid());
  for (const std::string& name : {"@closewatch-notify-" + id, "/tmp/closewatch-notify-" + id}) {
    const ServiceManager manager{name};
    const ServiceNotification notification{name};
    notification.ready("listening");
    EXPECT_EQ(manager.hear(), "READY=1\nSTATUS=listening");
    notification.reloading();
    const std::string reloading = manager.hear();
    EXPECT_TRUE(reloading.starts_with("RELOADING=1\nMONOTONIC_USEC=")) << reloading;
    EXPECT_GT(std::stoll(reloading.substr(reloading.rfind('=') + 1)), 0);
    notification.stopping("draining");
    EXPECT_EQ(manager.hear(), "STOPPING=1\nSTATUS=draining");
  }
}

TEST(ServiceNotification, NeedsNoManager) {
  ServiceNotification{""}.ready("listening");
  ServiceNotification{"/nowhere/notify"}.ready("listening");
  ServiceNotification{std::string(200, 'x')}.ready("listening");
}

}  // namespace
}  // namespace proxy
