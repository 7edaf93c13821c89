#ifndef CLOSEWATCH_PROXY_NOTIFY_H_
#define CLOSEWATCH_PROXY_NOTIFY_H_

#include <string>
#include <string_view>

namespace proxy {

// Tells the service manager how the program goes (sd_notify(3)): a datagram to the socket that
// $NOTIFY_SOCKET names, a path or an abstract name. Without one nothing happens; a manager that
// does not listen is no reason to fail.
class ServiceNotification {
 public:
  // Takes NOTIFY_SOCKET out of the environment.
  static ServiceNotification from_environment();
  explicit ServiceNotification(std::string socket) : socket_(std::move(socket)) {}

  bool is_wanted() const { return !socket_.empty(); }
  void ready(std::string_view status) const;
  void reloading() const;
  void stopping(std::string_view status) const;

 private:
  void send(const std::string& state) const;

  std::string socket_;
};

}  // namespace proxy

#endif  // CLOSEWATCH_PROXY_NOTIFY_H_
