#include "proxy/health_check.h"

#include <unistd.h>

#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <string>
#include <utility>

#include "proxy/proxy_protocol.h"
#include "proxy/transport.h"

namespace proxy {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

constexpr auto kToken = asio::as_tuple(asio::use_awaitable);
constexpr std::size_t kMostOfStatusLine = 1024;

// RFC 9112 section 4: "HTTP/1.1 204 No Content".
bool is_success(std::string_view status_line) {
  return status_line.size() >= 12 && status_line.starts_with("HTTP/1.") && status_line[8] == ' ' &&
         (status_line[9] == '2' || status_line[9] == '3') &&
         (status_line.size() == 12 || status_line[12] == ' ');
}

std::string proxy_header(ProxyProtocol protocol) {
  switch (protocol) {
    case ProxyProtocol::off:
      return {};
    case ProxyProtocol::v1:
      return proxy_header_v1_unknown();
    case ProxyProtocol::v2:
      return proxy_header_v2_local();
  }
  return {};
}

}  // namespace

// The checks of one upstream. Its coroutine keeps it until it is stopped.
class HealthChecks::Check {
 public:
  Check(asio::io_context& context, const HealthChecked& service, std::size_t index)
      : options_(service.options),
        upstreams_(service.upstreams),
        tls_(service.tls),
        index_(index),
        socket_(context),
        resolver_(context),
        timer_(context),
        deadline_(context) {}

  static asio::awaitable<void> run(std::shared_ptr<Check> self) {
    while (!self->stopped_) {
      const bool success = co_await self->ask_in_time(self);
      if (self->stopped_) break;
      self->upstreams_->checked(self->index_, success);
      self->timer_.expires_after(self->options_->health_check.interval);
      co_await self->timer_.async_wait(kToken);
    }
  }

  void stop() {
    stopped_ = true;
    timer_.cancel();
    deadline_.cancel();
    interrupt();
  }

 private:
  void interrupt() {
    late_ = true;
    error_code ignored;
    resolver_.cancel();
    socket_.close(ignored);
  }

  asio::awaitable<bool> ask_in_time(std::shared_ptr<Check> self) {
    late_ = false;
    deadline_.expires_after(options_->health_check.timeout);
    deadline_.async_wait([self](error_code error) {
      if (!error) self->interrupt();
    });
    const bool success = co_await ask();
    deadline_.cancel();
    error_code ignored;
    socket_.close(ignored);
    co_return success && !late_;
  }

  asio::awaitable<bool> ask() {
    // Nowhere here is co_await part of a condition: GCC 12 lays such coroutines out wrongly.
    const bool connected = co_await connect();
    if (!connected) co_return false;
    // A Transport closes what it has, and so does the socket, which waits for it.
    Transport connection{::dup(socket_.native_handle())};
    const bool introduced = co_await send(connection, proxy_header(options_->proxy_protocol));
    if (!introduced) co_return false;
    if (tls_ != nullptr) {
      SslPointer ssl = tls_->new_client(socket_.native_handle(), upstreams_->address(index_).host);
      if (ssl == nullptr) co_return false;
      const bool agreed = co_await shake_hands(ssl.get());
      if (!agreed) co_return false;
      connection = Transport{::dup(socket_.native_handle()), std::move(ssl)};
    }
    bool success = true;
    if (!options_->health_check.path.empty()) {
      success = co_await get(connection);
    }
    if (success) connection.finish();
    co_return success;
  }

  asio::awaitable<bool> connect() {
    const config::ListenAddress& address = upstreams_->address(index_);
    error_code no_address;
    const auto ip = asio::ip::make_address(address.host, no_address);
    if (!no_address) {
      co_return co_await connect_to({ip, address.port});
    }
    auto [error, found] =
        co_await resolver_.async_resolve(address.host, std::to_string(address.port), kToken);
    if (error) co_return false;
    for (const auto& entry : found) {
      const bool connected = co_await connect_to(entry.endpoint());
      if (connected) co_return true;
    }
    co_return false;
  }

