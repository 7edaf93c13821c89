#include "capture/flow.h"

#include <cstring>

namespace capture {
namespace {

std::uint64_t load_word(const std::uint8_t* bytes) {
  std::uint64_t word = 0;
  std::memcpy(&word, bytes, sizeof word);
  return word;
}

std::uint32_t load_half(const std::uint8_t* bytes) {
  std::uint32_t half = 0;
  std::memcpy(&half, bytes, sizeof half);
  return half;
}

constexpr std::uint64_t kIpv6 = std::uint64_t{1} << 63U;

}  // namespace

// Any fixed order will do: it only has to be the same for both directions.
bool FlowKey::source_is_lower(const Segment& segment) {
  const auto& a = segment.source;
  const auto& b = segment.destination;
  if (a.port != b.port) return a.port < b.port;
  const std::size_t size = a.is_ipv6 ? 16 : 4;
  return std::memcmp(a.address.data(), b.address.data(), size) <= 0;
}

FlowKey::FlowKey(const Segment& segment) {
  const bool forward = source_is_lower(segment);
  const Endpoint& low = forward ? segment.source : segment.destination;
  const Endpoint& high = forward ? segment.destination : segment.source;
  words_[0] = (std::uint64_t{low.port} << 16U) | high.port;
  if (!low.is_ipv6) {
    words_[1] =
        (std::uint64_t{load_half(low.address.data())} << 32U) | load_half(high.address.data());
    return;
  }
  words_[0] |= kIpv6;
  words_[1] = load_word(low.address.data());
  words_[2] = load_word(low.address.data() + 8);
  words_[3] = load_word(high.address.data());
  words_[4] = load_word(high.address.data() + 8);
}

Endpoint FlowKey::endpoint(unsigned which) const {
  Endpoint endpoint;
  endpoint.is_ipv6 = is_ipv6();
  endpoint.port = static_cast<std::uint16_t>(words_[0] >> (which == 0 ? 16U : 0U));
  if (!endpoint.is_ipv6) {
    const auto half = static_cast<std::uint32_t>(words_[1] >> (which == 0 ? 32U : 0U));
    std::memcpy(endpoint.address.data(), &half, sizeof half);
    return endpoint;
  }
  std::memcpy(endpoint.address.data(), &words_[1 + 2 * which], 16);
  return endpoint;
}

}  // namespace capture
