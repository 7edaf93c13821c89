#include "tests/bench/known_stream.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <stdexcept>

#include "tests/support/frame_builder.h"

namespace bench {
namespace {

constexpr std::size_t kWord = sizeof(std::uint64_t);
constexpr std::size_t kKey = sizeof(std::uint32_t);

}  // namespace

KnownStream::KnownStream(websocket::Side sender, std::uint32_t connection, std::size_t payload_size,
                         std::uint64_t messages)
    : masked_(sender == websocket::Side::client),
      // The low 40 bits count the words.
      first_word_(std::uint64_t{masked_} << 63 | std::uint64_t{connection} << 40),
      payload_size_(payload_size),
      messages_(messages) {
  if (payload_size % kWord != 0) throw std::invalid_argument("the payload is no multiple of 8");
  support::ByteString header;
  support::append_frame_header(header, support::binary({}), masked_, payload_size);
  header_size_ = header.size();
  std::copy(header.begin(), header.end(), header_.begin());
  frame_size_ = header_size_ + payload_size;
  const support::ByteString close = support::encode(support::close_frame(1000), sender);
  close_size_ = close.size();
  std::copy(close.begin(), close.end(), close_.begin());
}

std::uint64_t KnownStream::messages_within(std::uint64_t size) const {
  return std::min(messages_, size / frame_size_);
}

std::uint32_t KnownStream::masking_key(std::uint64_t message) const {
  // Fibonacci hashing: neighbouring messages get keys that differ in every byte.
  const std::uint64_t hash = (first_word_ + message + 1) * 0x9e3779b97f4a7c15;
  return masked_ ? static_cast<std::uint32_t>(hash >> 32) : 0;
}

void KnownStream::copy(std::uint64_t offset, std::span<std::uint8_t> into) const {
  while (!into.empty() && offset < end_of(messages_)) {
    const std::size_t count = copy_from_frame(offset, into);
    offset += count;
    into = into.subspan(count);
  }
  if (into.empty()) return;
  std::memcpy(into.data(), close_.data() + (offset - end_of(messages_)), into.size());
}

std::size_t KnownStream::copy_from_frame(std::uint64_t offset, std::span<std::uint8_t> into) const {
  const std::uint64_t message = offset / frame_size_;
  const auto position = static_cast<std::size_t>(offset % frame_size_);
  if (position >= header_size_) {
    const std::size_t from = position - header_size_;
    into = into.first(std::min(into.size(), payload_size_ - from));
    copy_payload(message, from, into);
    return into.size();
  }
  std::array<std::uint8_t, 14> header = header_;
  const std::uint32_t key = masking_key(message);
  if (masked_) std::memcpy(header.data() + header_size_ - kKey, &key, kKey);
  const std::size_t count = std::min(into.size(), header_size_ - position);
  std::memcpy(into.data(), header.data() + position, count);
  return count;
}

void KnownStream::copy_payload(std::uint64_t message, std::size_t offset,
                               std::span<std::uint8_t> into) const {
  const std::uint64_t key = masking_key(message);
  const std::uint64_t mask = key << 32 | key;
  std::uint64_t word = first_word_ + message * (payload_size_ / kWord) + offset / kWord;
  const auto next = [&word, mask] {
    return std::bit_cast<std::array<std::uint8_t, kWord>>(word++ ^ mask);
  };
  if (const std::size_t skipped = offset % kWord; skipped != 0 && !into.empty()) {
    const std::size_t count = std::min(kWord - skipped, into.size());
    std::memcpy(into.data(), next().data() + skipped, count);
    into = into.subspan(count);
  }
  const std::size_t words = into.size() / kWord;
  for (std::size_t i = 0; i < words; ++i) {
    const std::uint64_t value = (word + i) ^ mask;
    std::memcpy(into.data() + i * kWord, &value, kWord);
  }
  word += words;
  into = into.subspan(words * kWord);
  if (!into.empty()) std::memcpy(into.data(), next().data(), into.size());
}

std::size_t KnownStream::matching(std::uint64_t offset, websocket::Bytes bytes) const {
  std::array<std::uint8_t, 16384> expected;  // not set to zero: what is compared is written
  std::size_t matched = 0;
  while (matched < bytes.size()) {
    const std::uint64_t left = size() - std::min(size(), offset + matched);
    const auto count = static_cast<std::size_t>(
        std::min<std::uint64_t>({left, expected.size(), bytes.size() - matched}));
    if (count == 0) break;
    copy(offset + matched, std::span(expected).first(count));
    const std::uint8_t* const piece = bytes.data() + matched;
    if (std::memcmp(piece, expected.data(), count) == 0) {
      matched += count;
      continue;
    }
    const auto wrong = std::mismatch(piece, piece + count, expected.data()).first;
    return matched + static_cast<std::size_t>(wrong - piece);
  }
  return matched;
}

}  // namespace bench
