#include "metrics/http_endpoint.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>
#include <list>
#include <optional>
#include <stdexcept>
#include <thread>
#include <utility>

namespace metrics {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using asio::ip::tcp;
using boost::system::error_code;

using Request = http::request<http::empty_body>;
using Response = http::response<http::string_body>;

std::string_view path_of(std::string_view target) { return target.substr(0, target.find('?')); }

std::string_view field(const Request& request, http::field name) {
  const auto value = request[name];
  return {value.data(), value.size()};
}

Response error_response(http::status status, std::string_view sentence) {
  Response response(status, 11);
  response.set(http::field::content_type, "text/plain; charset=utf-8");
  response.body() = std::string(sentence) + "\n";
  response.keep_alive(false);
  return response;
}

Response page_response(const Page& page) {
  Response response(static_cast<http::status>(page.status), 11);
  response.set(http::field::content_type, page.content_type);
  if (!page.content_encoding.empty()) {
    response.set(http::field::content_encoding, page.content_encoding);
  }
  if (!page.content_security_policy.empty()) {
    response.set("Content-Security-Policy", page.content_security_policy);
  }
  response.set(http::field::vary, "Accept, Accept-Encoding");
  response.set(http::field::cache_control, "no-store");
  response.set("X-Content-Type-Options", "nosniff");
  response.body() = page.body;
  return response;
}

Response respond(const ScrapePages& pages, const Request& request) {
  if (request.method() != http::verb::get && request.method() != http::verb::head) {
    Response response =
        error_response(http::status::method_not_allowed, "Only GET and HEAD are served here.");
    response.set(http::field::allow, "GET, HEAD");
    return response;
  }
  const auto target = request.target();
  Response response = page_response(
      pages.get({path_of({target.data(), target.size()}), field(request, http::field::accept),
                 field(request, http::field::accept_encoding)}));
  response.keep_alive(request.keep_alive());
  return response;
}

// The answer to bytes that are no request; nothing when the connection itself failed.
std::optional<Response> respond_to_error(error_code error) {
  if (error == http::error::header_limit || error == http::error::buffer_overflow) {
    return error_response(http::status::request_header_fields_too_large,
                          "The header of the request is too large.");
  }
  if (error == http::error::end_of_stream || error == http::error::partial_message) return {};
  if (error.category() != make_error_code(http::error::bad_method).category()) return {};
  return error_response(http::status::bad_request, "This is no HTTP request without a body.");
}

class Session;
// The least recently active session first.
using Sessions = std::list<std::shared_ptr<Session>>;

// One connection: a request is read, answered, and the next one awaited.
class Session : public std::enable_shared_from_this<Session> {
 public:
  Session(tcp::socket socket, const ScrapePages& pages, const HttpEndpoint::Limits& limits,
          Sessions& sessions)
      : stream_(std::move(socket)), pages_(pages), limits_(limits), sessions_(sessions) {}

  void start() {
    place_ = sessions_.insert(sessions_.end(), shared_from_this());
    read();
  }

  // The pending operation fails and nothing follows it.
  void close() {
    if (std::exchange(closed_, true)) return;
    sessions_.erase(place_);
    stream_.close();
  }

 private:
  // A connection may be idle for long; from the first byte on the clock of the request runs.
  void await_request() {
    if (buffer_.size() != 0) return read();
    stream_.expires_after(limits_.idle);
    stream_.async_read_some(buffer_.prepare(limits_.header_bytes),
                            [self = shared_from_this()](error_code error, std::size_t size) {
                              if (error) return self->close();
                              self->buffer_.commit(size);
                              self->read();
                            });
  }

  void read() {
    sessions_.splice(sessions_.end(), sessions_, place_);
    parser_.emplace();
    parser_->header_limit(static_cast<std::uint32_t>(limits_.header_bytes));
    stream_.expires_after(limits_.request);
    http::async_read(
        stream_, buffer_, *parser_,
        [self = shared_from_this()](error_code error, std::size_t) { self->answer(error); });
  }

  void answer(error_code error) {
    if (closed_) return;
    std::optional<Response> response =
        error ? respond_to_error(error) : std::optional(respond(pages_, parser_->get()));
    if (!response) return close();
    response_ = std::move(*response);
    response_.prepare_payload();
    stream_.expires_after(limits_.request);
    serializer_.emplace(response_);
    const auto written = [self = shared_from_this()](error_code write_error, std::size_t) {
      self->finish(write_error);
    };
    if (parser_->get().method() == http::verb::head) {
      http::async_write_header(stream_, *serializer_, written);
    } else {
      http::async_write(stream_, *serializer_, written);
    }
  }

