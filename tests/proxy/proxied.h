#ifndef CLOSEWATCH_TESTS_PROXY_PROXIED_H_
#define CLOSEWATCH_TESTS_PROXY_PROXIED_H_

#include <boost/asio/io_context.hpp>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "proxy/proxy.h"
#include "tests/proxy/relayed.h"
#include "tests/support/observed.h"

namespace proxy {

// The upstream's listening socket; a test plays the connections that come in.
class Upstream {
 public:
  Upstream();
  ~Upstream() { refuse(); }
  Upstream(const Upstream&) = delete;
  Upstream& operator=(const Upstream&) = delete;

  std::uint16_t port() const { return port_; }
  // The next connection of the proxy, within five seconds.
  std::unique_ptr<Peer> accept();
  // Has a connection come that nobody accepted?
  bool has_waiting() const;
  // From now on connections are refused.
  void refuse();

 private:
  int fd_ = -1;
  std::uint16_t port_ = 0;
};

// A connection to 127.0.0.1.
std::unique_ptr<Peer> connect_to(std::uint16_t port);

// Up to and with the blank line; less when the connection ends before.
std::string receive_head(Peer& peer);
// A head and the body that its Content-Length announces.
std::string receive_message(Peer& peer);
std::string receive_text(Peer& peer, std::size_t count);
std::string receive_rest(Peer& peer);
void send_text(Peer& peer, std::string_view text);
// "HTTP/1.1 404 Not Found" -> 404; 0 when there is none.
unsigned status_of(std::string_view head);

// Descriptors that this process has open.
std::size_t open_descriptors();

// A proxy with one worker on loopback, in front of an upstream that the test plays.
class Proxied {
 public:
  using Change = std::function<void(ProxyConfig&)>;

  // `change` alters the configuration: one listener, one service, no routes.
  explicit Proxied(const Change& change = {});
  ~Proxied() { stop(); }

  Upstream upstream;

  std::unique_ptr<Peer> client() { return connect_to(port()); }
  std::uint16_t port();
  ProxyConfig config() const { return config_; }
  bool reload(ProxyConfig config, std::vector<std::string>& problems);
  void drain();
  // Waits until the proxy has come to its end by itself.
  void wait_for_end();
  // Ends it at once. After this the observations are complete.
  void stop();
  // Waits until no connection is left that is not a tunnel.
  bool settles();

  const WorkerCounters& counters() const { return proxy_->counters(0); }
  const WorkerCounters::Service& service() const { return counters().services[0]; }
  // Of the only opening handshake; for when it has ended.
  std::vector<websocket::HandshakeResult> handshakes();
  const support::Observations& observations() const { return observations_; }

 private:
  template <typename Call>
  auto in_thread(Call call);

  support::Observations observations_;
  ProxyConfig config_;
  boost::asio::io_context context_{1};
  std::unique_ptr<Proxy> proxy_;
  std::thread thread_;
};

}  // namespace proxy

#endif  // CLOSEWATCH_TESTS_PROXY_PROXIED_H_
