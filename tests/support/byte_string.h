#ifndef CLOSEWATCH_TESTS_SUPPORT_BYTE_STRING_H_
#define CLOSEWATCH_TESTS_SUPPORT_BYTE_STRING_H_

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string_view>
#include <vector>

#include "websocket/bytes.h"

namespace support {

// Bytes a test owns.
using ByteString = std::vector<std::uint8_t>;

inline ByteString bytes_of(std::string_view text) { return {text.begin(), text.end()}; }

inline void append(ByteString& to, websocket::Bytes more) {
  to.insert(to.end(), more.begin(), more.end());
}

inline void append(ByteString& to, std::initializer_list<std::uint8_t> more) {
  to.insert(to.end(), more);
}

// The low `width` bytes of `value` in network byte order.
inline void append_big_endian(ByteString& to, std::uint64_t value, std::size_t width) {
  while (width-- > 0) to.push_back(static_cast<std::uint8_t>(value >> (8 * width)));
}

}  // namespace support

#endif  // CLOSEWATCH_TESTS_SUPPORT_BYTE_STRING_H_
