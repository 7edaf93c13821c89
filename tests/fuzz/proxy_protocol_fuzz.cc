// The start of a connection behind a byte that chooses how it is cut. Whole and cut must be told
// the same, and addresses that were told must be told again by the headers that we write for them.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "proxy/proxy_protocol.h"
#include "tests/fuzz/http_heads.h"

namespace {

using fuzz::require;
using proxy::ProxyAddresses;
using proxy::ProxyHeaderReader;
using websocket::Bytes;
using Status = ProxyHeaderReader::Status;

struct Told {
  Status status = Status::partial;
  std::size_t taken = 0;
  std::string_view refusal;
  std::optional<ProxyAddresses> addresses;

  friend bool operator==(const Told&, const Told&) = default;
};

Told read(Bytes stream, std::size_t longest) {
  ProxyHeaderReader reader;
  Told told;
  std::size_t rest = 0;
  const std::size_t given = fuzz::give_in_pieces(stream, longest, [&](Bytes piece) {
    told.status = reader.take(piece);
    rest = piece.size();
    return told.status == Status::partial;
  });
  if (told.status == Status::complete) {
    told.taken = given - rest;
    told.addresses = reader.addresses();
  }
  if (told.status == Status::refused) told.refusal = name(reader.refusal());
  require(told.taken <= ProxyHeaderReader::kMaxBytes);
  return told;
}

void check_written(const std::string& header, const ProxyAddresses& addresses) {
  const Told told =
      read({reinterpret_cast<const std::uint8_t*>(header.data()), header.size()}, SIZE_MAX);
  require(told.status == Status::complete && told.taken == header.size());
  require(told.addresses == addresses);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const Bytes stream{data + 1, size - 1};
  const Told whole = read(stream, SIZE_MAX);
  require(whole == read(stream, std::size_t{1} + data[0] % 32U));
  if (whole.addresses) {
    check_written(proxy_header_v1(*whole.addresses), *whole.addresses);
    check_written(proxy_header_v2(*whole.addresses), *whole.addresses);
  }
  return 0;
}
