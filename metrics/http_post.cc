#include "metrics/http_post.h"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/detail/base64.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/ssl/ssl_stream.hpp>
#include <optional>
#include <stdexcept>
#include <utility>

namespace metrics {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using asio::use_awaitable;
using TlsStream = beast::ssl_stream<beast::tcp_stream>;

// An answer says nothing that is of use but its status.
constexpr std::uint64_t kMostAnswerBytes = 65'536;

std::string base64(std::string_view text) {
  std::string encoded(beast::detail::base64::encoded_size(text.size()), '\0');
  encoded.resize(beast::detail::base64::encode(encoded.data(), text.data(), text.size()));
  return encoded;
}

}  // namespace

class HttpPost::Client {
 public:
  explicit Client(Options options) : options_(std::move(options)) {
    if (!options_.address.tls) return;
    beast::error_code error;
    if (options_.ca_file.empty()) {
      tls_.set_default_verify_paths(error);
    } else {
      tls_.load_verify_file(options_.ca_file, error);
    }
    if (error) {
      throw std::runtime_error("cannot read the certificates in " + options_.ca_file + ": " +
                               error.message());
    }
    tls_.set_verify_mode(asio::ssl::verify_peer);
  }

  Result post(std::string_view target, std::string body) {
    Result result;
    io_.restart();
    asio::co_spawn(io_, exchange(request(target, std::move(body)), result), asio::detached);
    io_.run();
    return result;
  }

 private:
  using Request = http::request<http::string_body>;

  Request request(std::string_view target, std::string body) const {
    Request request{http::verb::post, options_.address.path + std::string(target), 11};
    request.set(http::field::host, options_.address.authority());
    request.set(http::field::user_agent, "closewatch");
    request.set(http::field::content_type, "application/json");
    request.set(http::field::connection, "close");
    if (!options_.username.empty()) {
      request.set(http::field::authorization,
                  "Basic " + base64(options_.username + ':' + options_.password));
    }
    request.body() = std::move(body);
    request.prepare_payload();
    return request;
  }

  asio::awaitable<void> exchange(Request request, Result& result) {
    try {
      asio::ip::tcp::resolver resolver(io_);
      const auto addresses = co_await resolver.async_resolve(
          options_.address.host, std::to_string(options_.address.port), use_awaitable);
      beast::tcp_stream stream(io_);
      stream.expires_after(options_.timeout);
      co_await stream.async_connect(addresses, use_awaitable);
      if (options_.address.tls) {
        TlsStream secure(std::move(stream), tls_);
        name_server(secure);
        secure.set_verify_callback(asio::ssl::host_name_verification(options_.address.host));
        co_await secure.async_handshake(asio::ssl::stream_base::client, use_awaitable);
        result.status = co_await answer(secure, request);
      } else {
        result.status = co_await answer(stream, request);
      }
    } catch (const boost::system::system_error& error) {
      result.error = error.code().message();
    }
  }

  // An address is no name for SNI (RFC 6066 section 3).
  void name_server(TlsStream& stream) const {
    beast::error_code not_an_address;
    asio::ip::make_address(options_.address.host, not_an_address);
    if (not_an_address) {
      SSL_set_tlsext_host_name(stream.native_handle(), options_.address.host.c_str());
    }
  }

  template <class Stream>
  static asio::awaitable<unsigned> answer(Stream& stream, Request& request) {
    co_await http::async_write(stream, request, use_awaitable);
    beast::flat_buffer buffer;
    http::response_parser<http::string_body> parser;
    parser.body_limit(kMostAnswerBytes);
    co_await http::async_read_header(stream, buffer, parser, use_awaitable);
    co_return parser.get().result_int();
  }

  Options options_;
  asio::io_context io_{1};
  asio::ssl::context tls_{asio::ssl::context::tls_client};
};

HttpPost::HttpPost(Options options) : client_(std::make_unique<Client>(std::move(options))) {}
HttpPost::~HttpPost() = default;

HttpPost::Result HttpPost::post(std::string_view target, std::string body) {
  return client_->post(target, std::move(body));
}

}  // namespace metrics
