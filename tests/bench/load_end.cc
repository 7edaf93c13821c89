#include "tests/bench/load_end.h"

#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <stdexcept>
#include <system_error>
#include <utility>

#include "tests/support/byte_string.h"
#include "tests/support/upgrade.h"

namespace bench {
namespace {

using websocket::Side;

constexpr std::string_view kTarget = "/connections/";

// Another one for each connection, so that an answer to another request is seen.
std::string key_of(std::uint32_t connection) {
  const std::string number = std::to_string(connection);
  return std::string(21 - number.size(), '0') + number + "A==";
}

std::string field_of(std::string_view head, std::string_view name) {
  websocket::HttpHead fields(head);
  while (const auto field = fields.next_field()) {
    if (websocket::equals_ignoring_case(field->name, name)) return std::string(field->value);
  }
  return {};
}

}  // namespace

LoadEnd::LoadEnd(Socket socket, const LoadTraffic& traffic, std::optional<std::uint32_t> client)
    : socket_(std::move(socket)),
      traffic_(traffic),
      side_(client ? Side::client : Side::server),
      connection_(client) {
  if (!client) return;
  support::Upgrade upgrade;
  upgrade.path = kTarget;
  upgrade.path += std::to_string(*client);
  upgrade.key = key_of(*client);
  socket_.send(support::bytes_of(support::upgrade_request(upgrade)));
}

std::string LoadEnd::name() const {
  const std::string number = connection_ ? std::to_string(*connection_) : "unknown";
  return "the " + std::string(websocket::name(side_)) + " of connection " + number;
}

void LoadEnd::begin(std::uint32_t connection) {
  connection_ = connection;
  const auto stream = [&](Side sender) {
    const bool sends = traffic_.echo || sender == Side::server;
    return KnownStream(sender, connection, traffic_.payload_size, sends ? traffic_.messages : 0);
  };
  incoming_ = stream(websocket::opposite(side_));
  outgoing_ = stream(side_);
}

void LoadEnd::read(std::span<std::uint8_t> buffer) {
  const ssize_t count = ::recv(descriptor(), buffer.data(), buffer.size(), MSG_DONTWAIT);
  if (count < 0 && errno == EAGAIN) return;
  if (count < 0) throw std::system_error(errno, std::generic_category(), name() + " cannot read");
  if (count == 0) return take_end();
  websocket::Bytes bytes = buffer.first(static_cast<std::size_t>(count));
  if (!open()) take_head(bytes);
  if (open() && !bytes.empty()) take(bytes);
}

void LoadEnd::take_head(websocket::Bytes& bytes) {
  using Status = websocket::HeadCollector::Status;
  const Status status = head_.take(bytes);
  if (status == Status::too_large) throw std::runtime_error(name() + " got too long a head");
  if (status == Status::partial) return;
  if (is_client()) {
    check_response(head_.text());
    begin(*connection_);
  } else {
    begin(answer(head_.text()));
  }
  head_.clear();
}

std::uint32_t LoadEnd::answer(std::string_view request) {
  const std::string_view start = websocket::HttpHead(request).start_line();
  const std::string before = "GET " + std::string(kTarget);
  std::uint32_t connection = 0;
  const char* const number = start.data() + std::min(start.size(), before.size());
  const auto [end, error] = std::from_chars(number, start.data() + start.size(), connection);
  support::Upgrade upgrade;
  upgrade.key = field_of(request, "Sec-WebSocket-Key");
  if (!start.starts_with(before) || error != std::errc{} || upgrade.key != key_of(connection)) {
    throw std::runtime_error(name() + " got a wrong request: " + std::string(start));
  }
  socket_.send(support::bytes_of(support::upgrade_response(upgrade)));
  return connection;
}

void LoadEnd::check_response(std::string_view response) const {
  const std::string_view start = websocket::HttpHead(response).start_line();
  if (!start.starts_with("HTTP/1.1 101 ")) {
    throw std::runtime_error(name() + " was refused: " + std::string(start));
  }
  if (field_of(response, "Sec-WebSocket-Accept") !=
      support::websocket_accept(key_of(*connection_))) {
    throw std::runtime_error(name() + " got a wrong Sec-WebSocket-Accept");
  }
}

void LoadEnd::take(websocket::Bytes bytes) {
  const std::size_t matched = incoming_->matching(received_, bytes);
  received_ += matched;
  if (matched == bytes.size()) return;
  throw std::runtime_error(name() + " got a wrong byte at " + std::to_string(received_) + " of " +
                           std::to_string(incoming_->size()));
}

void LoadEnd::take_end() {
  if (!open() || !close_received()) {
    throw std::runtime_error(name() + " got the end of the stream at " + std::to_string(received_) +
                             (open() ? " of " + std::to_string(incoming_->size()) : ""));
  }
  ended_ = true;
}

void LoadEnd::send(std::uint64_t messages, bool close) {
  std::array<std::uint8_t, 65536> buffer;  // not set to zero: what is sent is written
  const std::uint64_t allowed = close ? outgoing_->size() : outgoing_->end_of(messages);
  blocked_ = false;
  while (sent_ < allowed && !blocked_) {
    const std::size_t size =
        static_cast<std::size_t>(std::min<std::uint64_t>(allowed - sent_, buffer.size()));
    outgoing_->copy(sent_, std::span(buffer).first(size));
    const ssize_t taken = ::send(descriptor(), buffer.data(), size, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (taken < 0 && errno != EAGAIN) {
      throw std::system_error(errno, std::generic_category(), name() + " cannot send");
    }
    sent_ += static_cast<std::uint64_t>(std::max<ssize_t>(taken, 0));
    blocked_ = taken != static_cast<ssize_t>(size);
  }
  if (is_client() || sent_ != outgoing_->size() || end_sent_) return;
  socket_.end_stream();
  end_sent_ = true;
}

}  // namespace bench
