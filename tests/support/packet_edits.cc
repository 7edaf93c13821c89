#include "tests/support/packet_edits.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace support {
namespace {

using Difference = Packets::difference_type;

}  // namespace

Packets first_packets(const Packets& packets, std::size_t count) {
  return {packets.begin(),
          packets.begin() + static_cast<Difference>(std::min(count, packets.size()))};
}

Packets without(const Packets& packets, std::size_t i) {
  Packets result = packets;
  result.at(i);
  result.erase(result.begin() + static_cast<Difference>(i));
  return result;
}

Packets duplicated(const Packets& packets, std::size_t i) {
  Packets result = packets;
  result.insert(result.begin() + static_cast<Difference>(i), packets.at(i));
  return result;
}

Packets swapped(const Packets& packets, std::size_t i) {
  Packets result = packets;
  std::swap(result.at(i), result.at(i + 1));
  std::swap(result[i].time, result[i + 1].time);
  return result;
}

Packets moved(const Packets& packets, std::size_t from, std::size_t to) {
  Packets result = packets;
  while (from < to) {
    result = swapped(result, from);
    ++from;
  }
  while (from > to) {
    --from;
    result = swapped(result, from);
  }
  return result;
}

Packets each_twice(const Packets& packets) {
  Packets result;
  for (const TestPacket& packet : packets) {
    result.push_back(packet);
    result.push_back(packet);
  }
  return result;
}

Packets with_snapshot_length(const Packets& packets, std::size_t length) {
  Packets result = packets;
  for (TestPacket& packet : result) {
    packet.bytes.resize(std::min(packet.bytes.size(), length));
  }
  return result;
}

Packets interleaved(const Packets& one, const Packets& other) {
  Packets result;
  std::merge(one.begin(), one.end(), other.begin(), other.end(), std::back_inserter(result),
             [](const TestPacket& a, const TestPacket& b) { return a.time < b.time; });
  return result;
}

Packets with_link_header(const Packets& packets, std::size_t old_header, const ByteString& header) {
  Packets result = packets;
  for (TestPacket& packet : result) {
    const std::size_t before = packet.bytes.size();
    ByteString bytes = header;
    append(bytes, websocket::Bytes(packet.bytes).subspan(std::min(old_header, before)));
    packet.wire_length += static_cast<std::uint32_t>(bytes.size());
    packet.wire_length -= static_cast<std::uint32_t>(before);
    packet.bytes = std::move(bytes);
  }
  return result;
}

}  // namespace support