  asio::awaitable<bool> connect_to(tcp::endpoint endpoint) {
    if (late_) co_return false;
    error_code error;
    socket_.close(error);
    socket_.open(endpoint.protocol(), error);
    if (error) co_return false;
    auto [connect_error] = co_await socket_.async_connect(endpoint, kToken);
    if (!connect_error) socket_.non_blocking(true, error);
    co_return !connect_error && !error;
  }

  asio::awaitable<bool> shake_hands(SSL* ssl) {
    while (true) {
      const HandshakeStatus status = continue_handshake(ssl).status;
      if (status == HandshakeStatus::done) co_return true;
      if (status == HandshakeStatus::failed) co_return false;
      const bool to_read = status == HandshakeStatus::want_read;
      const bool is_ready =
          co_await ready(to_read ? tcp::socket::wait_read : tcp::socket::wait_write);
      if (!is_ready) co_return false;
    }
  }

  asio::awaitable<bool> get(Transport& connection) {
    const ServiceOptions& options = *options_;
    const std::string request = "GET " + options.health_check.path + " HTTP/1.1\r\nHost: " +
                                config::to_string(upstreams_->address(index_)) +
                                "\r\nUser-Agent: closewatch\r\nConnection: close\r\n\r\n";
    const bool asked = co_await send(connection, request);
    if (!asked) co_return false;
    std::string answer;
    std::array<std::uint8_t, 512> buffer{};
    while (answer.find("\r\n") == std::string::npos) {
      if (answer.size() > kMostOfStatusLine) co_return false;
      const IoResult result = connection.read(buffer);
      if (result.status == IoStatus::done) {
        answer.append(buffer.begin(), buffer.begin() + static_cast<std::ptrdiff_t>(result.count));
        continue;
      }
      if (result.status != IoStatus::would_block) co_return false;
      const bool is_ready = co_await ready(tcp::socket::wait_read);
      if (!is_ready) co_return false;
    }
    co_return is_success(std::string_view{answer}.substr(0, answer.find("\r\n")));
  }

  asio::awaitable<bool> send(Transport& connection, std::string text) {
    websocket::Bytes left{reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
    while (!left.empty()) {
      const IoResult result = connection.write(left);
      if (result.status == IoStatus::done) {
        left = left.subspan(result.count);
        continue;
      }
      if (result.status != IoStatus::would_block) co_return false;
      const bool is_ready = co_await ready(tcp::socket::wait_write);
      if (!is_ready) co_return false;
    }
    co_return true;
  }

  asio::awaitable<bool> ready(tcp::socket::wait_type what) {
    auto [error] = co_await socket_.async_wait(what, kToken);
    co_return !error && !late_;
  }

  const std::shared_ptr<const ServiceOptions> options_;
  const std::shared_ptr<const UpstreamSet> upstreams_;
  const std::shared_ptr<const UpstreamTlsContext> tls_;
  const std::size_t index_;
  tcp::socket socket_;
  tcp::resolver resolver_;
  asio::steady_timer timer_;     // until the next check
  asio::steady_timer deadline_;  // of this one
  bool late_ = false;
  bool stopped_ = false;
};

HealthChecks::HealthChecks(asio::io_context& context) : context_(context) {}

HealthChecks::~HealthChecks() { replace({}); }

void HealthChecks::replace(const std::vector<HealthChecked>& services) {
  for (const std::shared_ptr<Check>& check : checks_) check->stop();
  checks_.clear();
  for (const HealthChecked& service : services) {
    if (!service.options->health_check.enabled) continue;
    for (std::size_t index = 0; index < service.upstreams->size(); ++index) {
      checks_.push_back(std::make_shared<Check>(context_, service, index));
      asio::co_spawn(context_, Check::run(checks_.back()), asio::detached);
    }
  }
}

}  // namespace proxy
