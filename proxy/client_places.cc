#include "proxy/client_places.h"

#include <algorithm>
#include <cstring>

namespace proxy {
namespace {

constexpr std::array<std::uint8_t, 12> kMappedPrefix{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

bool is_mapped(const websocket::Endpoint& endpoint) {
  return endpoint.is_ipv6 &&
         std::equal(kMappedPrefix.begin(), kMappedPrefix.end(), endpoint.address.begin());
}

}  // namespace

ClientPlaces::Client ClientPlaces::client_of(const websocket::Endpoint& endpoint) {
  Client client;
  if (is_mapped(endpoint)) {
    std::copy(endpoint.address.begin() + kMappedPrefix.size(), endpoint.address.end(),
              client.address.begin());
    return client;
  }
  client.is_ipv6 = endpoint.is_ipv6;
  std::copy_n(endpoint.address.begin(), endpoint.is_ipv6 ? 8 : 4, client.address.begin());
  return client;
}

bool ClientPlaces::enter(const Client& client) {
  const std::uint64_t limit = limit_.load(std::memory_order_relaxed);
  Shard& its_shard = shard(client);
  const std::lock_guard lock{its_shard.mutex};
  std::uint64_t& taken = its_shard.taken[client];
  // At the limit the entry is not new: it holds at least one.
  if (limit > 0 && taken >= limit) return false;
  ++taken;
  return true;
}

void ClientPlaces::leave(const Client& client) {
  Shard& its_shard = shard(client);
  const std::lock_guard lock{its_shard.mutex};
  const auto found = its_shard.taken.find(client);
  if (found != its_shard.taken.end() && --found->second == 0) its_shard.taken.erase(found);
}

std::size_t ClientPlaces::size() const {
  std::size_t count = 0;
  for (const Shard& one : shards_) {
    const std::lock_guard lock{one.mutex};
    count += one.taken.size();
  }
  return count;
}

ClientPlaces::Shard& ClientPlaces::shard(const Client& client) {
  std::uint64_t words[2];
  std::memcpy(words, client.address.data(), sizeof words);
  const std::uint64_t spread = (words[0] ^ words[1]) * 0x9e3779b97f4a7c15U;
  return shards_[spread >> 58U];
}

}  // namespace proxy