  void finish(error_code error) {
    if (closed_) return;
    const bool keep_alive = response_.keep_alive();
    response_ = {};
    if (!error && keep_alive) return await_request();
    // What the client still sends would reset the connection under the answer it has not read.
    stream_.socket().shutdown(tcp::socket::shutdown_send, error);
    discard();
  }

  void discard() {
    buffer_.clear();
    stream_.async_read_some(buffer_.prepare(limits_.header_bytes),
                            [self = shared_from_this()](error_code error, std::size_t) {
                              if (error || self->closed_) return self->close();
                              self->discard();
                            });
  }

  beast::tcp_stream stream_;
  const ScrapePages& pages_;
  const HttpEndpoint::Limits& limits_;
  Sessions& sessions_;
  Sessions::iterator place_;
  beast::flat_buffer buffer_;
  std::optional<http::request_parser<http::empty_body>> parser_;
  Response response_;
  std::optional<http::response_serializer<http::string_body>> serializer_;
  bool closed_ = false;
};

tcp::endpoint resolve(asio::io_context& context, const config::ListenAddress& address) {
  if (address.host.empty()) return {tcp::v6(), address.port};
  error_code error;
  const auto literal = asio::ip::make_address(address.host, error);
  if (!error) return {literal, address.port};
  const auto found = tcp::resolver(context).resolve(address.host, std::to_string(address.port),
                                                    tcp::resolver::passive, error);
  if (error || found.empty()) {
    throw std::runtime_error("cannot listen on " + to_string(address) + ": \"" + address.host +
                             "\" is no address of this machine");
  }
  return found.begin()->endpoint();
}

error_code listen(tcp::acceptor& acceptor, const tcp::endpoint& endpoint, bool every_address) {
  error_code error;
  acceptor.open(endpoint.protocol(), error);
  if (error) return error;
  acceptor.set_option(tcp::acceptor::reuse_address(true), error);
  if (every_address && endpoint.protocol() == tcp::v6()) {
    acceptor.set_option(asio::ip::v6_only(false), error);
  }
  acceptor.bind(endpoint, error);
  if (!error) acceptor.listen(asio::socket_base::max_listen_connections, error);
  if (error) {
    error_code ignored;
    acceptor.close(ignored);
  }
  return error;
}

std::string cannot_listen(const config::ListenAddress& address, error_code error) {
  const std::string start = "cannot listen on " + to_string(address) + ": ";
  if (error == asio::error::address_in_use) {
    return start + "another program listens there already; choose another port";
  }
  if (error == asio::error::access_denied) {
    return start + "not permitted; choose a port above 1023";
  }
  return start + error.message();
}

}  // namespace

class HttpEndpoint::Server {
 public:
  Server(const ScrapePages& pages, const config::ListenAddress& address, const Limits& limits)
      : pages_(pages), limits_(limits), address_(address) {
    const tcp::endpoint endpoint = resolve(context_, address);
    error_code error = listen(acceptor_, endpoint, address.host.empty());
    if (error && address.host.empty() && error != asio::error::address_in_use) {
      error = listen(acceptor_, {tcp::v4(), address.port}, true);  // a machine without IPv6
    }
    if (error) throw std::runtime_error(cannot_listen(address, error));
    address_.port = acceptor_.local_endpoint().port();
    accept();
  }

  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  ~Server() {
    context_.stop();
    if (thread_.joinable()) thread_.join();
  }

  void serve() {
    thread_ = std::thread([this] { context_.run(); });
  }

  const config::ListenAddress& address() const { return address_; }

 private:
  void accept() {
    acceptor_.async_accept([this](error_code error, tcp::socket socket) {
      if (error) return pause();
      if (sessions_.size() >= limits_.connections) {
        const auto least_active = sessions_.front();
        least_active->close();
      }
      std::make_shared<Session>(std::move(socket), pages_, limits_, sessions_)->start();
      accept();
    });
  }

  // Out of file descriptors, most likely: they come back.
  void pause() {
    retry_.expires_after(std::chrono::milliseconds{100});
    retry_.async_wait([this](error_code) { accept(); });
  }

  const ScrapePages& pages_;
  const Limits limits_;
  config::ListenAddress address_;
  asio::io_context context_{1};
  Sessions sessions_;
  tcp::acceptor acceptor_{context_};
  asio::steady_timer retry_{context_};
  std::thread thread_;
};

HttpEndpoint::HttpEndpoint(const ScrapePages& pages, const config::ListenAddress& address,
                           const Limits& limits)
    : server_(std::make_unique<Server>(pages, address, limits)) {}

HttpEndpoint::~HttpEndpoint() = default;

void HttpEndpoint::serve() { server_->serve(); }

const config::ListenAddress& HttpEndpoint::address() const { return server_->address(); }

}  // namespace metrics
