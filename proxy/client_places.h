#ifndef CLOSEWATCH_PROXY_CLIENT_PLACES_H_
#define CLOSEWATCH_PROXY_CLIENT_PLACES_H_

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>

#include "websocket/endpoint.h"

namespace proxy {

// How many connections each client address has open. Addresses with none take no memory. Any
// thread.
class ClientPlaces {
 public:
  // An address without port: IPv4 whole (also where it is mapped into IPv6), of IPv6 the /64 that
  // one client has for itself.
  using Client = websocket::Endpoint;
  static Client client_of(const websocket::Endpoint& endpoint);

  // 0: without limit. Connections are counted all the same, for a limit that comes later.
  explicit ClientPlaces(std::uint64_t limit) : limit_(limit) {}
  // Takes a place; false when there is none.
  bool enter(const Client& client);
  // Once for each place taken.
  void leave(const Client& client);
  void set_limit(std::uint64_t limit) { limit_.store(limit, std::memory_order_relaxed); }

  // Addresses with a connection.
  std::size_t size() const;

 private:
  // Threads that serve different clients seldom meet. A tree, since clients choose their addresses
  // and must not be able to make it slow.
  struct alignas(64) Shard {
    mutable std::mutex mutex;
    std::map<Client, std::uint64_t> taken;
  };
  Shard& shard(const Client& client);

  std::array<Shard, 64> shards_;
  std::atomic<std::uint64_t> limit_;
};

}  // namespace proxy

#endif  // CLOSEWATCH_PROXY_CLIENT_PLACES_H_
