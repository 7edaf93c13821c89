#ifndef CLOSEWATCH_WEBSOCKET_OPENING_HANDSHAKE_H_
#define CLOSEWATCH_WEBSOCKET_OPENING_HANDSHAKE_H_

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "websocket/bytes.h"
#include "websocket/handshake_result.h"
#include "websocket/http_head.h"

namespace websocket {

// What stays of an opening handshake when it is over: four texts in one block, each cut at a length
// that bounds what a hostile client can make us keep.
class HandshakeTexts {
 public:
  enum class Field : std::uint8_t { host, path, subprotocol, extensions };

  void set(Field field, std::string_view text);
  std::string_view get(Field field) const;

 private:
  std::string texts_;
  std::array<std::uint16_t, 4> sizes_{};
};

// Could these first bytes of a segment begin a request for an upgrade, or the answer to one?
bool may_start_request(Bytes bytes);
bool may_start_response(Bytes bytes);

// What was asked and what was answered (RFC 6455 sections 4.1 and 4.2). Each side's head is read in
// whatever pieces it comes.
class OpeningHandshake {
 public:
  enum class Progress : std::uint8_t {
    partial,
    upgrade,       // the request asks for a WebSocket; the response grants it
    no_websocket,  // some other request
    refused        // the response does not open a WebSocket; result() says why
  };

  // Both advance `bytes` past what belongs to the head. Informational responses (100, 103) are read
  // past; an unusable answer is `refused`.
  Progress read_request(Bytes& bytes);
  Progress read_response(Bytes& bytes);

  // `request_seen` false: the answer cannot be checked against the key, and is taken as it stands.
  HandshakeResult result() const { return result_; }
  HandshakeTexts& texts() { return texts_; }
  // RSV bits that the accepted extensions may set, see FrameHeader::reserved_bits.
  std::uint8_t allowed_reserved_bits() const { return allowed_reserved_bits_; }
  std::size_t memory() const { return collector_.memory() + response_collector_.memory(); }

 private:
  Progress judge_request(std::string_view head);
  Progress judge_response(std::string_view head);
  void accept_extensions(std::string_view list);

  HeadCollector collector_;
  HeadCollector response_collector_;
  HandshakeTexts texts_;
  std::string key_;
  bool request_seen_ = false;
  std::uint8_t allowed_reserved_bits_ = 0;
  HandshakeResult result_ = HandshakeResult::opened;
};

}  // namespace websocket

#endif  // CLOSEWATCH_WEBSOCKET_OPENING_HANDSHAKE_H_
